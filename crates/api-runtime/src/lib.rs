#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

// The macros refer to this crate by its name, as in the crates that use them.
extern crate self as api_runtime;

mod auth;
mod client;
#[cfg(feature = "download")]
mod download;
mod drift;
mod error;
mod operation;
mod pagination;
mod pipeline;
mod rate_limit;
mod request;
mod response;
mod retry;
mod telemetry;
#[cfg(feature = "test-util")]
pub mod testing;
mod time;
mod types;
mod typestate;
mod webhook;
mod wire;

pub use auth::{AccessToken, Credential, CredentialHeader, InvalidCredential, TokenCache, TokenProvider};
pub use bytes::Bytes;
pub use client::{BuildError, PipelineBuilder, RawRequest, RequestPreview};
#[cfg(feature = "download")]
pub use download::{Download, DownloadError, Downloaded, FileSource, FileStream, Progress};
pub use drift::{
    Drift, DriftKind, DriftMonitor, EventRow, FieldRow, JsonType, OperationRow, ResponseRow, SchemaRow, SchemaTable,
};
pub use error::{
    DecodeError, DecodeErrorKind, Error, ErrorBody, ErrorReport, ErrorResponse, InvalidRequest, MAX_URL_BYTES,
    TransportError, TransportErrorKind,
};
pub use http::Method;
pub use operation::{EvidenceLevel, Operation, RateLimitRule, RateLimitScope, ResponsePattern, RetryRule};
pub use pagination::{Items, MAX_PAGES, Page, PageCheck, paginate};
pub use pipeline::Pipeline;
pub use rate_limit::{
    RateLimitStore, RateLimits, Settlement, SlotRequest, StoreError, StoreFuture, StoreOutage, TakenSlots, WindowKey,
    WindowWait,
};
pub use request::{CallOptions, ListStyle, ObjectStyle, OptionalText, RequestBuilder};
pub use response::{RawBody, Response, UndecodedResponse};
pub use retry::RetryPolicy;
#[doc(hidden)]
pub use telemetry::Telemetry;
pub use types::{
    __BestFit, __alternative, __debug, __debug_value, __present, __tag, Base64, Constrained, Constraint, EmptySecret,
    ErrorPayload, FieldPath, InvalidBase64, InvalidId, Secret, Sort, Timestamp, UnknownValue, Validate, Validator,
    check_segment,
};
pub use typestate::{EndTheCallWithSendBeforeAwait, IsSet};
pub use webhook::{
    __canonical_json, __event_body, __event_name, DedupeKey, DeliveryError, EventBody, FromDelivery, InvalidDedupeKey,
    InvalidEvent, InvalidSecretHeader, InvalidWebhookUrl, SecretHeader, SecretQuery, UnknownEvent, VerificationError,
};
pub use wire::{FilePart, MultipartForm, RateLimit, RateLimitPolicy, RawResponse};

/// Items that every client crate re-exports.
pub mod client_api {
    pub use http::{self, HeaderMap, HeaderName, Method, StatusCode};
    pub use reqwest;

    pub use crate::client::{BuildError, RawRequest, RequestPreview};
    pub use crate::drift::{Drift, DriftKind, DriftMonitor, JsonType};
    /// Error of a call with any vendor's error body, for code that takes the errors of several clients: the `Error` of
    /// each is a `CallError<ApiError>`.
    pub use crate::error::Error as CallError;
    pub use crate::error::{
        DecodeError, DecodeErrorKind, ErrorBody, ErrorReport, ErrorResponse, InvalidRequest, TransportError,
        TransportErrorKind,
    };
    pub use crate::pagination::{Items, Page, paginate};
    pub use crate::rate_limit::{RateLimits, StoreOutage};
    pub use crate::response::{RawBody, Response};
    pub use crate::retry::RetryPolicy;
    #[cfg(feature = "test-util")]
    pub use crate::testing;
    pub use crate::types::{
        Base64, EmptySecret, FieldPath, InvalidId, Secret, Sort, Timestamp, UnknownValue, check_segment,
    };
    pub use crate::wire::{FilePart, RateLimit, RateLimitPolicy, RawResponse};
}

/// Items that the expansions of this crate's macros refer to; not for direct use.
#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "schemars")]
    pub use crate::types::schema::{Cow, open_object, string_enum, string_schema};
    #[cfg(feature = "schemars")]
    pub use schemars;
    pub use serde;
    pub use serde_json::Value;
    #[cfg(feature = "tracing")]
    pub use tracing;
}
