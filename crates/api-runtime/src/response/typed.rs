use std::fmt;
use std::ops::Deref;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use super::json;
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
    /// Reads the trace id out of a body.
    pub(super) trace_id: fn(&[u8]) -> Option<String>,
}

impl<T> Response<T> {
    /// Returns the decoded body.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Returns the decoded body and the raw response.
    pub fn into_parts(self) -> (T, RawResponse) {
        (self.value, *self.response)
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

    /// Returns the id by which the vendor's support finds the call, of the form of
    /// [`ErrorResponse::trace_id`](crate::ErrorResponse::trace_id); `None` if the body has none. Each call decodes the
    /// body again.
    pub fn trace_id(&self) -> Option<String> {
        (self.trace_id)(&self.response.body)
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
        let Self { value, operation, attempts, response, decode_limit, trace_id } = self;
        Response { value: change(value), operation, attempts, response, decode_limit, trace_id }
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

    /// Decodes the body as JSON, for a type of your own or `serde_json::Value`.
    ///
    /// # Errors
    ///
    /// [`DecodeErrorKind::InvalidJson`] or [`DecodeErrorKind::InvalidUtf8`] if the body is not JSON,
    /// [`DecodeErrorKind::SchemaMismatch`] if it does not match `T`, and [`DecodeErrorKind::TooManyValues`] if its values are
    /// estimated at more than 128 MiB.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeErrorKind> {
        json::decode(&self.0, DECODE_LIMIT)
    }

    /// Returns the bytes by value.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl fmt::Debug for RawBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawBody").field("bytes", &self.0.len()).finish_non_exhaustive()
    }
}
