//! One background check.

use serde_json::Value;

pub(crate) struct Check {
    pub(crate) account: String,
    /// What was asked for.
    pub(crate) request_body: Value,
    pub(crate) value: Value,
}
