use std::fmt;
use std::ops::Deref;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::error::{DecodeFailure, Error, ErrorBody, Fault};
use crate::operation::{Operation, ResponsePattern};
use crate::types::JsonPath;
use crate::wire::{DECODE_LIMIT, RateLimit, body_value, decode_limit};

/// An answer as it came over the wire.
#[derive(Clone)]
pub struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) complete: bool,
}

impl Answer {
    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The raw body, or what arrived of it.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Whether [`Answer::body`] is the whole body: not if the connection broke or the size cap was reached.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    pub(crate) fn matches(&self, pattern: &ResponsePattern) -> bool {
        if self.status != pattern.status {
            return false;
        }
        let Some(pointer) = pattern.pointer else { return true };
        let found = body_value(&self.body, pointer).unwrap_or_default();
        found.is_some_and(|text| pattern.value.is_none_or(|value| text == value))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status.as_u16())
            .field("body_bytes", &self.body.len())
            .field("complete", &self.complete)
            .finish_non_exhaustive()
    }
}

/// A successful answer whose body is not decoded yet. Generated code turns it into a [`ResponseValue`].
#[derive(Debug, Clone)]
pub struct RawResponse {
    pub(crate) operation: &'static Operation,
    pub(crate) attempts: u32,
    pub(crate) answer: Box<Answer>,
    /// Memory that the decoded body may take, in bytes.
    pub(crate) decode_limit: usize,
}

impl RawResponse {
    pub(crate) fn new(operation: &'static Operation, attempts: u32, answer: Box<Answer>) -> Self {
        Self { operation, attempts, answer, decode_limit: DECODE_LIMIT }
    }

    /// Decodes the body as JSON.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`], which keeps the answer, if the body is not what the spec says.
    pub fn json<T: DeserializeOwned, E: ErrorBody>(self) -> Result<ResponseValue<T>, Error<E>> {
        if !self.answer.complete {
            return Err(self.fault(Fault::TooLarge));
        }
        if !decode_limit::keeps(&self.answer.body, self.decode_limit) {
            return Err(self.fault(Fault::TooManyValues));
        }
        match serde_json::from_slice(&self.answer.body) {
            Ok(value) => Ok(self.with(value)),
            // Only a body that is wrong is read again, to find out where.
            Err(_) => {
                let fault = locate::<T>(&self.answer.body);
                Err(self.fault(fault))
            }
        }
    }

    /// Decodes the body as JSON, if there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`], which keeps the answer, if there is a body that is not what the spec says.
    pub fn json_or_empty<T: DeserializeOwned, E: ErrorBody>(self) -> Result<ResponseValue<Option<T>>, Error<E>> {
        if self.answer.complete && self.answer.body.trim_ascii().is_empty() {
            return Ok(self.with(None));
        }
        let ResponseValue { value, response } = self.json()?;
        Ok(response.with(Some(value)))
    }

    /// Takes the body as text. Bytes that are not UTF-8 are an error, which keeps them.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`], which keeps the answer, if the body is not UTF-8 or over the size cap.
    pub fn text<E: ErrorBody>(self) -> Result<ResponseValue<String>, Error<E>> {
        if !self.answer.complete {
            return Err(self.fault(Fault::TooLarge));
        }
        match std::str::from_utf8(&self.answer.body) {
            Ok(text) => {
                let text = text.to_owned();
                Ok(self.with(text))
            }
            Err(_) => Err(self.fault(Fault::NotText)),
        }
    }

    /// Takes the body as it came.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`], which keeps the answer, if the body is over the size cap.
    pub fn raw<E: ErrorBody>(self) -> Result<ResponseValue<RawBody>, Error<E>> {
        if !self.answer.complete {
            return Err(self.fault(Fault::TooLarge));
        }
        let body = RawBody(self.answer.body.clone());
        Ok(self.with(body))
    }

    /// For an operation whose answer has no body. One that comes all the same is kept in the answer.
    pub fn empty(self) -> ResponseValue<()> {
        self.with(())
    }

    fn with<T>(self, value: T) -> ResponseValue<T> {
        ResponseValue { value, response: self }
    }

