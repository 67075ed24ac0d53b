//! Responses and their decoding.

mod decode;
mod typed;

pub use decode::RawResponse;
pub use typed::{RawBody, ResponseValue};
