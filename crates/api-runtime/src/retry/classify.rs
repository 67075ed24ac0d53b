use http::StatusCode;

use crate::operation::{Operation, RetryRule};
use crate::wire::Answer;

/// What outcome of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttemptOutcome {
    /// An answer.
    Response(StatusCode),
    /// An answer that what was asked for has a cool-down, which is not over.
    Cooldown,
    /// Nothing, and the server did not receive the request.
    NotSent,
    /// Nothing whole, and the server may have received the request.
    Incomplete,
}

impl AttemptOutcome {
    pub(crate) fn of_response(operation: &Operation, answer: &Answer) -> Self {
        match &operation.cooldown {
            Some(pattern) if answer.matches(pattern) => Self::Cooldown,
            _ => Self::Response(answer.status),
        }
    }
}

/// Whether the call may be sent again. This is the whole of the rule; what the errors say of it comes from here too.
pub(crate) fn is_retryable(operation: &Operation, outcome: AttemptOutcome) -> bool {
    let by_idempotency = operation.retry == RetryRule::Standard;
    match outcome {
        AttemptOutcome::NotSent => true,
        AttemptOutcome::Cooldown => false,
        AttemptOutcome::Incomplete => by_idempotency && operation.idempotent,
        // The server says that it did nothing.
        AttemptOutcome::Response(StatusCode::TOO_MANY_REQUESTS) => operation.retry != RetryRule::Never,
        AttemptOutcome::Response(StatusCode::SERVICE_UNAVAILABLE) => by_idempotency,
        AttemptOutcome::Response(status) => by_idempotency && operation.idempotent && status.is_server_error(),
    }
}
