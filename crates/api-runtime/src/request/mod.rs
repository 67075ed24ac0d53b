//! Construction of a request.

mod builder;
mod options;

pub use builder::{Call, ListStyle, MAX_URL_BYTES, ObjectStyle};
pub use options::CallOptions;
