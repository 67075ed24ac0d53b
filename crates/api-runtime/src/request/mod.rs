//! Construction of a request.

mod builder;
mod options;

pub use builder::{Call, ListStyle, ObjectStyle};
pub use options::CallOptions;
