//! Spans and events for `tracing`, compiled with the feature of that name. They hold nothing that a caller or a vendor
//! wrote, except the vendor's trace id.

use std::time::Duration;

use http::StatusCode;
use tracing::{Level, Span};

use crate::operation::Operation;

/// Creates the span of a request, of level `INFO`. Field names follow OpenTelemetry's conventions for HTTP clients
/// where there are any.
pub(crate) fn span(operation: &'static Operation, method: &http::Method) -> Span {
    tracing::span!(
        Level::INFO,
        "api_call",
        otel.kind = "client",
        otel.name = operation.id,
        http.request.method = method.as_str(),
        url.template = operation.path,
    )
}

/// Records an attempt as an event of level `DEBUG`. `attempt` counts from 1; `wait` is the delay before the next
/// one.
pub(crate) fn attempt(
    span: &Span,
    attempt: u32,
    status: Option<StatusCode>,
    trace_id: Option<&str>,
    failure: Option<&'static str>,
    took: Duration,
    wait: Option<Duration>,
) {
    tracing::event!(
        parent: span,
        Level::DEBUG,
        http.request.resend_count = attempt - 1,
        http.response.status_code = status.map(|status| status.as_u16()),
        error.type = failure,
        trace_id,
        duration_ms = milliseconds(took),
        wait_ms = wait.map(milliseconds),
        "attempt"
    );
}

/// Records a 429 that came although this client's own count is below every limit, as an event of level `WARN`.
pub(crate) fn unexplained(span: &Span) {
    tracing::event!(
        parent: span,
        Level::WARN,
        http.response.status_code = 429,
        "refused for a rate limit that this client's own count does not reach"
    );
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
