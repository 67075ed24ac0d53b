// The first of two definitions of a link holds, and the paths of the README are for readers of its file.
//! [When an answer is lost]: guide::lost_answers
//! [Many tenants]: guide::many_tenants
//! [In tests]: guide::testing
//!
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod extras;
#[rustfmt::skip]
#[allow(missing_docs, clippy::all, rustdoc::bare_urls, rustdoc::broken_intra_doc_links, rustdoc::invalid_html_tags)]
mod generated;
pub mod guide;

#[doc(inline)]
pub use api_runtime::client_api::*;
#[cfg(feature = "downloads")]
pub use api_runtime::{Downloaded, Progress};
#[cfg(feature = "partner-plans")]
pub use extras::partner_plans;
#[cfg(feature = "webhooks")]
pub use extras::webhooks;
#[cfg(all(feature = "documents", feature = "system-time"))]
pub use extras::{Until, WaitOutcome};
pub use generated::{
    ApiError, Client, ClientBuilder, Environment, builders, calls, missing, operations, schemas, types,
};

/// Error of a call.
pub type Error = api_runtime::Error<ApiError>;

/// Download of a file.
#[cfg(feature = "downloads")]
pub type Download = api_runtime::Download<ApiError>;

/// Error of a download.
#[cfg(feature = "downloads")]
pub type DownloadError = api_runtime::DownloadError<ApiError>;

/// Stream of the bytes of a file.
#[cfg(feature = "downloads")]
pub type FileStream = api_runtime::FileStream<ApiError>;
