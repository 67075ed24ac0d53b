//! What a call tells `tracing`: nothing that a caller or a vendor wrote, but the vendor's trace id.
//!
//! Without the feature, nothing of this is compiled.

#[cfg(feature = "tracing")]
pub(crate) use on::{attempt, span, unexplained};

#[cfg(feature = "tracing")]
mod on {
    use std::time::Duration;

    use http::StatusCode;
    use tracing::{Level, Span};

    use crate::operation::Operation;

    /// One span for a call. Names are those of OpenTelemetry's conventions for HTTP clients where it has them.
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

    /// One event for an attempt.
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

    /// One event for a 429 that the count of the client can't explain.
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
}
