//! Groups of schema keywords, and comparison of schemas by them.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::exactly_one::EXACTLY_ONE;
use super::locations::LOCATION;
use crate::spec::document::object;

/// Internal extension with the preferred type name of an inline schema.
pub const SUGGESTED_NAME: &str = "x-suggested-name";
/// Annotations, which don't affect which values are valid.
pub const ANNOTATIONS: [&str; 20] = [
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
    "x-debug",
    "x-states",
    EXACTLY_ONE,
    "$comment",
    LOCATION,
];
/// Annotations that `allOf` and `$ref` don't inherit.
pub const LOCAL_ANNOTATIONS: [&str; 10] = [
    SUGGESTED_NAME,
    "title",
    "description",
    "example",
    "default",
    "x-rust-name",
    "x-accessor",
    "x-states",
    "externalDocs",
    LOCATION,
];
/// Keywords that determine the type. A schema without any of them only narrows another one.
pub const TYPE_KEYWORDS: [&str; 9] =
    ["type", "properties", "items", "enum", "additionalProperties", "allOf", "oneOf", "anyOf", "$ref"];

/// Returns `true` if two schemas accept the same values, whatever their annotations.
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

/// Returns `true` if a schema only narrows another one.
pub fn only_narrows(schema: &Value) -> bool {
    schema
        .as_object()
        .is_some_and(|map| !map.is_empty() && !map.keys().any(|key| TYPE_KEYWORDS.contains(&key.as_str())))
}

/// Returns the names of the properties of a flattened schema.
pub fn property_names(flat: &Map<String, Value>) -> BTreeSet<String> {
    flat.get("properties")
        .map(|_| object(&Value::Object(flat.clone()), "properties").map(|(n, _)| n.clone()).collect())
        .unwrap_or_default()
}

/// Returns `true` for a string with listed values.
pub fn is_string_enum(schema: &Value) -> bool {
    schema["type"] == "string" && schema["enum"].is_array()
}
