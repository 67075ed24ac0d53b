//! Spans and events for `tracing`, with the name of an API's crate as their target.
//!
//! The metadata of a span or an event is static, its target included, so the macro [`__telemetry`] makes them in each API
//! crate. They hold nothing that a caller or a vendor wrote, except the vendor's trace id.

/// Spans and events of one API crate. Without the feature `tracing` there are none.
#[cfg(not(feature = "tracing"))]
pub struct Telemetry;

/// Spans and events of one API crate.
#[cfg(feature = "tracing")]
#[doc(hidden)]
pub struct Telemetry {
    pub call: fn(&CallFields<'_>) -> tracing::Span,
    pub attempt: fn(&tracing::Span, &AttemptFields<'_>),
    pub retry: fn(&tracing::Span, &AttemptFields<'_>),
    pub wait: fn(&tracing::Span, &WaitFields),
    pub unexplained: fn(&tracing::Span, &'static str),
}

/// Fields of the span of a call.
#[cfg(feature = "tracing")]
#[doc(hidden)]
pub struct CallFields<'c> {
    pub operation: &'static str,
    pub method: &'c str,
    pub template: Option<&'static str>,
    /// Host of the API.
    pub address: Option<&'c str>,
    /// Port, if it is not the default one.
    pub port: Option<u16>,
}

/// Fields of the events of an attempt.
#[cfg(feature = "tracing")]
#[doc(hidden)]
pub struct AttemptFields<'a> {
    pub operation: &'static str,
    /// Number of the attempt, counted from 0.
    pub resend_count: u32,
    pub status: Option<u16>,
    /// Kind of the error, or an error status.
    pub error_type: Option<&'a str>,
    /// Reader of the vendor's trace id, called if the event is recorded.
    pub trace_id: &'a dyn Fn() -> Option<String>,
    pub duration_ms: u64,
    /// Wait before the next attempt; `None` if this was the last.
    pub wait_ms: Option<u64>,
}

/// Fields of the event of a wait for a rate limit.
#[cfg(feature = "tracing")]
#[doc(hidden)]
pub struct WaitFields {
    pub operation: &'static str,
    pub requests: u32,
    pub per_seconds: u32,
    pub scope: &'static str,
    /// `true` if the server asked for the wait.
    pub requested_by_server: bool,
    pub wait_ms: u64,
}

/// Makes the [`Telemetry`] of the crate that it is used in. Names of fields are those of OpenTelemetry's conventions for
/// HTTP clients where there are any.
#[cfg(feature = "tracing")]
#[doc(hidden)]
#[macro_export]
macro_rules! __telemetry {
    () => {{
        const TARGET: &str = env!("CARGO_CRATE_NAME");
        static TELEMETRY: $crate::Telemetry = $crate::Telemetry {
            call: |call| {
                $crate::__private::tracing::info_span!(
                    target: TARGET,
                    "api_call",
                    otel.kind = "client",
                    otel.name = call.operation,
                    http.request.method = call.method,
                    url.template = call.template,
                    server.address = call.address,
                    server.port = call.port,
                )
            },
            attempt: |span, attempt| {
                $crate::__private::tracing::event!(
                    target: TARGET,
                    parent: span,
                    $crate::__private::tracing::Level::DEBUG,
                    {
                        http.request.resend_count = attempt.resend_count,
                        http.response.status_code = attempt.status,
                        error.type = attempt.error_type,
                        trace_id = (attempt.trace_id)(),
                        duration_ms = attempt.duration_ms,
                        wait_ms = attempt.wait_ms
                    },
                    "attempt"
                );
            },
            retry: |span, attempt| {
                $crate::__private::tracing::event!(
                    target: TARGET,
                    parent: span,
                    $crate::__private::tracing::Level::WARN,
                    {
                        operation = attempt.operation,
                        http.request.resend_count = attempt.resend_count + 1,
                        http.response.status_code = attempt.status,
                        error.type = attempt.error_type,
                        trace_id = (attempt.trace_id)(),
                        wait_ms = attempt.wait_ms
                    },
                    "the attempt failed and the request is sent again"
                );
            },
            wait: |span, wait| {
                $crate::__private::tracing::event!(
                    target: TARGET,
                    parent: span,
                    $crate::__private::tracing::Level::INFO,
                    {
                        operation = wait.operation,
                        rate_limit.requests = wait.requests,
                        rate_limit.per_seconds = wait.per_seconds,
                        rate_limit.scope = wait.scope,
                        rate_limit.requested_by_server = wait.requested_by_server,
                        wait_ms = wait.wait_ms
                    },
                    "the call waits for its turn under a rate limit"
                );
            },
            unexplained: |span, operation| {
                $crate::__private::tracing::event!(
                    target: TARGET,
                    parent: span,
                    $crate::__private::tracing::Level::WARN,
                    {
                        operation,
                        http.response.status_code = 429
                    },
                    "refused for a rate limit that the client's count does not reach"
                );
            },
        };
        &TELEMETRY
    }};
}

/// Makes the [`Telemetry`] of a crate, which records nothing without the feature `tracing`.
#[cfg(not(feature = "tracing"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __telemetry {
    () => {
        &$crate::Telemetry
    };
}
