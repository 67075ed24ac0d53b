//! Field: a property of a body or a parameter, which a flag stands for.

use api_bundle::Schemas;
use serde_json::Value;

use super::field_kind::FieldKind;
use super::plain_text::{first_sentence, plain};
use super::schema_facts::{MAX_DEPTH, keyword, text};

/// Field of a request that a flag sets.
#[derive(Debug)]
pub(crate) struct Field {
    /// Name that is sent.
    pub(crate) name: String,
    pub(crate) kind: FieldKind,
    pub(crate) required: bool,
    /// Description of the spec.
    pub(crate) description: String,
    /// Values that the spec lists; there may be others.
    pub(crate) values: Vec<String>,
    /// Value that is sent where a required field is left out.
    pub(crate) default: Option<Value>,
    /// `true` if only answers have it.
    pub(crate) is_read_only: bool,
    pub(crate) schema: Value,
}

impl Field {
    /// Creates the field of a schema. `description` is that of the parameter, if it is one.
    pub(super) fn new(
        schemas: &Schemas,
        name: &str,
        schema: &Value,
        required: bool,
        description: Option<&str>,
    ) -> Self {
        let kind = FieldKind::of(schemas, schema);
        let item = match kind {
            FieldKind::List(_) => keyword(schemas, schema, "items").unwrap_or(schema),
            _ => schema,
        };
        let values = keyword(schemas, item, "enum").and_then(Value::as_array).into_iter().flatten();
        let values = values.filter(|value| !value.is_null());
        Self {
            name: name.to_owned(),
            kind,
            required,
            description: description.unwrap_or_else(|| text(schemas, schema, "description")).to_owned(),
            values: values.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect(),
            default: keyword(schemas, schema, "default").cloned(),
            is_read_only: keyword(schemas, schema, "readOnly").is_some_and(|it| *it == true),
            schema: schema.clone(),
        }
    }

    /// Returns the first sentence of the description, as plain text.
    pub(crate) fn first_sentence(&self) -> String {
        first_sentence(&plain(&self.description)).to_owned()
    }

    /// Returns the fields that an object's schema lists, in its order, with those of the schemas that it is composed of.
    pub(crate) fn of_object(schemas: &Schemas, schema: &Value) -> Vec<Self> {
        let mut fields = Vec::new();
        collect(schemas, schema, true, MAX_DEPTH, &mut fields);
        fields
    }
}

/// Collects the fields of a schema, and of those that it is composed of. `counts` is `false` for an alternative, whose required
/// fields a value of another one does not have.
fn collect(schemas: &Schemas, schema: &Value, counts: bool, depth: usize, fields: &mut Vec<Field>) {
    let Some(inner) = depth.checked_sub(1) else { return };
    let schema = schemas.resolve(schema);
    let names = schema["required"].as_array().filter(|_| counts);
    let required = |name: &str| names.is_some_and(|names| names.iter().any(|required| required == name));
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if fields.iter().all(|field| field.name != *name) {
            fields.push(Field::new(schemas, name, property, required(name), None));
        }
    }
    for (keyword, counts) in [("allOf", counts), ("oneOf", false), ("anyOf", false)] {
        for part in schema[keyword].as_array().into_iter().flatten() {
            collect(schemas, part, counts, inner, fields);
        }
    }
}
