use super::invalid_request::InvalidRequest;
use super::transport::TransportError;
use crate::operation::Operation;
use crate::wire::RawResponse;

/// Outcome of a call before the error body is typed, so that the retry loop does not depend on the API's error type.
#[derive(Clone)]
pub(crate) enum CallOutcome {
    Response {
        operation: &'static Operation,
        attempts: u32,
        response: Box<RawResponse>,
        /// Value of `ErrorResponse::is_unexplained_rate_limit`.
        unexplained: bool,
        /// `true` if the server may have acted on this attempt or an earlier one.
        may_have_taken_effect: bool,
    },
    /// Success response of a login without a token.
    MissingToken {
        operation: &'static Operation,
        attempts: u32,
        response: Box<RawResponse>,
    },
    Transport(Box<TransportError>),
    InvalidRequest(Box<InvalidRequest>),
}
