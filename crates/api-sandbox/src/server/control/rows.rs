//! Requests and deliveries as JSON.

use http::{HeaderMap, HeaderName};
use serde_json::{Map, Value, json};
use url::Url;

use super::time::format_time;
use crate::delivery::{Delivery, DeliveryAttempt, DeliveryOutcome};
use crate::request_journal::RecordedRequest;

/// Largest number of characters of a path, a URL or a text of a fault that a list without bodies shows.
const MAX_TEXT: usize = 2_048;
/// Largest number of attempts of a delivery that it shows, the newest.
const MAX_ATTEMPTS: usize = 20;

/// Returns a request without headers and bodies.
pub(super) fn request_summary(request: &RecordedRequest) -> Value {
    json!({
        "number": request.number,
        "time": format_time(request.time),
        "vendor": request.vendor,
        "operation": request.operation,
        "method": request.method.as_str(),
        "uri": short(&request.uri.to_string()),
        "status": request.status,
        "client_status": request.client_status(),
        "fault": request.fault.as_ref().map(|fault| with_short_texts(json!(fault))),
        "served": request.served,
        "cancelled": request.cancelled,
        "request_bytes": request.body.len(),
        "response_bytes": request.answer.as_ref().map(|answer| answer.body.len()),
    })
}

/// Returns a request without its headers, one of which is the credential.
pub(super) fn request_with_body(request: &RecordedRequest) -> Value {
    let mut shown = request_summary(request);
    shown["uri"] = request.uri.to_string().into();
    shown["body"] = String::from_utf8_lossy(&request.body).into();
    shown
}

/// Returns a delivery without bodies and headers.
pub(super) fn delivery_summary(delivery: &Delivery) -> Value {
    let skipped = delivery.attempts.len().saturating_sub(MAX_ATTEMPTS);
    json!({
        "id": delivery.id,
        "vendor": delivery.vendor,
        "event": delivery.event,
        "time": format_time(delivery.time),
        "url": short(&without_secrets(&delivery.url)),
        "delivered": delivery.is_delivered(),
        "in_progress": delivery.is_in_progress(),
        "retry_at": delivery.retry_at.map(format_time),
        "attempts": delivery.attempts.iter().skip(skipped).map(attempt_summary).collect::<Vec<_>>(),
    })
}

/// Returns the JSON text of a delivery with its body, which is copied and not parsed, and with the answers of the receiver.
pub(super) fn delivery_text(delivery: &Delivery) -> String {
    let before = json!({
        "id": delivery.id,
        "vendor": delivery.vendor,
        "event": delivery.event,
        "time": format_time(delivery.time),
        "url": delivery.url,
        "masked_url": without_secrets(&delivery.url),
    });
    let after = json!({
        "delivered": delivery.is_delivered(),
        "in_progress": delivery.is_in_progress(),
        "retry_at": delivery.retry_at.map(format_time),
        "attempts": delivery.attempts.iter().map(attempt_with_answer).collect::<Vec<_>>(),
    });
    let (mut text, after) = (before.to_string(), after.to_string());
    text.pop();
    text.push_str(",\"body\":");
    text.push_str(&String::from_utf8_lossy(delivery.text()));
    text.push(',');
    text.push_str(&after[1..]);
    text
}

fn attempt_summary(attempt: &DeliveryAttempt) -> Value {
    let (status, failure) = match attempt.outcome {
        DeliveryOutcome::Answered(status) => (Some(status), None),
        DeliveryOutcome::TimedOut => (None, Some("timed_out")),
        DeliveryOutcome::Unreachable => (None, Some("unreachable")),
        DeliveryOutcome::NotOnThisMachine => (None, Some("not_on_this_machine")),
        DeliveryOutcome::OwnEndpoint => (None, Some("own_endpoint")),
    };
    json!({"time": format_time(attempt.time), "status": status, "failure": failure, "replay": attempt.replay})
}

fn attempt_with_answer(attempt: &DeliveryAttempt) -> Value {
    let mut shown = attempt_summary(attempt);
    shown["headers"] = shown_headers(&attempt.response_headers, |_| true);
    shown["body"] = String::from_utf8_lossy(&attempt.response_body).into();
    shown
}

/// Returns headers as an object, with `null` as the value of one that is not shown.
pub(super) fn shown_headers(headers: &HeaderMap, is_shown: impl Fn(&HeaderName) -> bool) -> Value {
    let shown = headers.keys().map(|name| {
        let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        let value = is_shown(name).then(|| values.collect::<Vec<_>>().join(", "));
        (name.to_string(), Value::from(value))
    });
    shown.collect::<Map<_, _>>().into()
}

/// Leaves out the user of a webhook's URL and masks the values in its query, which may be the secret of the webhook.
fn without_secrets(url: &str) -> String {
    let url = without_user(url);
    let Some((path, query)) = url.split_once('?') else { return url };
    let masked = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) => format!("{name}=***"),
        None => "***".to_owned(),
    });
    format!("{path}?{}", masked.collect::<Vec<_>>().join("&"))
}

fn without_user(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut parsed) if parsed.has_authority() && url.contains('@') => {
            let _ = parsed.set_username("");
            let _ = parsed.set_password(None);
            parsed.into()
        }
        _ => url.to_owned(),
    }
}

/// Shortens the texts in a value: the body of a fault may be large, and is the same in each request that meets it.
pub(super) fn with_short_texts(value: Value) -> Value {
    match value {
        Value::String(text) => short(&text).into(),
        Value::Array(items) => items.into_iter().map(with_short_texts).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, with_short_texts(value))).collect::<Map<_, _>>().into()
        }
        value => value,
    }
}

fn short(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}
