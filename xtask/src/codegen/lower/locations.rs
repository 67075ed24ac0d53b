//! Each schema carries the pointer that it has in the bundle, wherever later steps move it.

use serde_json::Value;

use crate::diagnostic::Result;
use crate::spec::document::text;
use crate::spec::visit::{NodeKind, walk};

/// Key under which a schema carries its place while it is lowered.
pub const LOCATION: &str = "x-location";

/// Writes its place into every schema.
pub fn stamp(document: &mut Value) -> Result<()> {
    walk(document, "", NodeKind::Object, &mut |value, pointer, kind| {
        if let (NodeKind::Schema, Value::Object(map)) = (kind, value) {
            map.insert(LOCATION.into(), pointer.into());
        }
        Ok(())
    })
}

/// Takes the places out again.
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

/// Returns the place that a schema carries.
pub fn location(schema: &Value) -> String {
    text(schema, LOCATION).unwrap_or_default().to_owned()
}

/// Stamps a schema that was made here with the place it stands for.
pub fn with_location(mut schema: Value, at: &str) -> Value {
    if let Value::Object(map) = &mut schema {
        map.insert(LOCATION.into(), at.into());
    }
    schema
}
