//! Implementations of `JsonSchema` for the types of this crate (feature `schemars`).

pub use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::base64::Base64;
use super::secret::Secret;
use super::timestamp::Timestamp;

/// Returns the schema of a string, with an OpenAPI format if one is given.
pub fn string_schema(format: Option<&str>) -> Schema {
    match format {
        Some(format) => json_schema!({"type": "string", "format": format}),
        None => json_schema!({"type": "string"}),
    }
}

/// Returns the schema of a string enum.
pub fn string_enum(values: &[&str]) -> Schema {
    json_schema!({"type": "string", "enum": values})
}

/// Returns the schema of an object with these optional properties of any type. Other properties are allowed.
pub fn open_object(properties: &[&str]) -> Schema {
    let properties: serde_json::Map<String, serde_json::Value> =
        properties.iter().map(|name| ((*name).to_owned(), true.into())).collect();
    json_schema!({"type": "object", "properties": properties, "additionalProperties": true})
}

macro_rules! string_type {
    ($name:ident, $format:literal) => {
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                string_schema(Some($format))
            }
        }
    };
}

string_type!(Secret, "password");
string_type!(Base64, "byte");
string_type!(Timestamp, "date-time");
