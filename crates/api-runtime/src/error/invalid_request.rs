use crate::operation::Operation;
use crate::rate_limit::DeadlineExceeded;
use crate::types::{InvalidId, JsonPath, Limit};

/// Length of the longest URL that is sent, in bytes: what the HTTP library can carry. Servers take less; 8 KB is common.
pub const MAX_URL_BYTES: usize = 65_534;

/// Why a request was not sent.
#[derive(Debug, Clone)]
pub struct InvalidRequest {
    pub(crate) operation: &'static Operation,
    pub(crate) kind: InvalidRequestKind,
}

#[derive(Debug, Clone)]
pub(crate) enum InvalidRequestKind {
    PathParameter { name: &'static str, fault: InvalidId },
    PathMismatch,
    Header { name: &'static str },
    FramingHeader { name: &'static str },
    LongUrl { bytes: usize },
    Body { path: JsonPath },
    RawPath { fault: Option<InvalidId> },
    RateLimitDeadline(DeadlineExceeded),
    Limit { path: String, limit: Limit },
    Argument { name: &'static str, fault: InvalidId },
}

impl InvalidRequest {
    /// A request whose argument is empty and must not be; for what the crates add to the generated calls.
    #[doc(hidden)]
    pub fn empty(operation: &'static Operation, name: &'static str) -> Self {
        Self { operation, kind: InvalidRequestKind::Argument { name, fault: InvalidId::Empty } }
    }

    /// Name of the operation.
    pub fn operation(&self) -> &'static str {
        self.operation.id
    }

    /// The path parameter, header or place in the body that is wrong, where there is one.
    pub fn field(&self) -> Option<&str> {
        match &self.kind {
            InvalidRequestKind::PathParameter { name, .. }
            | InvalidRequestKind::Header { name }
            | InvalidRequestKind::FramingHeader { name }
            | InvalidRequestKind::Argument { name, .. } => Some(name),
            InvalidRequestKind::Body { path } => Some(path.as_str()),
            InvalidRequestKind::Limit { path, .. } => Some(path),
            InvalidRequestKind::PathMismatch
            | InvalidRequestKind::RawPath { .. }
            | InvalidRequestKind::LongUrl { .. }
            | InvalidRequestKind::RateLimitDeadline(_) => None,
        }
    }
}
