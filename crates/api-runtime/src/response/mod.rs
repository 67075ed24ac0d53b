//! Responses and their decoding.

mod decode;
mod typed;

pub use decode::UndecodedResponse;
pub use typed::{RawBody, Response};
