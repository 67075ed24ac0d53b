//! Requests before they are sent.

mod builder;
mod optional_text;
mod options;

pub use builder::{ListStyle, ObjectStyle, RequestBuilder};
pub use optional_text::OptionalText;
pub use options::CallOptions;
pub(crate) use options::SendCheck;
