//! What the bodies of requests and answers share.

use jiff::Timestamp;
use serde_json::Value;

/// The value of a field, or what stands for one that is not given. Some callers send `null` for it.
pub(crate) fn field_or(body: &Value, field: &str, otherwise: impl Into<Value>) -> Value {
    body.get(field).filter(|value| !value.is_null()).cloned().unwrap_or_else(|| otherwise.into())
}

/// Puts the fields of one object into another.
pub(crate) fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

/// As ZapSign writes points in time.
pub(crate) fn format_time(now: Timestamp) -> String {
    now.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}
