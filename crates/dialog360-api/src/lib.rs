#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
mod error;
#[rustfmt::skip]
#[allow(missing_docs, clippy::all, rustdoc::bare_urls, rustdoc::broken_intra_doc_links, rustdoc::invalid_html_tags)]
mod generated;
#[cfg(any(feature = "channels", feature = "clients", feature = "templates"))]
mod lists;
#[cfg(feature = "authentication")]
mod login;
#[cfg(feature = "channels")]
mod messaging;
pub mod onboarding;
mod platform_secret;
#[cfg(feature = "webhooks")]
pub mod webhooks;

pub use api_runtime::{
    Answer, ApiFailure, Base64, BuildError, DecodeFailure, Drift, DriftKind, DriftMonitor, EmptySecret, Fault,
    FilePart, InvalidId, InvalidRequest, JsonPath, JsonType, Page, RateLimit, RateLimitPolicy, RawBody, Request,
    ResponseValue, RetryPolicy, Secret, Sort, Timestamp, TransportFailure, TransportFailureKind, UnknownValue, pages,
};
pub use client::{Client, ClientBuilder};
pub use error::ApiError;
pub use generated::{builders, calls, operations, schemas, types};
#[cfg(feature = "channels")]
pub use messaging::{MessagingCredentials, SetWebhookError};
pub use platform_secret::InvalidPlatformSecret;

/// Why a call gave no value.
pub type Error = api_runtime::Error<ApiError>;
