//! JSON as text.

use serde_json::Value;

use super::value_error::ValueError;

/// Decodes JSON. The error tells the place, and nothing of the content.
pub(super) fn decode(text: &str) -> Result<Value, ValueError> {
    serde_json::from_str(text).map_err(|error| {
        let cause = if error.is_eof() { "it ends too early" } else { "the text is no JSON from there on" };
        ValueError::new(format!("it is not JSON: {cause}, at line {} column {}", error.line(), error.column()))
    })
}
