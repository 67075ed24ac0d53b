//! Errors of a call.

mod display;
mod typed;

pub use typed::{
    ApiFailure, DecodeFailure, Error, ErrorBody, Fault, InvalidRequest, TransportFailure, TransportFailureKind,
};
pub(crate) use typed::{Reason, is_trace_id, retry_after};
