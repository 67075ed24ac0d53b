use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::wire::{DECODE_LIMIT, decode_limit};

/// What a vendor's error body turned out to be. Every field of it is kept, and numbers as far as an `f64` holds their digits;
/// the error's raw body has it to the last byte.
#[derive(Clone)]
pub enum ErrorPayload {
    /// JSON.
    Json(Value),
    /// Text that is not JSON: a plain sentence, a proxy's HTML page, or nothing at all.
    Text(String),
    /// Neither, or JSON with more values than 128 MiB hold; the error's raw body has it.
    Opaque,
}

impl ErrorPayload {
    /// Reads a body.
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

    /// The text at this JSON pointer.
    pub fn text_at(&self, pointer: &str) -> Option<&str> {
        self.value_at(pointer)?.as_str()
    }

    /// The value at this JSON pointer.
    pub fn value_at(&self, pointer: &str) -> Option<&Value> {
        match self {
            Self::Json(value) => value.pointer(pointer),
            Self::Text(_) | Self::Opaque => None,
        }
    }

    /// A plain sentence. Not a page of HTML, and not an empty body.
    pub fn sentence(&self) -> Option<&str> {
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
