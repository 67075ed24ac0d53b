use http::StatusCode;

use super::body::{ErrorBody, printed_code, printed_reason, printed_trace_id};
use crate::operation::Operation;
use crate::retry::AttemptOutcome;
use crate::wire::RawResponse;

/// Response with an error status: the vendor rejected the call, or failed. A 4xx call had no effect: read
/// [`ErrorResponse::reason`] and correct the request. A 5xx call may have taken effect: send it again only if
/// [`Error::is_retryable`](crate::Error::is_retryable).
pub struct ErrorResponse<E> {
    pub(crate) operation: &'static Operation,
    pub(crate) attempts: u32,
    pub(crate) response: Box<RawResponse>,
    pub(crate) unexplained: bool,
    /// `true` if the server may have acted on this attempt or an earlier one.
    pub(crate) may_have_taken_effect: bool,
    pub(crate) body: E,
}

impl<E> ErrorResponse<E> {
    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        self.response.status
    }

    /// Returns the decoded error body. Its `Display` shows the vendor's own text.
    pub fn body(&self) -> &E {
        &self.body
    }

    /// Returns the raw response.
    pub fn raw_response(&self) -> &RawResponse {
        &self.response
    }

    /// Returns `true` if the vendor rejects the call until its own cool-down for the resource is over. This is not a
    /// rate limit of the account, and the call is not retried; send it again after the time that the vendor documents.
    pub fn is_cooldown(&self) -> bool {
        AttemptOutcome::of_response(self.operation, &self.response) == AttemptOutcome::Cooldown
    }

    /// Returns `true` for a 429 although there is room in every window by the count of the [`RateLimits`](crate::RateLimits),
    /// which with a shared store is that of all its processes: somebody who is not counted uses the same quota, or the vendor
    /// counts by address or allows less than it publishes. Always `false` for an operation without a published limit, for a
    /// client whose rate limiter is off, and while the shared store can't be asked.
    pub fn is_unexplained_rate_limit(&self) -> bool {
        self.unexplained
    }
}

impl<E: ErrorBody> ErrorResponse<E> {
    /// Returns the vendor's own text on one line: control characters are spaces, and it ends after 1000 characters. It
    /// may hold personal data, so neither `Display` nor `Debug` shows it.
    pub fn reason(&self) -> Option<String> {
        printed_reason(&self.body)
    }

    /// Returns the vendor's error code as text, up to 100 characters; `None` if it sends none.
    pub fn code(&self) -> Option<String> {
        printed_code(&self.body)
    }

    /// Returns the id by which the vendor's support finds the call: 1 to 128 ASCII letters, digits, `-`, `_`, `.` and
    /// `:`; `None` for text of another form. It is printed and logged, so a server that puts the credential in its
    /// place has that printed.
    pub fn trace_id(&self) -> Option<&str> {
        printed_trace_id(&self.body)
    }
}
