use std::time::Duration;

use crate::operation::Operation;
use crate::rate_limit::{DeadlineExceeded, StoreError};
use crate::types::{Constraint, FieldPath, InvalidId};

/// Length of the longest URL that is sent, in bytes; the HTTP library accepts no longer one. Servers accept less, often
/// 8 KB.
pub const MAX_URL_BYTES: usize = 65_534;

/// Request that was rejected before it was sent, so it had no effect. Correct the parameter, header or field that
/// [`InvalidRequest::field`] names; the same call fails again.
///
/// A call whose place under a rate limit comes after its `time_limit`, or would be waited for longer than its `max_wait`, is
/// rejected with this error, too: send it again after [`InvalidRequest::retry_after`], send fewer calls at once, or raise
/// that setting. So is a call whose rate limits are in a store that can't be asked, if nothing is to be sent without it.
#[derive(Debug, Clone)]
pub struct InvalidRequest {
    pub(crate) operation: &'static Operation,
    pub(crate) kind: InvalidRequestKind,
}

#[derive(Debug, Clone)]
pub(crate) enum InvalidRequestKind {
    /// A path parameter is not safe in a path; pass the id that the vendor assigned.
    PathParameter { name: &'static str, fault: InvalidId },
    /// A path parameter is given neither by the call nor by the client; give it to one of them.
    MissingPathParameter { name: &'static str, setter: &'static str },
    /// The parameters do not fill in the path template, or the URL resolves to another path; check the base URL.
    PathMismatch,
    /// A header has a character that HTTP does not allow; look for line breaks.
    Header { name: &'static str },
    /// A header is one of those that frame the message, which the client sends itself; leave it out.
    FramingHeader { name: &'static str },
    /// The URL is longer than [`MAX_URL_BYTES`]; shorten its parameters.
    LongUrl { bytes: usize },
    /// The body can't be encoded at this path.
    Body { path: FieldPath },
    /// The path of a raw request has no leading slash (`None`) or an unsafe segment; it must not be percent-encoded.
    RawPath { fault: Option<InvalidId> },
    /// No slot of a rate limit is free in time; send fewer calls at once, or raise the setting.
    RateLimitDeadline(DeadlineExceeded),
    /// The store of the rate limits can't be asked; send the call again later.
    RateLimitStore(StoreError),
    /// The check given with `send_if` did not allow the call; make it true, and send the call again.
    SendCheck,
    /// A field of the body violates a documented constraint; correct its value.
    Constraint { path: String, constraint: Constraint },
    /// An argument of a call that is not generated is invalid; pass the value that the vendor assigned.
    Argument { name: &'static str, fault: InvalidId },
}

impl InvalidRequest {
    /// Creates the error of an empty argument that must not be empty, for calls that are not generated.
    #[doc(hidden)]
    pub fn empty(operation: &'static Operation, name: &'static str) -> Self {
        Self { operation, kind: InvalidRequestKind::Argument { name, fault: InvalidId::Empty } }
    }

    /// Makes the error of a request without a value in this field, for tests. Feature `test-util`.
    #[cfg(feature = "test-util")]
    pub fn new(operation: &'static Operation, field: &'static str) -> Self {
        Self::empty(operation, field)
    }

    /// Returns the operation's id, such as `create_document`.
    pub fn operation(&self) -> &'static str {
        self.operation.id
    }

    /// Returns the time until the call has its turn under a rate limit, if that is the reason; `None` for what is invalid
    /// in itself.
    pub fn retry_after(&self) -> Option<Duration> {
        match &self.kind {
            InvalidRequestKind::RateLimitDeadline(exceeded) => Some(exceeded.wait),
            _ => None,
        }
    }

    /// Returns `true` if the same call may be sent later: nothing in it is invalid.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.kind,
            InvalidRequestKind::RateLimitDeadline(_)
                | InvalidRequestKind::RateLimitStore(_)
                | InvalidRequestKind::SendCheck
        )
    }

    /// Returns the path parameter, header, argument or field of the body that is invalid; `None` if the error is not in
    /// one.
    pub fn field(&self) -> Option<&str> {
        match &self.kind {
            InvalidRequestKind::PathParameter { name, .. }
            | InvalidRequestKind::MissingPathParameter { name, .. }
            | InvalidRequestKind::Header { name }
            | InvalidRequestKind::FramingHeader { name }
            | InvalidRequestKind::Argument { name, .. } => Some(name),
            InvalidRequestKind::Body { path } => Some(path.as_str()),
            InvalidRequestKind::Constraint { path, .. } => Some(path),
            InvalidRequestKind::PathMismatch
            | InvalidRequestKind::RawPath { .. }
            | InvalidRequestKind::LongUrl { .. }
            | InvalidRequestKind::RateLimitDeadline(_)
            | InvalidRequestKind::RateLimitStore(_)
            | InvalidRequestKind::SendCheck => None,
        }
    }
}
