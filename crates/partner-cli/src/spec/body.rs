//! Body of a request.

use api_bundle::Schemas;
use serde_json::Value;

use super::field::Field;

/// Request Body Object, with its only media type.
#[derive(Debug)]
pub(crate) struct BodySpec {
    pub(crate) required: bool,
    /// `true` for `multipart/form-data`, `false` for JSON.
    pub(crate) is_form: bool,
    pub(crate) schema: &'static Value,
    pub(crate) fields: Vec<Field>,
    /// Value of the spec's first example.
    pub(crate) example: Option<Value>,
}

impl BodySpec {
    pub(super) fn parse(schemas: &Schemas, body: &'static Value) -> Self {
        let (media_type, content) =
            body["content"].as_object().and_then(|content| content.iter().next()).expect("a media type");
        let schema = &content["schema"];
        Self {
            required: body["required"] == true,
            is_form: media_type == "multipart/form-data",
            schema,
            example: content["examples"].as_object().and_then(|it| Some(it.values().next()?["value"].clone())),
            fields: Field::of_object(schemas, schema),
        }
    }
}
