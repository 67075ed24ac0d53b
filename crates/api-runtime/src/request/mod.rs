//! Requests before they are sent.

mod builder;
mod options;

pub use builder::{Call, ListStyle, ObjectStyle};
pub use options::CallOptions;
