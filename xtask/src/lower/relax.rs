//! A client must survive what a server adds or leaves out, and sends nothing that it was not asked to send.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::model::TypeUse;
use crate::visit::{Kind, walk};

/// Limits that a vendor checks. A client that checked them in answers would lose the answers.
const LIMITS: [&str; 13] = [
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minItems",
    "maxItems",
    "uniqueItems",
    "multipleOf",
    "minProperties",
    "maxProperties",
];
/// Formats for which there is a Rust type.
const FORMATS: [&str; 8] = ["sort", "password", "byte", "date-time", "int32", "int64", "float", "double"];
/// What is of no use to the generator.
const NOTES: [&str; 9] = [
    "example",
    "examples",
    "externalDocs",
    "x-rust-name",
    "x-path-id",
    "xml",
    "discriminator",
    "readOnly",
    "writeOnly",
];

/// Relaxes every schema of the document by what its component is used for.
pub fn relax(document: &mut Value, uses: &BTreeMap<String, TypeUse>) {
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else { return };
    for (name, schema) in schemas.iter_mut() {
        let in_response = uses.get(name).is_some_and(|used| used.response);
        relax_component(schema, in_response);
    }
    // What stands in an operation itself is the schema of a parameter or a list.
    if let Some(paths) = document.get_mut("paths") {
        let outcome = walk(paths, "", Kind::Names, &mut |value, _, kind| {
            if let (Kind::Schema, Value::Object(map)) = (kind, value) {
                relax_schema(map, false);
            }
            Ok(())
        });
        debug_assert!(outcome.is_ok(), "the visitor never fails");
    }
}

fn relax_component(schema: &mut Value, in_response: bool) {
    let outcome = walk(schema, "", Kind::Schema, &mut |value, pointer, kind| {
        if let (Kind::Schema, Value::Object(map)) = (kind, value) {
            // Only an alternative of a `oneOf` is named by its title.
            if pointer.rsplit('/').nth(1).is_none_or(|parent| parent != "oneOf") {
                map.shift_remove("title");
            }
            relax_schema(map, in_response);
        }
        Ok(())
    });
    debug_assert!(outcome.is_ok(), "the visitor never fails");
}

fn relax_schema(map: &mut Map<String, Value>, in_response: bool) {
    for key in LIMITS.iter().chain(&NOTES) {
        map.shift_remove(*key);
    }
    if map.get("format").and_then(Value::as_str).is_some_and(|format| !FORMATS.contains(&format)) {
        map.shift_remove("format");
    }
    if in_response && map.get("additionalProperties") == Some(&Value::Bool(false)) {
        map.shift_remove("additionalProperties");
    }
    if let Some(default) = map.shift_remove("default")
        && !in_response
    {
        let note = format!("Left out, it counts as `{default}`.");
        let description = match map.get("description").and_then(Value::as_str).map(str::trim_end) {
            Some(text) if text.ends_with('.') => format!("{text} {note}"),
            Some(text) => format!("{text}. {note}"),
            None => note,
        };
        map.insert("description".into(), description.into());
    }
    let required: Vec<String> = map
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(Into::into)
        .collect();
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        for (name, property) in properties.iter_mut() {
            if !required.contains(name) {
                make_nullable(property);
            }
        }
    }
}

/// An optional property takes a `null`, and an empty list can be told from none.
fn make_nullable(property: &mut Value) {
    let Value::Object(map) = property else { return };
    if let Some(target) = map.shift_remove("$ref") {
        map.insert("allOf".into(), json!([{"$ref": target}]));
    }
    map.insert("nullable".into(), true.into());
}
