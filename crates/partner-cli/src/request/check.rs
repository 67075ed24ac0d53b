//! Check of a request against the spec.

use api_bundle::Schemas;
use serde_json::Value;

/// Violation of the spec in a request. It shows no value, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// JSON pointer to the value in the body; empty for the body itself and for parameters.
    pub(crate) pointer: String,
    pub(crate) message: String,
}

/// Returns the violations of a schema in a value.
pub(super) fn violations(schemas: &Schemas, schema: &Value, value: &Value) -> Vec<Violation> {
    let validator = schemas.validator(schema).expect("a schema of the bundle");
    let found = validator
        .iter_errors(value)
        .map(|error| Violation { pointer: error.instance_path().to_string(), message: error.masked().to_string() });
    found.collect()
}
