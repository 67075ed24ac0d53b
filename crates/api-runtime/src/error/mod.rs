//! Errors of a call: invalid request, transport, error response, undecodable response.

mod api;
mod decode;
mod display;
mod invalid_request;
mod outcome;
mod transport;
mod typed;

#[cfg(feature = "tracing")]
pub(crate) use api::is_trace_id;
pub use api::{ErrorBody, ErrorResponse};
pub use decode::{DecodeError, DecodeErrorKind};
pub(crate) use invalid_request::InvalidRequestKind;
pub use invalid_request::{InvalidRequest, MAX_URL_BYTES};
pub(crate) use outcome::CallOutcome;
pub use transport::{TransportError, TransportErrorKind};
pub use typed::Error;
