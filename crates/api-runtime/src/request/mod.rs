//! Requests before they are sent.

mod builder;
mod options;

pub use builder::{ListStyle, ObjectStyle, RequestBuilder};
pub use options::CallOptions;
