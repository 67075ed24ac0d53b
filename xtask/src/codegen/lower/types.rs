//! Components: their uses, the names of their fields, and the replacement of string enums and ids by hand-made types.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::extensions;
use super::keywords::is_string_enum;
use super::locations::location;
use super::operations::ParsedOperations;
use super::reduce;
use super::unions::UNION;
use crate::codegen::features::EVENTS;
use crate::codegen::ir::{Decoding, Field, Filter, OpenEnum, ParameterStyle, PathId, State, TypeUse, Union};
use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::{REF, component_name, join, object, rust_name, text};
use crate::spec::names::{Scope, snake};

/// Returns the uses of each component: requests or responses, and tags.
pub fn uses(document: &Value, parsed: &ParsedOperations) -> BTreeMap<String, TypeUse> {
    let mut uses = BTreeMap::new();
    for operation in &parsed.operations {
        let reduced = &document["paths"][&reduce::path(operation)][&operation.method];
        let sent = TypeUse { request: true, patch: operation.method == "patch", ..TypeUse::default() };
        let read = TypeUse { response: true, ..TypeUse::default() };
        mark_uses(document, &reduced["parameters"], &operation.tag, &sent, &mut uses);
        mark_uses(document, &reduced["requestBody"], &operation.tag, &sent, &mut uses);
        mark_uses(document, &reduced["responses"]["200"], &operation.tag, &read, &mut uses);
        for name in operation.parts().filter_map(|part| part.component.as_ref()) {
            mark_uses(document, &json!({"$ref": format!("{REF}{name}")}), &operation.tag, &sent, &mut uses);
        }
    }
    for event in &parsed.events {
        let read = TypeUse { response: true, ..TypeUse::default() };
        mark_uses(document, &event.body.schema, EVENTS, &read, &mut uses);
    }
    uses
}

fn mark_uses(document: &Value, value: &Value, tag: &str, by: &TypeUse, uses: &mut BTreeMap<String, TypeUse>) {
    match value {
        Value::Object(map) => {
            if let Some(name) = map.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix(REF)) {
                let used = uses.entry(name.to_owned()).or_default();
                let known = used.tags.contains(tag)
                    && (used.request || !by.request)
                    && (used.response || !by.response)
                    && (used.patch || !by.patch);
                used.tags.insert(tag.to_owned());
                used.request |= by.request;
                used.response |= by.response;
                used.patch |= by.patch;
                if !known {
                    mark_uses(document, &document["components"]["schemas"][name], tag, by, uses);
                }
            }
            map.values().for_each(|value| mark_uses(document, value, tag, by, uses));
        }
        Value::Array(list) => list.iter().for_each(|value| mark_uses(document, value, tag, by, uses)),
        _ => {}
    }
}

/// Drops unused components.
pub fn retain_used(document: &mut Value, uses: &BTreeMap<String, TypeUse>) {
    if let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") {
        schemas.retain(|name, _| uses.contains_key(name));
    }
}

/// Names the fields of every type, and renames them in the document. The result has their names on the wire.
pub fn name_fields(
    document: &mut Value,
    uses: &BTreeMap<String, TypeUse>,
) -> Result<BTreeMap<(String, String), Field>> {
    let mut fields = BTreeMap::new();
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else { return Ok(fields) };
    for (ty, schema) in schemas.iter_mut() {
        let used = uses.get(ty).cloned().unwrap_or_default();
        let Some(Value::Object(properties)) = schema.get_mut("properties").map(Value::take) else { continue };
        let required: Vec<String> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).map(Into::into).collect();
        let mut scope = Scope::fields();
        let mut named = Map::new();
        let mut still_required = Vec::new();
        // Explicit names first, then names that need no change.
        let mut chosen: BTreeMap<&String, String> = BTreeMap::new();
        for (wire, property) in &properties {
            let Some(name) = rust_name(property) else { continue };
            if snake(name) != name || !scope.take(name) {
                return Err(Diagnostic::at(
                    location(property),
                    format!("`{name}` is no name for a field here; give it another `x-rust-name`"),
                ));
            }
            chosen.insert(wire, name.to_owned());
        }
        for exact in [true, false] {
            for wire in properties.keys() {
                if !chosen.contains_key(wire) && (!exact || snake(wire) == *wire) {
                    chosen.insert(wire, scope.snake(wire));
                }
            }
        }
        let others = scope.snake("extra");
        for (wire, property) in &properties {
            let rust = chosen.remove(wire).unwrap_or_default();
            // The generator writes a keyword with an underscore itself.
            let key = rust.trim_end_matches('_').to_owned();
            let is_required = required.contains(wire);
            let field = Field {
                rust,
                wire: wire.clone(),
                clearable: used.patch && !is_required && property["nullable"] == true,
                read_only: used.request && property["readOnly"] == true,
                default_empty: used.request && is_required && property["default"] == json!([]),
                accessor: text(property, "x-accessor").map(ToOwned::to_owned),
                shown: property["x-debug"] == true,
            };
            let left_out =
                used.request && property["readOnly"] == true || used.response && property["writeOnly"] == true;
            if is_required && !left_out {
                still_required.push(Value::from(key.as_str()));
            }
            fields.insert((ty.clone(), key.clone()), field);
            named.insert(key, property.clone());
        }
        fields.insert((ty.clone(), String::new()), Field { rust: others, ..Field::default() });
        schema["properties"] = Value::Object(named);
        if let Value::Object(map) = schema {
            map.shift_remove("required");
            if !still_required.is_empty() {
                map.insert("required".into(), still_required.into());
            }
        }
    }
    Ok(fields)
}

