use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::wire::{DECODE_LIMIT, decode_limit};

/// Decoded body of an error response, of any form. JSON keeps every field; numbers are rounded to an `f64` where they
/// have more digits. The exact bytes are in the error's raw body.
#[derive(Clone)]
pub enum ErrorPayload {
    /// A JSON value.
    Json(Value),
    /// UTF-8 text that is not JSON: a plain sentence, an HTML page of a proxy, or an empty body.
    Text(String),
    /// A body that is neither, or JSON whose values are estimated at more than 128 MiB. Read it from the error's raw
    /// body.
    Opaque,
}

impl ErrorPayload {
    /// Decodes a body. Every body has a form here, so it does not fail.
    pub fn read(body: &[u8]) -> Self {
        if !decode_limit::fits(body, DECODE_LIMIT) {
            return Self::Opaque;
        }
        match (serde_json::from_slice(body), std::str::from_utf8(body)) {
            (Ok(value), _) => Self::Json(value),
            (Err(_), Ok(text)) => Self::Text(text.to_owned()),
            (Err(_), Err(_)) => Self::Opaque,
        }
    }

    /// Returns the string at a JSON pointer (RFC 6901); `None` if there is another value or none.
    pub fn text_at(&self, pointer: &str) -> Option<&str> {
        self.value_at(pointer)?.as_str()
    }

    /// Returns the value at a JSON pointer (RFC 6901); `None` if there is none or the body is not JSON.
    pub fn value_at(&self, pointer: &str) -> Option<&Value> {
        match self {
            Self::Json(value) => value.pointer(pointer),
            Self::Text(_) | Self::Opaque => None,
        }
    }

    /// Returns a value as text: a string as it is, anything else as JSON; `None` if nothing is in it.
    pub fn text_of(value: &Value) -> Option<String> {
        match value {
            Value::Null => None,
            Value::String(text) => (!text.trim().is_empty()).then(|| text.clone()),
            Value::Array(items) if items.is_empty() => None,
            Value::Object(fields) if fields.is_empty() => None,
            value => Some(value.to_string()),
        }
    }

    /// Returns the body as a plain sentence: text, or a JSON string, that is not blank and does not begin with `<` as
    /// HTML does.
    pub fn plain_text(&self) -> Option<&str> {
        let text = match self {
            Self::Json(Value::String(text)) | Self::Text(text) => text.trim(),
            Self::Json(_) | Self::Opaque => return None,
        };
        (!text.is_empty() && !text.starts_with('<')).then_some(text)
    }
}

impl Serialize for ErrorPayload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Json(value) => value.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Opaque => serializer.serialize_none(),
        }
    }
}
