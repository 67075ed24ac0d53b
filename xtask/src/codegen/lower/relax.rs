//! Relaxation of schemas, so that a client accepts what a server adds or leaves out, and sends only what it was given.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::exactly_one::EXACTLY_ONE;
use super::forms::add_sentence;
use super::keywords::SUGGESTED_NAME;
use super::locations::LOCATION;
use crate::codegen::ir::TypeUse;
use crate::spec::visit::{NodeKind, walk};

/// Constraints, which the server validates. A client that validated responses too would lose them.
const CONSTRAINTS: [&str; 13] = [
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
/// String formats with a Rust type.
const TEXT_FORMATS: [&str; 4] = ["sort", "password", "byte", "date-time"];
/// Keywords that the generator does not need.
const DROPPED_KEYWORDS: [&str; 16] = [
    LOCATION,
    SUGGESTED_NAME,
    "example",
    "examples",
    "externalDocs",
    "x-rust-name",
    "x-path-id",
    "x-accessor",
    "x-plan-limit",
    "x-debug",
    "x-states",
    EXACTLY_ONE,
    "xml",
    "discriminator",
    "readOnly",
    "writeOnly",
];

/// Relaxes every schema, depending on the use of its component.
pub fn relax(document: &mut Value, uses: &BTreeMap<String, TypeUse>) {
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else { return };
    for (name, schema) in schemas.iter_mut() {
        let in_response = uses.get(name).is_some_and(|used| used.response);
        relax_component(schema, in_response);
    }
    // Schemas inside operations are those of parameters and lists.
    if let Some(paths) = document.get_mut("paths") {
        let outcome = walk(paths, "", NodeKind::Map, &mut |value, pointer, kind| {
            if let (NodeKind::Schema, Value::Object(map)) = (kind, value) {
                if !pointer.contains("/parameters/") {
                    remove_sort_format(map);
                }
                // The generator recognizes a body of bytes by this format.
                let bytes = map.get("format").filter(|format| **format == "binary").cloned();
                relax_schema(map, false);
                map.extend(bytes.map(|format| ("format".to_owned(), format)));
            }
            Ok(())
        });
        debug_assert!(outcome.is_ok(), "the visitor never fails");
    }
}

/// Removes the format `sort`, which only parameters have.
fn remove_sort_format(map: &mut Map<String, Value>) {
    if map.get("format").is_some_and(|format| format == "sort") {
        map.shift_remove("format");
    }
}

fn relax_component(schema: &mut Value, in_response: bool) {
    let outcome = walk(schema, "", NodeKind::Schema, &mut |value, pointer, kind| {
        if let (NodeKind::Schema, Value::Object(map)) = (kind, value) {
            // Only an alternative of a `oneOf` is named by its title.
            if pointer.rsplit('/').nth(1).is_none_or(|parent| parent != "oneOf") {
                map.shift_remove("title");
            }
            remove_sort_format(map);
            relax_schema(map, in_response);
        }
        Ok(())
    });
    debug_assert!(outcome.is_ok(), "the visitor never fails");
}

fn relax_schema(map: &mut Map<String, Value>, in_response: bool) {
    number(map);
    for key in CONSTRAINTS.iter().chain(&DROPPED_KEYWORDS) {
        map.shift_remove(*key);
    }
    if in_response && map.get("additionalProperties") == Some(&Value::Bool(false)) {
        map.shift_remove("additionalProperties");
    }
    if let Some(default) = map.shift_remove("default")
        && !in_response
    {
        add_sentence(map, &format!("Left out, it counts as `{default}`."));
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

/// Makes an optional property nullable; a list can then be empty or absent.
fn make_nullable(property: &mut Value) {
    let Value::Object(map) = property else { return };
    if let Some(target) = map.shift_remove("$ref") {
        map.insert("allOf".into(), json!([{"$ref": target}]));
    }
    map.insert("nullable".into(), true.into());
}

/// Range of an integer, compared to those of the Rust types.
struct IntegerRange {
    large: bool,
    negative: bool,
}

impl IntegerRange {
    fn of(map: &Map<String, Value>) -> Self {
        let bound = |key: &str| map.get(key).and_then(Value::as_f64);
        Self {
            large: bound("maximum").is_some_and(|maximum| maximum > i64::MAX as f64),
            negative: bound("minimum").is_some_and(|minimum| minimum < 0.0),
        }
    }
}

/// Returns `true` for an integer that exceeds every Rust type and so becomes any JSON.
pub fn is_unbounded_integer(schema: &Value) -> bool {
    let Some(map) = schema.as_object().filter(|map| map.get("type").is_some_and(|kind| kind == "integer")) else {
        return false;
    };
    let IntegerRange { large, negative } = IntegerRange::of(map);
    let sized = matches!(schema["format"].as_str(), Some("int32" | "uint64" | "uint128"));
    large && negative && !sized
}

/// Sets the format by which the generator chooses the Rust type. `float` is dropped, since JSON numbers are doubles.
fn number(map: &mut Map<String, Value>) {
    let format = map.get("format").and_then(Value::as_str).unwrap_or_default().to_owned();
    let chosen = match map.get("type").and_then(Value::as_str) {
        Some("integer") => {
            let IntegerRange { large, negative } = IntegerRange::of(map);
            match format.as_str() {
                "int32" => Some("int32"),
                "uint64" | "uint128" => Some("uint64"),
                _ if large && !negative => Some("uint64"),
                _ if large => {
                    map.shift_remove("type");
                    add_sentence(map, "A whole number of any size.");
                    None
                }
                "int64" => Some("int64"),
                _ => None,
            }
        }
        Some("string") => TEXT_FORMATS.iter().find(|known| **known == format).copied(),
        Some("number") if format == "double" => Some("double"),
        _ => None,
    };
    match chosen {
        Some(format) => map.insert("format".into(), format.into()),
        None => map.shift_remove("format"),
    };
}
