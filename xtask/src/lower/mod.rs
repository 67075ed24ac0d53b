//! Stage 5: the bundle in the dialect that the generator turns into good Rust. In memory only.

mod extensions;
mod limits;
mod names;
mod operations;
mod relax;
mod types;

pub use names::rust_name;

use serde_json::{Value, json};

use crate::document::Document;
use crate::model::Lowered;
use crate::problem::Result;

/// The one error type of an API; the crate provides it.
pub const API_ERROR: &str = "ApiError";

/// Lowers a bundle.
pub fn lower(bundle: &Document) -> Result<Lowered> {
    lower_value(&bundle.value).map_err(|problem| bundle.blame(problem))
}

fn lower_value(bundle: &Value) -> Result<Lowered> {
    let mut document = bundle.clone();
    extensions::check(&mut document)?;
    let pointers = names::rename(&mut document)?;
    let mut model = operations::read(&document)?;
    operations::reduce(&mut document, &model);
    types::hoist(&mut document)?;
    let mut uses = types::uses(&document, &model);
    types::keep_used(&mut document, &uses);
    let fields = types::field_names(&document);
    let limits = limits::read(&document, &uses);
    let limited = limits::limited(&document, &limits);
    let apart = types::set_apart(&mut document, &mut uses, &model)?;
    relax::relax(&mut document, &uses);
    for (name, pointer) in pointers {
        if let Some(used) = uses.get_mut(&name) {
            used.pointer = Some(pointer);
        }
    }
    types::check_names(&document, &apart)?;
    document["components"]["schemas"][API_ERROR] = json!({});
    model.operations.sort_by(|a, b| a.tag.cmp(&b.tag));
    let servers = servers(bundle);
    Ok(Lowered {
        document,
        servers,
        operations: model.operations,
        enums: apart.enums,
        ids: apart.ids,
        filters: apart.filters,
        types: uses,
        limits,
        limited,
        fields,
        events: model.events,
    })
}

fn servers(bundle: &Value) -> Vec<String> {
    let list = bundle["servers"].as_array().into_iter().flatten();
    list.filter_map(|server| server["url"].as_str()).map(ToOwned::to_owned).collect()
}

#[cfg(test)]
mod tests;