    /// Refuses a 2xx answer whose body is JSON without a text where the operation's result stands. It is asked before the
    /// body is decoded: that the call made nothing says more than that a value is missing.
    pub(crate) fn with_result<E: ErrorBody>(self) -> Result<Self, Error<E>> {
        match self.operation.result {
            Some(pointer) if self.lacks_text(pointer) => Err(self.fault(Fault::NoResult { pointer })),
            _ => Ok(self),
        }
    }

    #[cold]
    fn lacks_text(&self, pointer: &str) -> bool {
        let Answer { status, body, complete, .. } = &*self.answer;
        let text = || body_value(body, pointer).map(|text| text.unwrap_or_default());
        *complete && status.is_success() && text().is_ok_and(|text| text.is_empty())
    }

    /// The body is JSON, and not what it should be.
    pub(crate) fn mismatch<E: ErrorBody>(self) -> Error<E> {
        self.fault(Fault::Mismatch { path: JsonPath::root(), line: 0, column: 0 })
    }

    fn fault<E: ErrorBody>(self, fault: Fault) -> Error<E> {
        let trace_id = E::decode(&self.answer.body).trace_id().map(ToOwned::to_owned);
        Error::Decode(Box::new(DecodeFailure {
            operation: self.operation,
            attempts: self.attempts,
            answer: self.answer,
            fault,
            trace_id,
        }))
    }
}

fn locate<T: DeserializeOwned>(body: &[u8]) -> Fault {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let outcome: Result<T, _> = serde_path_to_error::deserialize(&mut deserializer);
    let (path, error) = match outcome {
        Ok(_) => match deserializer.end() {
            // The value is whole, and more follows it.
            Err(error) => (JsonPath::root(), error),
            Ok(()) => return Fault::NotText,
        },
        Err(error) => (JsonPath::new(error.path()), error.into_inner()),
    };
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        serde_json::error::Category::Data => Fault::Mismatch { path, line, column },
        _ => Fault::NotJson { line, column },
    }
}

/// A decoded answer. It gives its value by dereferencing or by [`ResponseValue::into_inner`].
///
/// Printing it shows its status only.
#[derive(Clone)]
pub struct ResponseValue<T> {
    value: T,
    response: RawResponse,
}

impl<T> ResponseValue<T> {
    /// The decoded body.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        self.response.answer.status
    }

    /// Headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.response.answer.headers
    }

    /// What the vendor says of the limit that the call counted against.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        RateLimit::from_headers(&self.response.answer.headers)
    }

    /// The raw body, for what the vendor sends and the types don't have yet.
    pub fn raw_body(&self) -> &Bytes {
        &self.response.answer.body
    }

    /// Returns the value at a JSON pointer (RFC 6901) of the raw body, such as `/results/0/name`, for a field that the types
    /// don't have yet. The empty pointer is the whole body. The body is read again each time; `None` if it has more values
    /// than the call's `decode_limit` allows for.
    pub fn at(&self, pointer: &str) -> Option<serde_json::Value> {
        let body = &self.response.answer.body;
        let mut body: serde_json::Value =
            decode_limit::keeps(body, self.response.decode_limit).then(|| serde_json::from_slice(body).ok())??;
        body.pointer_mut(pointer).map(serde_json::Value::take)
    }

    /// The answer is one that can't be used, whatever its value.
    pub(crate) fn refuse<E: ErrorBody>(self, fault: Fault) -> Error<E> {
        self.response.fault(fault)
    }
}

impl<T> Deref for ResponseValue<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> fmt::Debug for ResponseValue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseValue").field("status", &self.response.answer.status.as_u16()).finish_non_exhaustive()
    }
}

/// A body whose form the vendor does not document, as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct RawBody(Bytes);

impl RawBody {
    /// The bytes.
    pub fn as_bytes(&self) -> &Bytes {
        &self.0
    }

    /// The body as text, if it is UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// The body as JSON, if it is that and has not more values than 128 MiB hold.
    pub fn json(&self) -> Option<serde_json::Value> {
        decode_limit::keeps(&self.0, DECODE_LIMIT).then(|| serde_json::from_slice(&self.0).ok())?
    }
}

impl fmt::Debug for RawBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawBody").field("bytes", &self.0.len()).finish_non_exhaustive()
    }
}
