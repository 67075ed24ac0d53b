//! Responses and their decoding.

mod decode;
mod json;
mod typed;

pub use decode::UndecodedResponse;
pub use typed::{RawBody, Response};
