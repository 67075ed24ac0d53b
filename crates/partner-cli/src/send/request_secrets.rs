//! Secrets of a request: its credential, and what the spec calls a secret in its body.

use api_bundle::{CredentialHeader, credential_headers};
use serde_json::Value;

use crate::spec::{FieldKind, OperationSpec};

/// Returns the header of the credential; `None` for an operation that takes none. `is_bearer` prefers that of an access token.
pub(super) fn credential_header(operation: &OperationSpec, is_bearer: bool) -> Option<CredentialHeader> {
    let headers = credential_headers(operation.api.document(), operation.api.name);
    let preferred = headers.iter().find(|header| header.prefix.is_empty() != is_bearer);
    preferred.or(headers.first()).filter(|_| operation.row.authenticated).cloned()
}

/// Calls a function with the JSON pointer of each secret of a JSON body, and with the secret.
pub(super) fn visit(operation: &OperationSpec, body: &mut Value, visit: &mut dyn FnMut(&str, &mut Value)) {
    if let Some(spec) = &operation.body {
        operation.api.schemas().visit_secrets(spec.schema, body, visit);
    }
}

/// Returns `true` if a field of a form is a secret.
pub(super) fn is_form_secret(operation: &OperationSpec, name: &str) -> bool {
    let fields = operation.body.iter().flat_map(|body| &body.fields);
    fields.into_iter().any(|field| field.name == name && field.kind == FieldKind::Secret)
}
