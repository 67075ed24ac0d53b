use super::invalid_request::InvalidRequest;
use super::transport::TransportFailure;
use crate::operation::Operation;
use crate::wire::Answer;

/// What came of a call: the cases of [`Error`] that don't depend on the vendor are settled.
#[derive(Clone)]
pub(crate) enum CallOutcome {
    Response {
        operation: &'static Operation,
        attempts: u32,
        answer: Box<Answer>,
        /// See [`ApiFailure::is_unexplained_rate_limit`].
        unexplained: bool,
    },
    /// An answer that should hold a token and holds none.
    MissingToken {
        operation: &'static Operation,
        attempts: u32,
        answer: Box<Answer>,
    },
    Transport(Box<TransportFailure>),
    InvalidRequest(Box<InvalidRequest>),
}
