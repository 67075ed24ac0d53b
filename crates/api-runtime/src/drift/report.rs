use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};
use serde_json::Value;

/// A difference between what the vendor sends and what the spec says.
///
/// It says where and of what kind, and never holds a value: nothing that was in a body but the names of keys, and of those
/// none that looks like data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Drift {
    /// Name of the crate whose spec differs.
    pub crate_name: &'static str,
    /// Version of the crate.
    pub crate_version: &'static str,
    /// Revision of the spec: first digits of the SHA-256 of the bundle.
    pub spec_revision: &'static str,
    /// Name of the operation, or of the event; `None` for an event that the spec does not list.
    pub operation: Option<&'static str>,
    /// HTTP status; `None` for a delivery.
    pub status: Option<u16>,
    /// JSON pointer (RFC 6901) of the place, with `*` for an index, for the key of a map and for a key that looks like data.
    pub pointer: String,
    /// Kind of the difference.
    pub kind: DriftKind,
    /// Type of the value that came, when it came first; `None` where there is none.
    pub json_type: Option<JsonType>,
    /// Number of bodies in which it was found. Bodies that were not sampled don't count.
    pub count: u64,
    /// Time of the first one; in JSON, in seconds since 1970.
    #[serde(serialize_with = "seconds")]
    pub first_seen: SystemTime,
    /// Time of the last one; in JSON, in seconds since 1970.
    #[serde(serialize_with = "seconds")]
    pub last_seen: SystemTime,
}

/// Kind of a [`Drift`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DriftKind {
    /// A key that the spec does not list.
    UnknownField,
    /// A key that is required and not there.
    MissingField,
    /// A value that an enum does not list.
    UnknownValue,
    /// A value of another type.
    UnexpectedType,
    /// A null where the spec allows none.
    UnexpectedNull,
    /// A status that the spec does not list for the operation.
    UndocumentedStatus,
    /// An event that the spec does not list.
    UnknownEvent,
}

/// Type of a JSON value, in the words of OpenAPI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JsonType {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number without a fraction.
    Integer,
    /// A number with a fraction or an exponent.
    Number,
    /// A string.
    String,
    /// A list.
    Array,
    /// An object.
    Object,
}

impl DriftKind {
    /// Returns the kind in one word, for logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnknownField => "unknown_field",
            Self::MissingField => "missing_field",
            Self::UnknownValue => "unknown_value",
            Self::UnexpectedType => "unexpected_type",
            Self::UnexpectedNull => "unexpected_null",
            Self::UndocumentedStatus => "undocumented_status",
            Self::UnknownEvent => "unknown_event",
        }
    }
}

impl JsonType {
    /// Returns the type of a value.
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(number) if number.is_f64() => Self::Number,
            Value::Number(_) => Self::Integer,
            Value::String(_) => Self::String,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }

    /// Returns the name of the type in OpenAPI.
    pub fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::String => "string",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.operation.unwrap_or("webhook"))?;
        if let Some(status) = self.status {
            write!(f, " {status}")?;
        }
        if !self.pointer.is_empty() {
            write!(f, " {}", self.pointer)?;
        }
        write!(f, ": {}", self.kind.name())?;
        match self.json_type {
            Some(json_type) => write!(f, " ({})", json_type.name()),
            None => Ok(()),
        }
    }
}

fn seconds<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
}
