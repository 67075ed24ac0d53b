use std::fmt;
use std::ops::Deref;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::error::{DecodeError, DecodeErrorKind, Error, ErrorBody};
use crate::operation::Operation;
use crate::wire::{DECODE_LIMIT, RateLimit, RawResponse, decode_limit};

/// Response with its decoded body, which it dereferences to; [`Response::into_inner`] returns it by value.
///
/// `Debug` shows the status only.
#[derive(Clone)]
pub struct Response<T> {
    pub(super) value: T,
    pub(super) operation: &'static Operation,
    pub(super) attempts: u32,
    pub(super) response: Box<RawResponse>,
    /// Bound on the memory of a decoded body, in bytes.
    pub(super) decode_limit: usize,
}

impl<T> Response<T> {
    /// Returns the decoded body.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        self.response.status
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.response.headers
    }

    /// Returns the quota that the response reports in its `RateLimit-*` headers.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        RateLimit::from_headers(&self.response.headers)
    }

    /// Returns the raw body, for fields that the types don't have yet.
    pub fn raw_body(&self) -> &Bytes {
        &self.response.body
    }

    /// Returns the value at a JSON pointer (RFC 6901) of the raw body, such as `/results/0/name`, for a field that the
    /// types don't have yet. The empty pointer is the whole body. Each call decodes the body again. `None` if there is
    /// no such value, or the body is not JSON or over the call's `max_decoded_bytes`.
    pub fn at(&self, pointer: &str) -> Option<serde_json::Value> {
        let body = &self.response.body;
        let mut body: serde_json::Value =
            decode_limit::fits(body, self.decode_limit).then(|| serde_json::from_slice(body).ok())??;
        body.pointer_mut(pointer).map(serde_json::Value::take)
    }

    /// Creates the error of a response that can't be used, although it was decoded.
    pub(crate) fn refuse<E: ErrorBody>(self, kind: DecodeErrorKind) -> Error<E> {
        Error::Decode(Box::new(DecodeError::new::<E>(self.operation, self.attempts, self.response, kind)))
    }

    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Response<U> {
        let Self { value, operation, attempts, response, decode_limit } = self;
        Response { value: change(value), operation, attempts, response, decode_limit }
    }
}

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.response.status.as_u16()).finish_non_exhaustive()
    }
}

/// Body of a response without a documented schema, unchanged.
#[derive(Clone, PartialEq, Eq)]
pub struct RawBody(pub(super) Bytes);

impl RawBody {
    /// Returns the bytes.
    pub fn as_bytes(&self) -> &Bytes {
        &self.0
    }

    /// Returns the body as text; `None` if it is not UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Returns the body as JSON; `None` if it is not JSON, or its values are estimated at more than 128 MiB.
    pub fn json(&self) -> Option<serde_json::Value> {
        decode_limit::fits(&self.0, DECODE_LIMIT).then(|| serde_json::from_slice(&self.0).ok())?
    }
}

impl fmt::Debug for RawBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawBody").field("bytes", &self.0.len()).finish_non_exhaustive()
    }
}
