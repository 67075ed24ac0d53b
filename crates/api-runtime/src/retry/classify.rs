use http::StatusCode;

use crate::operation::{Operation, RetryRule};
use crate::wire::Answer;

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Came {
    /// An answer.
    Answer(StatusCode),
    /// An answer that what was asked for has a cool-down, which is not over.
    Cooldown,
    /// Nothing, and the server did not receive the request.
    NotSent,
    /// Nothing whole, and the server may have received the request.
    Broken,
}

impl Came {
    pub(crate) fn answer(operation: &Operation, answer: &Answer) -> Self {
        match &operation.cooldown {
            Some(pattern) if answer.matches(pattern) => Self::Cooldown,
            _ => Self::Answer(answer.status),
        }
    }
}

/// Whether the call may be sent again. This is the whole of the rule; what the errors say of it comes from here too.
pub(crate) fn repeatable(operation: &Operation, came: Came) -> bool {
    let standard = operation.retry == RetryRule::Standard;
    match came {
        Came::NotSent => true,
        Came::Cooldown => false,
        Came::Broken => standard && operation.idempotent,
        // The server says that it did nothing.
        Came::Answer(StatusCode::TOO_MANY_REQUESTS) => operation.retry != RetryRule::Never,
        Came::Answer(StatusCode::SERVICE_UNAVAILABLE) => standard,
        Came::Answer(status) => standard && operation.idempotent && status.is_server_error(),
    }
}
