//! Configuration of a client, and requests for endpoints that it has no method for.

mod base_url;
mod build_error;
mod builder;
mod builder_methods;
mod raw_operation;
mod raw_request;
mod tls;

#[cfg(feature = "download")]
pub(crate) use base_url::is_loopback;
pub use build_error::BuildError;
pub use builder::PipelineBuilder;
pub use raw_request::{RawRequest, RequestPreview};
