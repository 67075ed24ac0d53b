//! Source locations of schemas: each carries its JSON pointer in the bundle while it is lowered.

use serde_json::Value;

use crate::diagnostic::Result;
use crate::spec::document::text;
use crate::spec::visit::{NodeKind, walk};

/// Internal extension with the location of a schema.
pub const LOCATION: &str = "x-location";

/// Adds its location to every schema.
pub fn stamp(document: &mut Value) -> Result<()> {
    walk(document, "", NodeKind::Object, &mut |value, pointer, kind| {
        if let (NodeKind::Schema, Value::Object(map)) = (kind, value) {
            map.insert(LOCATION.into(), pointer.into());
        }
        Ok(())
    })
}

/// Removes the locations.
pub fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.shift_remove(LOCATION);
            map.values_mut().for_each(strip);
        }
        Value::Array(list) => list.iter_mut().for_each(strip),
        _ => {}
    }
}

/// Returns the location of a schema; empty if it has none.
pub fn location(schema: &Value) -> String {
    text(schema, LOCATION).unwrap_or_default().to_owned()
}

/// Adds the location that a generated schema stands for.
pub fn with_location(mut schema: Value, at: &str) -> Value {
    if let Value::Object(map) = &mut schema {
        map.insert(LOCATION.into(), at.into());
    }
    schema
}
