//! Errors of a call: invalid request, transport, error response, undecodable response.

mod api;
mod body;
mod decode;
mod display;
mod invalid_request;
mod outcome;
mod report;
mod transport;
mod typed;

pub use api::ErrorResponse;
pub use body::ErrorBody;
pub(crate) use body::trace_id_in;
pub use decode::{DecodeError, DecodeErrorKind};
pub(crate) use invalid_request::InvalidRequestKind;
pub use invalid_request::{InvalidRequest, MAX_URL_BYTES};
pub(crate) use outcome::CallOutcome;
pub use report::ErrorReport;
pub use transport::{TransportError, TransportErrorKind};
pub use typed::Error;
