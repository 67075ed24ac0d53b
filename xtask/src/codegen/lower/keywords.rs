//! Keywords of a schema by what they say of it, and comparisons of schemas by their keywords.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::locations::LOCATION;
use crate::spec::document::object;

/// Key under which an inline schema carries the name that its type gets unless it is taken.
pub const SUGGESTED_NAME: &str = "x-suggested-name";
/// Words about a schema, which say nothing of its values.
pub const ANNOTATIONS: [&str; 17] = [
    SUGGESTED_NAME,
    "title",
    "description",
    "example",
    "default",
    "deprecated",
    "externalDocs",
    "xml",
    "readOnly",
    "writeOnly",
    "nullable",
    "x-rust-name",
    "x-path-id",
    "x-accessor",
    "x-plan-limit",
    "$comment",
    LOCATION,
];
/// Words that stay with the schema that they stand in, when another one takes in what it says.
pub const LOCAL_ANNOTATIONS: [&str; 9] = [
    SUGGESTED_NAME,
    "title",
    "description",
    "example",
    "default",
    "x-rust-name",
    "x-accessor",
    "externalDocs",
    LOCATION,
];
/// Keywords that say what kind of value there is. A schema without any only narrows another.
pub const TYPE_KEYWORDS: [&str; 9] =
    ["type", "properties", "items", "enum", "additionalProperties", "allOf", "oneOf", "anyOf", "$ref"];

/// Says whether two schemas take the same values, whatever they say about them.
pub fn same_values(a: &Value, b: &Value) -> bool {
    let bare = |value: &Value| -> Option<Map<String, Value>> {
        let map = value.as_object()?;
        let kept = map.iter().filter(|(key, _)| !LOCAL_ANNOTATIONS.contains(&key.as_str()));
        Some(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
    };
    match (bare(a), bare(b)) {
        (Some(a), Some(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, value)| {
                    b.get(key).is_some_and(|other| match (value, other) {
                        (Value::Object(x), Value::Object(y)) if key == "properties" => {
                            x.len() == y.len() && x.iter().all(|(k, v)| y.get(k).is_some_and(|o| same_values(v, o)))
                        }
                        (Value::Array(x), Value::Array(y)) if matches!(key.as_str(), "allOf" | "oneOf" | "anyOf") => {
                            x.len() == y.len() && x.iter().zip(y).all(|(v, o)| same_values(v, o))
                        }
                        (Value::Object(_), Value::Object(_)) => same_values(value, other),
                        _ => value == other,
                    })
                })
        }
        _ => a == b,
    }
}

/// Says whether a schema only narrows what another one says.
pub fn only_narrows(schema: &Value) -> bool {
    schema
        .as_object()
        .is_some_and(|map| !map.is_empty() && !map.keys().any(|key| TYPE_KEYWORDS.contains(&key.as_str())))
}

/// Returns the names of the properties of a flat schema.
pub fn property_names(flat: &Map<String, Value>) -> BTreeSet<String> {
    flat.get("properties")
        .map(|_| object(&Value::Object(flat.clone()), "properties").map(|(n, _)| n.clone()).collect())
        .unwrap_or_default()
}
