use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};
use serde_json::Value;

/// Difference between what the vendor sends and what the spec says.
///
/// It has a place and a kind, and never a value: nothing out of a body but names of keys, except those that look like
/// data.
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
    /// HTTP status; `None` for a webhook delivery.
    pub status: Option<u16>,
    /// JSON pointer (RFC 6901) of the place, with `*` for an index, for the key of a map and for a key that looks like
    /// data.
    pub pointer: String,
    /// Kind of the difference.
    pub kind: DriftKind,
    /// Type of the value in the first occurrence; `None` if there is no value.
    pub json_type: Option<JsonType>,
    /// Number of bodies with this difference, among those that were compared.
    pub count: u64,
    /// Time of the first occurrence; in JSON, seconds since 1970.
    #[serde(serialize_with = "seconds")]
    pub first_seen: SystemTime,
    /// Time of the latest occurrence; in JSON, seconds since 1970.
    #[serde(serialize_with = "seconds")]
    pub last_seen: SystemTime,
}

/// Kind of a [`Drift`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DriftKind {
    /// Key that the spec does not list.
    UnknownField,
    /// Required key that is missing.
    MissingField,
    /// Value that its enum does not list.
    UnknownValue,
    /// Value of another type than the spec says.
    UnexpectedType,
    /// Null that the spec does not allow.
    UnexpectedNull,
    /// Status that the spec does not list for the operation.
    UndocumentedStatus,
    /// Event that the spec does not list.
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

/// Makes the [`SchemaTable::record`](crate::SchemaTable::record) of the crate that it is used in: an event of level `WARN`.
#[cfg(feature = "tracing")]
#[doc(hidden)]
#[macro_export]
macro_rules! __record_drift {
    () => {
        |drift| {
            $crate::__private::tracing::event!(
                target: env!("CARGO_CRATE_NAME"),
                $crate::__private::tracing::Level::WARN,
                crate_name = drift.crate_name,
                crate_version = drift.crate_version,
                spec_revision = drift.spec_revision,
                operation = drift.operation,
                http.response.status_code = drift.status,
                pointer = drift.pointer,
                kind = drift.kind.name(),
                json_type = drift.json_type.map(|json_type| json_type.name()),
                "drift"
            );
        }
    };
}

/// Makes the [`SchemaTable::record`](crate::SchemaTable::record) of a crate, which records nothing without the feature
/// `tracing`.
#[cfg(not(feature = "tracing"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __record_drift {
    () => {
        |_| ()
    };
}
