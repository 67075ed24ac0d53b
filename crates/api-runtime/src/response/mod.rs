//! Reading of a response.

mod typed;

pub use typed::{Answer, RawBody, RawResponse, ResponseValue};
