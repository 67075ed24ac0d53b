#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod extras;
#[rustfmt::skip]
#[allow(missing_docs, clippy::all, rustdoc::bare_urls, rustdoc::broken_intra_doc_links, rustdoc::invalid_html_tags)]
mod generated;

#[doc(inline)]
pub use api_runtime::client_api::*;
#[cfg(feature = "channels")]
pub use extras::messaging::{MessagingCredentials, MissingKey, SetWebhookError};
pub use extras::onboarding;
pub use extras::platform_secret::InvalidPlatformSecret;
#[cfg(feature = "webhooks")]
pub use extras::webhooks;
pub use generated::{ApiError, Client, ClientBuilder, builders, calls, missing, operations, schemas, types};

/// Error of a call.
pub type Error = api_runtime::Error<ApiError>;
