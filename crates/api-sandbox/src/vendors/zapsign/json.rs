//! JSON that several handlers share.

use jiff::Timestamp;
use serde_json::Value;

/// Returns the value of a field, or a default if it is absent or `null`.
pub(crate) fn field_or(body: &Value, field: &str, default: impl Into<Value>) -> Value {
    body.get(field).filter(|value| !value.is_null()).cloned().unwrap_or_else(|| default.into())
}

/// Sets the fields of one object in another, each as a whole.
pub(crate) fn set_fields(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

/// Formats a point in time as ZapSign does, in microseconds and UTC.
pub(crate) fn format_time(now: Timestamp) -> String {
    now.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}
