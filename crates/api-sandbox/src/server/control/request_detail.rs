//! One request with headers, body and answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderName;
use serde_json::{Value, json};

use super::curl::command;
use super::rows::{request_summary, shown_headers};
use crate::dispatch::Dispatcher;
use crate::request_journal::RecordedRequest;

/// Largest number of bytes that are shown of a body, unless all are asked for.
const MAX_BODY: usize = 64 * 1024;

/// Headers of requests and answers whose values are shown. Another one may hold a secret.
const SHOWN_HEADERS: [&str; 24] = [
    "accept",
    "accept-ranges",
    "allow",
    "cache-control",
    "content-disposition",
    "content-length",
    "content-range",
    "content-type",
    "date",
    "etag",
    "expect",
    "host",
    "idempotency-key",
    "if-range",
    "last-modified",
    "range",
    "ratelimit-limit",
    "ratelimit-policy",
    "ratelimit-remaining",
    "ratelimit-reset",
    "retry-after",
    "user-agent",
    "x-idempotency-key",
    "x-request-id",
];

/// Returns `true` if the value of a header is shown.
pub(super) fn is_shown(name: &HeaderName) -> bool {
    SHOWN_HEADERS.contains(&name.as_str())
}

/// Returns a request with its answer. Bodies are as they came, with the keys that an answer created.
pub(super) fn detail(request: &RecordedRequest, dispatcher: &Dispatcher, full: bool) -> Value {
    let limit = if full { usize::MAX } else { MAX_BODY };
    let mut shown = request_summary(request);
    shown["uri"] = request.uri.to_string().into();
    shown["headers"] = shown_headers(&request.headers, is_shown);
    set_body(&mut shown, &request.body, limit);
    shown["answer"] = Value::Null;
    if let Some(answer) = &request.answer {
        let headers = shown_headers(&answer.headers, is_shown);
        shown["answer"] = json!({"status": answer.status, "headers": headers, "faulted": answer.faulted});
        set_body(&mut shown["answer"], &answer.body, limit);
    }
    let bundle = dispatcher.bundles().iter().find(|bundle| request.vendor == Some(bundle.name.as_str()));
    shown["curl"] = command(request, dispatcher.url(), bundle.copied()).into();
    shown
}

/// Sets the body as text, or as base64 if it is none, up to so many bytes.
fn set_body(into: &mut Value, body: &[u8], limit: usize) {
    let kept = &body[..body.len().min(limit)];
    // A character is not cut in two: up to three of its bytes may be missing.
    let text = match std::str::from_utf8(kept) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() && kept.len() < body.len() => {
            std::str::from_utf8(&kept[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    into["body"] = text.map_or_else(|| STANDARD.encode(kept), str::to_owned).into();
    into["body_base64"] = text.is_none().into();
    into["body_truncated"] = (kept.len() < body.len()).into();
}
