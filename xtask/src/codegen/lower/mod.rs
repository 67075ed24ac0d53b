//! Stage 5: lowers the bundle to the intermediate representation, whose document the generator supports. Kept in
//! memory only.

mod all_of;
mod bodies;
pub mod constraints;
mod exactly_one;
mod extensions;
mod forms;
mod hoist;
mod inheritance;
mod keywords;
mod locations;
mod operations;
mod parameters;
mod reader;
mod reduce;
mod relax;
mod rename;
mod schemas;
mod security;
mod types;
mod unions;

pub use bodies::essence;
#[cfg(test)]
pub use extensions::error_form;
pub use inheritance::subtypes;
pub use keywords::{only_narrows, same_values};
pub use operations::default_operation_id;
pub use reduce::API_ERROR;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::codegen::ir::{ErrorForm, Ir};
use crate::diagnostic::Result;
use crate::spec::document::{Document, METHODS, Trust};
use crate::spec::names::Scope;

const STALE: &str = "names of values that are gone";

/// Lowers a bundle for a crate whose manifest has these features of its own. Adds warnings about widened types to the
/// bundle.
pub fn lower(bundle: &mut Document, features: &[String]) -> Result<Ir> {
    let mut warnings = Vec::new();
    let ir = lower_value(bundle, features, &mut warnings).map_err(|diagnostic| bundle.with_origin(diagnostic))?;
    warnings.sort();
    warnings.dedup();
    // Hand-written text is meant to be wide.
    warnings.retain(|(_, pointer, _)| bundle.trust(pointer) != Trust::HandWritten);
    for (kind, pointer, message) in warnings {
        bundle.warn(kind, &pointer, message);
    }
    Ok(ir)
}

fn lower_value(bundle: &Document, features: &[String], warnings: &mut schemas::Warnings) -> Result<Ir> {
    let mut document = bundle.value.clone();
    extensions::check(&mut document)?;
    inherit_servers(&mut document);
    locations::stamp(&mut document)?;
    for (at, message) in types::stale_variants(&document) {
        warnings.push((STALE, at, message));
    }
    let mut renamed = rename::rename(&mut document)?;
    let components = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
    let published = renamed.published.clone();
    let mut reader = reader::OperationReader {
        document: &document,
        bundle,
        normaliser: schemas::Normaliser::new(&components, &published),
        renamed: &mut renamed,
        tags: Scope::tags(features),
        by_tag: BTreeMap::new(),
        methods: Scope::methods(),
    };
    let mut parsed = reader.read()?;
    let normaliser = reader.normaliser;
    for operation in &mut parsed.operations {
        let parameters = operation.parameters.iter_mut().map(|parameter| &mut parameter.schema);
        let bodies = operation.body.iter_mut().map(|body| &mut body.schema);
        for schema in parameters.chain(bodies).chain(&mut operation.success_schema) {
            *schema = normaliser.written_out(schema.take());
        }
    }
    let (mut forms, more) = normaliser.finish();
    warnings.extend(more);
    forms.extend(std::mem::take(&mut parsed.generated_components));
    let mut reduced = reduce::reduce(&document, forms, &parsed.operations);
    renamed.pointers.extend(hoist::hoist(&mut reduced, &mut renamed.scope)?);
    let mut uses = types::uses(&reduced, &parsed);
    types::retain_used(&mut reduced, &uses);
    let fields = types::name_fields(&mut reduced, &uses)?;
    let mut constraints = constraints::read(&reduced, &uses);
    let exactly_one = exactly_one::read(&reduced, &uses, &fields, &mut renamed.scope);
    let replacements = types::extract_replacements(&mut reduced, &mut uses, &parsed, &fields)?;
    // Types that are written elsewhere, such as filters, are not validated.
    constraints.retain(|(ty, _), _| uses.contains_key(ty));
    let of_themselves = constraints.keys().map(|(ty, _)| ty).chain(exactly_one.keys()).cloned();
    let constrained = constraints::constrained(&reduced, of_themselves.collect());
    relax::relax(&mut reduced, &uses);
    locations::strip(&mut reduced);
    for (name, pointer) in &renamed.pointers {
        if let Some(used) = uses.get_mut(name) {
            used.pointer = Some(pointer.clone());
        }
    }
    reduced["components"]["schemas"][API_ERROR] = json!({});
    parsed.operations.sort_by(|a, b| a.tag.cmp(&b.tag));
    let servers = servers(&bundle.value)?;
    let token_rejected = extensions::token_rejected(&bundle.value)?;
    let error = match bundle.value.get("x-error") {
        Some(value) => extensions::error_form(value, "/x-error")?,
        None => ErrorForm::default(),
    };
    let webhook = match bundle.value.get("x-webhook") {
        Some(value) => Some(extensions::webhook_keys(value, "/x-webhook")?),
        None => None,
    };
    Ok(Ir {
        document: reduced,
        servers,
        token_rejected,
        error,
        webhook,
        operations: parsed.operations,
        enums: replacements.enums,
        ids: replacements.ids,
        filters: replacements.filters,
        unions: replacements.unions,
        types: uses,
        constraints,
        constrained,
        exactly_one,
        fields,
        events: parsed.events,
    })
}

/// Copies the servers of a path item to its operations.
fn inherit_servers(document: &mut Value) {
    for (_, item) in document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten() {
        let Some(servers) = item.as_object_mut().and_then(|item| item.shift_remove("servers")) else { continue };
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            if let Some(operation) = operation.as_object_mut().filter(|_| METHODS.contains(&method.as_str())) {
                operation.entry("servers").or_insert_with(|| servers.clone());
            }
        }
    }
}

fn servers(bundle: &Value) -> Result<Vec<String>> {
    let list = bundle["servers"].as_array().into_iter().flatten().enumerate();
    list.map(|(index, server)| security::address(server, &format!("/servers/{index}"))).collect()
}

#[cfg(test)]
mod tests;
