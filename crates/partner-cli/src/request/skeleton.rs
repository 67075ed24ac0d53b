//! Body to fill in.

use api_bundle::Schemas;
use serde_json::{Map, Value};

use crate::spec::{Field, FieldKind};

/// Number of objects within each other that are written out.
const MAX_DEPTH: usize = 4;

/// Returns a body with all fields of a schema: each with its first known value, or one that shows its type.
pub(crate) fn skeleton(schemas: &Schemas, schema: &Value) -> Value {
    object(schemas, schema, MAX_DEPTH)
}

fn object(schemas: &Schemas, schema: &Value, depth: usize) -> Value {
    let Some(inner) = depth.checked_sub(1) else { return Value::Object(Map::new()) };
    let fields = Field::of_object(schemas, schema);
    fields
        .into_iter()
        .map(|field| (field.name.clone(), value(schemas, &field.schema, &field, inner)))
        .collect::<Map<_, _>>()
        .into()
}

fn value(schemas: &Schemas, schema: &Value, field: &Field, depth: usize) -> Value {
    match FieldKind::of(schemas, schema) {
        FieldKind::Integer | FieldKind::Number => 0.into(),
        FieldKind::Boolean => false.into(),
        FieldKind::Object => object(schemas, schema, depth),
        FieldKind::List(_) => {
            let items = schemas.member(schema, "0").unwrap_or_default();
            Value::Array(vec![value(schemas, &items, field, depth)])
        }
        FieldKind::Text | FieldKind::Any | FieldKind::Base64 | FieldKind::File | FieldKind::Secret => {
            field.values.first().cloned().unwrap_or_default().into()
        }
    }
}
