#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

// The macros name this crate as its users do.
extern crate self as api_runtime;

mod attempt;
mod base64_data;
mod base_url;
mod body_value;
mod build_error;
mod builder;
mod call;
mod clock;
mod connecting;
mod credential;
mod decode_limit;
mod drift;
mod encode;
mod error;
mod error_text;
mod events;
mod filter;
mod form;
mod headers;
mod json_path;
mod limits;
mod open_enum;
mod operation;
mod options;
mod pacing;
mod pages;
mod path_id;
mod payload;
mod progress;
mod rate_limit;
mod request;
mod response;
mod retry;
#[cfg(feature = "schemars")]
mod schema;
mod secret;
mod settings;
mod timestamp;
mod tls;
mod token;
#[cfg(feature = "tracing")]
mod trace;
mod transport;
mod union;

pub use base64_data::{Base64, InvalidBase64};
pub use build_error::BuildError;
pub use builder::{Given, Missing};
pub use bytes::Bytes;
pub use call::{Call, ListStyle, MAX_URL_BYTES, ObjectStyle};
pub use credential::{Credential, CredentialHeader, InvalidCredential};
pub use drift::{
    AnswerRow, Drift, DriftKind, DriftMonitor, EventRow, FieldRow, JsonType, OperationRow, SchemaRow, SchemaTable,
};
pub use error::{
    ApiFailure, DecodeFailure, Error, ErrorBody, Fault, InvalidRequest, TransportFailure, TransportFailureKind,
};
pub use events::{__check_size, __event_body, __event_name, InvalidEvent, UnknownEvent};
pub use filter::Sort;
pub use form::{FilePart, Form};
pub use http::Method;
pub use json_path::JsonPath;
pub use limits::{Limit, LimitCheck, Limited, Limits};
pub use open_enum::UnknownValue;
pub use operation::{EvidenceLevel, Operation, RateLimitRule, RateLimitScope, ResponsePattern, RetryRule};
pub use options::CallOptions;
pub use pages::{MAX_PAGES, Page, PageCheck, pages};
pub use path_id::{InvalidId, check_segment};
pub use payload::ErrorPayload;
pub use rate_limit::{RateLimit, RateLimitPolicy};
pub use request::Request;
pub use response::{Answer, RawBody, RawResponse, ResponseValue};
pub use retry::RetryPolicy;
pub use secret::{EmptySecret, Secret};
pub use settings::TransportBuilder;
pub use timestamp::Timestamp;
pub use token::{Token, TokenKeeper, TokenSource};
pub use transport::Transport;
pub use union::{__BestFit, __alternative, __present, __tag};

/// What the macros of this crate expand to; not for direct use.
#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "schemars")]
    pub use crate::schema::{Cow, open_object, string_enum, string_schema};
    #[cfg(feature = "schemars")]
    pub use schemars;
    pub use serde;
    pub use serde_json::Value;
}
