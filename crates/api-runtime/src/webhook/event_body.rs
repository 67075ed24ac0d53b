use std::fmt;
use std::ops::Deref;

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};

use crate::types::FieldPath;

/// Body of an event that the spec lists: its type, to which it dereferences, and the JSON text of the delivery, which has the
/// fields that the type does not know as well. It serializes as its type.
#[derive(Clone)]
pub struct EventBody<T> {
    body: Box<T>,
    text: Box<str>,
}

impl<T> EventBody<T> {
    /// Returns the body alone.
    pub fn into_body(self) -> T {
        *self.body
    }

    /// Returns the JSON text of the delivery. Bytes of an unknown field that are no UTF-8 are replaced by U+FFFD.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl<T> Deref for EventBody<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.body
    }
}

impl<T: fmt::Debug> fmt::Debug for EventBody<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.body.fmt(f)
    }
}

impl<T: Serialize> Serialize for EventBody<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.body.serialize(serializer)
    }
}

/// Decodes the body of an event.
///
/// # Errors
///
/// [`FieldPath`] to the field that does not match the type.
#[doc(hidden)]
pub fn __event_body<T: DeserializeOwned>(body: &[u8]) -> Result<EventBody<T>, FieldPath> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let typed = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| FieldPath::new(error.path()))?;
    Ok(EventBody { body: Box::new(typed), text: String::from_utf8_lossy(body.trim_ascii()).into() })
}
