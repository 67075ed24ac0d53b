//! Rules of 360dialog that its schemas don't have.

use serde_json::Value;

use crate::spec::Rejection;
use crate::vendors::field_checks::FieldChecks;

/// Checks the body of an operation.
///
/// # Errors
///
/// Returns [`Rejection::Invalid`] with all violations.
pub(super) fn validate(operation: &str, body: &Value) -> Result<(), Rejection> {
    let mut checks = FieldChecks::of(body);
    match operation {
        "create_client" => checks.required("name"),
        "create_flow" => {
            checks.required("name");
            checks.urls(&["endpoint_uri"]);
        }
        "set_webhook_url" => {
            checks.required("webhook_url");
            checks.urls(&["webhook_url"]);
        }
        "update_partner" => checks.urls(&["webhook_url", "partner_redirect_url"]),
        _ => {}
    }
    checks.finish()
}