/// Types that the generator does not write.
#[derive(Default)]
pub struct Replacements {
    pub enums: Vec<OpenEnum>,
    pub ids: Vec<PathId>,
    pub filters: Vec<Filter>,
    pub unions: BTreeMap<String, Union>,
}

/// Extracts enums, ids, filters and unions, which get hand-written types; the generator refers to them by name.
pub fn extract_replacements(
    document: &mut Value,
    uses: &mut BTreeMap<String, TypeUse>,
    parsed: &ParsedOperations,
    fields: &BTreeMap<(String, String), Field>,
) -> Result<Replacements> {
    let mut replacements = Replacements::default();
    let mut json = Vec::new();
    for operation in &parsed.operations {
        let reduced = &document["paths"][&reduce::path(operation)][&operation.method]["parameters"];
        for parameter in operation.parameters.iter().filter(|p| p.style == ParameterStyle::Json) {
            let found =
                reduced.as_array().into_iter().flatten().find(|reduced| reduced["name"] == parameter.rust.as_str());
            json.extend(found.and_then(|found| component_name(&found["schema"])).map(ToOwned::to_owned));
        }
    }
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else { return Ok(replacements) };
    for (name, schema) in schemas.iter_mut() {
        let description = text(schema, "description").unwrap_or_default().to_owned();
        let tags = uses.get(name).map(|used| used.tags.clone()).unwrap_or_default();
        if is_string_enum(schema) {
            let variants = variants(schema)?;
            let states = states(schema)?;
            replacements.enums.push(OpenEnum { name: name.clone(), description, variants, states, tags });
        } else if schema["x-path-id"] == true {
            replacements.ids.push(PathId { name: name.clone(), description, shown: schema["x-debug"] == true });
        } else if json.contains(name) {
            let mut names = Scope::fields();
            // Methods of every filter.
            names.reserve("default");
            names.reserve("field");
            names.reserve("new");
            let of_filter = object(schema, "properties").map(|(key, property)| {
                let field = fields.get(&(name.clone(), key.clone())).cloned().unwrap_or_default();
                let description = text(property, "description").unwrap_or_default().to_owned();
                (names.snake(&field.rust), field.wire, description)
            });
            replacements.filters.push(Filter { name: name.clone(), description, fields: of_filter.collect(), tags });
        } else {
            if let Some(decoding) = schema.as_object_mut().and_then(|map| map.shift_remove(UNION)) {
                let titles = schema["oneOf"].as_array().into_iter().flatten().filter_map(|one| text(one, "title"));
                let variants = titles.map(ToOwned::to_owned).collect();
                replacements.unions.insert(name.clone(), Union { variants, decoding: decoding_of(&decoding) });
            }
            continue;
        }
        *schema = json!({"type": "string"});
        uses.remove(name);
    }
    // Sorted, so that an addition does not reorder the file.
    replacements.enums.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(replacements)
}

fn decoding_of(value: &Value) -> Decoding {
    match text(value, "by") {
        Some(property) => {
            let values =
                object(value, "values").filter_map(|(v, variant)| Some((v.clone(), variant.as_str()?.to_owned())));
            Decoding::ByProperty { property: property.to_owned(), values: values.collect() }
        }
        None if value["first"] == true => Decoding::FirstMatch,
        None => Decoding::BestMatch,
    }
}

fn variants(schema: &Value) -> Result<Vec<(String, String)>> {
    let at = location(schema);
    let given: BTreeMap<&str, &str> = object(&schema["x-rust-name"], "variants")
        .filter_map(|(value, variant)| Some((value.as_str(), variant.as_str()?)))
        .collect();
    let mut scope = Scope::variants();
    for (value, variant) in &given {
        let usable = syn::parse_str::<syn::Ident>(variant).is_ok();
        if !usable || !scope.take(variant) {
            let at = join(&join(&join(&at, "x-rust-name"), "variants"), value);
            return Err(Diagnostic::at(
                at,
                format!("`{variant}` is no name of its own for a variant; give the value another one"),
            ));
        }
    }
    let values = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
    Ok(values
        .map(|value| {
            let variant = given.get(value).map_or_else(|| scope.camel(value), |variant| (*variant).to_owned());
            (variant, value.to_owned())
        })
        .collect())
}

/// Returns the states of an enum, without values that it no longer has, of which the lint tells.
fn states(schema: &Value) -> Result<Vec<State>> {
    let Some(states) = schema.get("x-states") else { return Ok(Vec::new()) };
    let mut states = extensions::states(states, &join(&location(schema), "x-states"))?;
    for state in &mut states {
        state.values.retain(|value| has_value(schema, value));
    }
    states.retain(|state| !state.values.is_empty());
    Ok(states)
}

fn has_value(schema: &Value, value: &str) -> bool {
    schema["enum"].as_array().into_iter().flatten().any(|known| known.as_str() == Some(value))
}

/// Returns `x-rust-name` entries for values that an enum no longer has, since the vendor changed it.
pub fn stale_variants(document: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (_, schema) in object(&document["components"], "schemas") {
        for (value, _) in object(&schema["x-rust-name"], "variants") {
            if !has_value(schema, value) {
                let at = join(&join(&join(&location(schema), "x-rust-name"), "variants"), value);
                found.push((
                    at,
                    format!("`{value}` is no value of the enum; remove its name, or give it to the new value"),
                ));
            }
        }
    }
    found
}
