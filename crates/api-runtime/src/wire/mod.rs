//! HTTP messages and JSON as bytes.

pub(crate) mod decode_limit;
mod json_body;
mod json_pointer;
mod multipart;
mod printable;
mod rate_limit_headers;
mod raw_response;
mod retry_after;

pub(crate) use decode_limit::DECODE_LIMIT;
pub(crate) use json_body::encode;
pub(crate) use json_pointer::body_value;
pub use multipart::{FilePart, MultipartForm};
pub(crate) use printable::printable;
pub use rate_limit_headers::{RateLimit, RateLimitPolicy};
pub use raw_response::RawResponse;
pub(crate) use retry_after::{retry_after, server_delay};
