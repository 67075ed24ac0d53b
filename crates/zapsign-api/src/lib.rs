#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "documents")]
mod audit_log;
mod client;
mod error;
#[cfg(all(feature = "documents", feature = "system-time"))]
mod find_documents;
#[rustfmt::skip]
#[allow(missing_docs, clippy::all, rustdoc::bare_urls, rustdoc::broken_intra_doc_links, rustdoc::invalid_html_tags)]
mod generated;
#[cfg(any(feature = "account", feature = "checks", feature = "documents", feature = "templates"))]
mod lists;
#[cfg(feature = "authentication")]
mod login;
#[cfg(feature = "partner-plans")]
pub mod partner_plans;
#[cfg(feature = "webhooks")]
pub mod webhooks;

pub use api_runtime::{
    Answer, ApiFailure, Base64, BuildError, DecodeFailure, Drift, DriftKind, DriftMonitor, EmptySecret, Fault,
    FilePart, InvalidId, InvalidRequest, JsonPath, JsonType, Page, RateLimit, RateLimitPolicy, RawBody, Request,
    ResponseValue, RetryPolicy, Secret, Sort, Timestamp, TransportFailure, TransportFailureKind, UnknownValue, pages,
};
pub use client::{Client, ClientBuilder, Environment};
pub use error::ApiError;
pub use generated::{builders, calls, operations, schemas, types};

/// Why a call gave no value.
pub type Error = api_runtime::Error<ApiError>;
