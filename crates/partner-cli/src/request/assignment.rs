//! Assignments: `path=value`, whose value is read as the field's type says, and `path:=JSON`.

use serde_json::Value;

use super::json_text::decode;
use super::value_error::ValueError;

/// Assignment of a value to a field.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Assignment {
    pub(super) path: String,
    pub(super) value: AssignedValue,
}

/// Value as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum AssignedValue {
    /// Text that is read as the field's type says.
    Text(String),
    /// Text that was quoted, which is one where other types are possible, too.
    QuotedText(String),
    Json(Value),
}

impl Assignment {
    pub(super) fn new(path: &str, value: AssignedValue) -> Self {
        Self { path: path.to_owned(), value }
    }

    /// Parses `path=value` or `path:=JSON`.
    pub(super) fn parse(text: &str) -> Result<Self, ValueError> {
        let fault = || ValueError::new("there is no value; write it as `path=value`, or `path:=JSON`");
        let (path, value) = text.split_once('=').ok_or_else(fault)?;
        match path.strip_suffix(':') {
            Some(path) => Ok(Self::new(path, AssignedValue::Json(decode(value)?))),
            None => Ok(Self::new(path, AssignedValue::Text(value.to_owned()))),
        }
    }
}
