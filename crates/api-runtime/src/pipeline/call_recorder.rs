//! Recorder of one call for `tracing`: its span, attempts, retries and long waits.

use std::time::Duration;

use tokio::time::Instant;

use super::attempt::AttemptResult;
use super::config::PipelineConfig;
use crate::operation::RateLimitScope;
use crate::rate_limit::{RateLimitWait, WaitReason};
use crate::request::RequestBuilder;
use crate::telemetry::{AttemptFields, CallFields, Telemetry, WaitFields};

/// Shortest wait that is recorded.
const LONG_WAIT: Duration = Duration::from_secs(1);

/// Recorder of one call.
pub(super) struct CallRecorder {
    telemetry: &'static Telemetry,
    span: tracing::Span,
    operation: &'static str,
    trace_id: fn(&[u8]) -> Option<String>,
    /// End of the wait that was recorded last.
    announced: Option<Instant>,
}

impl CallRecorder {
    pub(super) fn new(
        config: &PipelineConfig,
        request: &RequestBuilder,
        trace_id: fn(&[u8]) -> Option<String>,
    ) -> Self {
        let operation = request.operation;
        let url = config.parsed_base_url_for(operation);
        let span = (config.telemetry.call)(&CallFields {
            operation: operation.id,
            method: request.method.as_str(),
            template: Some(operation.path).filter(|path| !path.is_empty()),
            address: url.as_deref().and_then(|url| url.host_str()),
            port: url.as_deref().and_then(|url| url.port()),
        });
        Self { telemetry: config.telemetry, span, operation: operation.id, trace_id, announced: None }
    }

    /// Records an attempt. `number` counts from 1; `wait` is the delay before the next one, `None` if this is the last.
    pub(super) fn attempt(&mut self, number: u32, attempt: &AttemptResult, start: Instant, wait: Option<Duration>) {
        if attempt.unexplained {
            (self.telemetry.unexplained)(&self.span, self.operation);
        }
        let status = attempt.response.as_ref().map(|response| response.status);
        let error_response = attempt.response.as_ref().filter(|response| !response.status.is_success());
        let trace_id = || error_response.and_then(|response| (self.trace_id)(&response.body));
        let error_status = status.as_ref().filter(|status| status.is_client_error() || status.is_server_error());
        let error_kind = attempt.error.as_ref().map(|error| error.kind.name());
        let fields = AttemptFields {
            operation: self.operation,
            resend_count: number - 1,
            status: status.map(|status| status.as_u16()),
            error_type: error_kind.or_else(|| Some(error_status?.as_str())),
            trace_id: &trace_id,
            duration_ms: milliseconds(start.elapsed()),
            wait_ms: wait.map(milliseconds),
        };
        (self.telemetry.attempt)(&self.span, &fields);
        if wait.is_some() {
            (self.telemetry.retry)(&self.span, &fields);
        }
    }

    /// Records a wait for a rate limit before it begins, unless it is short, or the rest of one that is recorded.
    #[cold]
    pub(super) fn wait(&mut self, wait: RateLimitWait) {
        let now = Instant::now();
        let from = self.announced.map_or(now, |announced| announced.max(now));
        if wait.until.saturating_duration_since(from) <= LONG_WAIT {
            return;
        }
        self.announced = Some(wait.until);
        (self.telemetry.wait)(
            &self.span,
            &WaitFields {
                operation: self.operation,
                requests: wait.rule.requests,
                per_seconds: wait.rule.per_seconds,
                scope: match wait.rule.scope {
                    RateLimitScope::Credential => "credential",
                    RateLimitScope::Address => "address",
                    RateLimitScope::Path(name) | RateLimitScope::Body(name) => name,
                },
                requested_by_server: wait.reason == WaitReason::Vendor,
                wait_ms: milliseconds(wait.until - now),
            },
        );
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
