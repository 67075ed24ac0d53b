use serde::de::DeserializeOwned;

use super::json;
use super::typed::{RawBody, Response};
use crate::error::{CallOutcome, DecodeError, DecodeErrorKind, Error, ErrorBody, ErrorResponse, trace_id_in};
use crate::operation::Operation;
use crate::types::FieldPath;
use crate::wire::{DECODE_LIMIT, RawResponse, body_value};

/// Success response whose body is not decoded. Generated code decodes it into a [`Response`].
#[derive(Debug, Clone)]
pub struct UndecodedResponse {
    pub(crate) operation: &'static Operation,
    pub(crate) attempts: u32,
    pub(crate) response: Box<RawResponse>,
    /// Bound on the memory of the decoded body, in bytes.
    pub(crate) decode_limit: usize,
    /// Reads the trace id out of a body.
    pub(crate) trace_id: fn(&[u8]) -> Option<String>,
}

impl UndecodedResponse {
    pub(crate) fn new(
        operation: &'static Operation,
        attempts: u32,
        response: Box<RawResponse>,
        trace_id: fn(&[u8]) -> Option<String>,
    ) -> Self {
        Self { operation, attempts, response, decode_limit: DECODE_LIMIT, trace_id }
    }

    /// Returns the response of a call that succeeded.
    ///
    /// # Errors
    ///
    /// [`Error`] of a call that did not, or whose success lacks the operation's result.
    pub(crate) fn from_outcome<E: ErrorBody>(outcome: CallOutcome) -> Result<Self, Error<E>> {
        let trace_id = trace_id_in::<E>;
        match outcome {
            CallOutcome::Response { operation, attempts, response, .. } if operation.succeeds(response.status) => {
                Self::new(operation, attempts, response, trace_id).with_result()
            }
            CallOutcome::Response { operation, attempts, response, unexplained, may_have_taken_effect } => {
                let body = E::decode(&response.body);
                let failure = ErrorResponse { operation, attempts, response, unexplained, may_have_taken_effect, body };
                Err(Error::Api(Box::new(failure)))
            }
            CallOutcome::MissingToken { operation, attempts, response } => {
                Err(Self::new(operation, attempts, response, trace_id).mismatch())
            }
            CallOutcome::Transport(failure) => Err(Error::Transport(failure)),
            CallOutcome::InvalidRequest(failure) => Err(Error::InvalidRequest(failure)),
        }
    }

    /// Decodes the body as JSON.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] with [`DecodeErrorKind::BodyTooLarge`] if the body is over the client's cap, [`DecodeErrorKind::TooManyValues`] if its
    /// values are over the call's `max_decoded_bytes`, [`DecodeErrorKind::InvalidJson`] or [`DecodeErrorKind::InvalidUtf8`] if it is not JSON, and
    /// [`DecodeErrorKind::SchemaMismatch`] if it does not match `T`.
    pub fn json<T: DeserializeOwned, E: ErrorBody>(self) -> Result<Response<T>, Error<E>> {
        if !self.response.complete {
            return Err(self.error(DecodeErrorKind::BodyTooLarge));
        }
        match json::decode(&self.response.body, self.decode_limit) {
            Ok(value) => Ok(self.with(value)),
            Err(kind) => Err(self.error(kind)),
        }
    }

    /// Decodes the body as JSON; an empty or blank one is `None`.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] as for [`UndecodedResponse::json`], if there is a body.
    pub fn json_or_empty<T: DeserializeOwned, E: ErrorBody>(self) -> Result<Response<Option<T>>, Error<E>> {
        if self.response.complete && self.response.body.trim_ascii().is_empty() {
            return Ok(self.with(None));
        }
        self.json::<T, E>().map(|response| response.map(Some))
    }

    /// Returns the body as text.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] with [`DecodeErrorKind::BodyTooLarge`] if the body is over the client's cap, and [`DecodeErrorKind::InvalidUtf8`] if it is
    /// not UTF-8.
    pub fn text<E: ErrorBody>(self) -> Result<Response<String>, Error<E>> {
        if !self.response.complete {
            return Err(self.error(DecodeErrorKind::BodyTooLarge));
        }
        match std::str::from_utf8(&self.response.body) {
            Ok(text) => {
                let text = text.to_owned();
                Ok(self.with(text))
            }
            Err(_) => Err(self.error(DecodeErrorKind::InvalidUtf8)),
        }
    }

    /// Returns the body unchanged.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] with [`DecodeErrorKind::BodyTooLarge`] if the body is over the client's cap.
    pub fn raw<E: ErrorBody>(self) -> Result<Response<RawBody>, Error<E>> {
        if !self.response.complete {
            return Err(self.error(DecodeErrorKind::BodyTooLarge));
        }
        let body = RawBody(self.response.body.clone());
        Ok(self.with(body))
    }

    /// Discards the body, for an operation whose response has none. One that was sent is still in the raw body.
    pub fn empty(self) -> Response<()> {
        self.with(())
    }

    fn with<T>(self, value: T) -> Response<T> {
        let Self { operation, attempts, response, decode_limit, trace_id } = self;
        Response { value, operation, attempts, response, decode_limit, trace_id }
    }

    /// Checks that the body has the operation's result. It runs before the body is decoded, since "nothing was created"
    /// tells more than "a value is missing".
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] with [`DecodeErrorKind::NoResult`] if the body is JSON and the text at the operation's result pointer is
    /// missing, null or empty.
    fn with_result<E: ErrorBody>(self) -> Result<Self, Error<E>> {
        match self.operation.result {
            Some(pointer) if self.lacks_text(pointer) => Err(self.error(DecodeErrorKind::NoResult { pointer })),
            _ => Ok(self),
        }
    }

    #[cold]
    fn lacks_text(&self, pointer: &str) -> bool {
        let RawResponse { status, body, complete, .. } = &*self.response;
        let text = || body_value(body, pointer).map(|text| text.unwrap_or_default());
        *complete && status.is_success() && text().is_ok_and(|text| text.is_empty())
    }

    /// Creates the error of JSON that lacks a value, at an unknown position.
    fn mismatch<E: ErrorBody>(self) -> Error<E> {
        self.error(DecodeErrorKind::SchemaMismatch { path: FieldPath::root(), line: 0, column: 0 })
    }

    fn error<E: ErrorBody>(self, kind: DecodeErrorKind) -> Error<E> {
        Error::Decode(Box::new(DecodeError::new::<E>(self.operation, self.attempts, self.response, kind)))
    }
}
