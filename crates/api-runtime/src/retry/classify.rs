use http::StatusCode;

use crate::operation::{Operation, RetryRule};
use crate::wire::RawResponse;

/// Outcome of one attempt, as far as it decides on a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttemptOutcome {
    /// Complete response.
    Response(StatusCode),
    /// Response that matches [`Operation::cooldown`]: the vendor's cool-down is not over.
    Cooldown,
    /// Response from another URL than that of the request.
    Redirected,
    /// No response; the server did not receive the request.
    NotSent,
    /// No complete response; the server may have received the request.
    Incomplete,
}

impl AttemptOutcome {
    /// Classifies a complete response.
    pub(crate) fn of_response(operation: &Operation, response: &RawResponse) -> Self {
        match &operation.cooldown {
            Some(pattern) if response.matches(pattern) => Self::Cooldown,
            _ => Self::Response(response.status),
        }
    }
}

/// Returns `true` if a call may be sent again without the risk of having its effect twice. The retry loop and the
/// accessors of errors both follow this rule.
pub(crate) fn is_retryable(operation: &Operation, outcome: AttemptOutcome) -> bool {
    let by_idempotency = operation.retry == RetryRule::ByIdempotency;
    match outcome {
        AttemptOutcome::NotSent => true,
        AttemptOutcome::Cooldown | AttemptOutcome::Redirected => false,
        AttemptOutcome::Incomplete => by_idempotency && operation.idempotent,
        // A 429 says that the server did not act on the request; so does a 503, unless the vendor is known to send it
        // later.
        AttemptOutcome::Response(StatusCode::TOO_MANY_REQUESTS) => operation.retry != RetryRule::ConnectErrorsOnly,
        AttemptOutcome::Response(StatusCode::SERVICE_UNAVAILABLE) => by_idempotency,
        AttemptOutcome::Response(status) => by_idempotency && operation.idempotent && status.is_server_error(),
    }
}

/// Returns `true` if the server may have acted on the request of an attempt.
pub(crate) fn may_have_taken_effect(operation: &Operation, outcome: AttemptOutcome) -> bool {
    match outcome {
        AttemptOutcome::NotSent | AttemptOutcome::Cooldown => false,
        AttemptOutcome::Incomplete | AttemptOutcome::Redirected => true,
        // Some vendors answer so after they have acted.
        AttemptOutcome::Response(StatusCode::TOO_MANY_REQUESTS) => operation.retry == RetryRule::ConnectErrorsOnly,
        AttemptOutcome::Response(status) => status.is_success() || status.is_server_error(),
    }
}
