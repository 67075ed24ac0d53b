//! Background checks.

use jiff::Timestamp;
use serde_json::Value;

/// Background check.
#[derive(Clone)]
pub(crate) struct Check {
    pub(crate) account: String,
    /// Body of the request, by which a repeated request is recognized.
    pub(crate) request_body: Value,
    pub(crate) value: Value,
    pub(crate) created_at: Timestamp,
}
