//! JSON as text.

use serde_json::Value;

use super::value_error::ValueError;

/// Decodes JSON. The error tells the place, and nothing of the content.
pub(super) fn decode(text: &str) -> Result<Value, ValueError> {
    serde_json::from_str(text).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        ValueError::new(match error.is_eof() {
            true => format!("it is not JSON: it ends too early, at {place}"),
            false => format!("it is not JSON from {place} on"),
        })
    })
}
