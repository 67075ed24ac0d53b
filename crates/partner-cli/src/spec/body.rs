//! Body of a request.

use api_bundle::Schemas;
use serde_json::Value;

use super::field::Field;

/// Request Body Object, in the media type that is sent.
#[derive(Debug)]
pub(crate) struct BodySpec {
    pub(crate) required: bool,
    pub(crate) encoding: BodyEncoding,
    pub(crate) schema: &'static Value,
    pub(crate) fields: Vec<Field>,
    /// Value of the spec's first example.
    pub(crate) example: Option<Value>,
}

/// Encoding of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyEncoding {
    /// `application/json`.
    Json,
    /// `multipart/form-data`.
    Form,
    /// Another media type, in which this program sends nothing.
    Other(&'static str),
}

impl BodySpec {
    /// Parses a Request Body Object. Of several media types, the first one that can be sent counts, JSON before a form. Returns
    /// `None` if there is no media type.
    pub(super) fn parse(schemas: &Schemas, body: &'static Value) -> Option<Self> {
        let content = body["content"].as_object()?;
        let known = ["application/json", "multipart/form-data"].iter().find_map(|name| content.get_key_value(*name));
        let (media_type, content) = known.or_else(|| content.iter().next())?;
        let schema = &content["schema"];
        Some(Self {
            required: body["required"] == true,
            encoding: match media_type.as_str() {
                "application/json" => BodyEncoding::Json,
                "multipart/form-data" => BodyEncoding::Form,
                other => BodyEncoding::Other(other),
            },
            schema,
            example: content["examples"].as_object().and_then(|it| Some(it.values().next()?["value"].clone())),
            fields: Field::of_object(schemas, schema),
        })
    }
}
