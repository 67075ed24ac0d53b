//! Requests that are shown and not sent: `--dry-run`, as JSON.

use api_bundle::MASK;
use api_runtime::client_api::RequestPreview;
use serde_json::{Map, Value, json};

use super::request_secrets;
use crate::request::{DraftBody, FormValue, RequestDraft};
use crate::spec::OperationSpec;

/// Returns a request as JSON, with its secrets masked, the credential too.
pub(super) fn to_json(
    request: &RequestPreview,
    operation: &OperationSpec,
    draft: &RequestDraft,
    is_bearer: bool,
) -> Value {
    let mut headers = Map::new();
    if let Some(header) = request_secrets::credential_header(operation, is_bearer) {
        headers.insert(header.name.to_lowercase(), format!("{}{MASK}", header.prefix).into());
    }
    for (name, value) in &request.headers {
        headers.insert(name.to_string(), String::from_utf8_lossy(value.as_bytes()).into());
    }
    let body = match &draft.body {
        None => return json!({"method": request.method.as_str(), "url": request.url, "headers": headers}),
        Some(DraftBody::Json(body)) => {
            let mut body = body.clone();
            request_secrets::visit(operation, &mut body, &mut |_, secret| *secret = MASK.into());
            body
        }
        Some(DraftBody::Form(fields)) => {
            // The boundary between the fields is another one each time.
            headers.insert("content-type".to_owned(), "multipart/form-data".into());
            fields.iter().map(|(name, value)| form_field(operation, name, value)).collect()
        }
    };
    json!({"method": request.method.as_str(), "url": request.url, "headers": headers, "body": body})
}

fn form_field(operation: &OperationSpec, name: &str, value: &FormValue) -> Value {
    match value {
        FormValue::Text(_) if request_secrets::is_form_secret(operation, name) => json!({"name": name, "text": MASK}),
        FormValue::Text(text) => json!({"name": name, "text": text}),
        FormValue::File(file) => json!({
            "name": name,
            "file": file.part.name(),
            "media_type": file.part.content_type(),
            "bytes": file.part.content().len(),
        }),
    }
}
