use serde::de::DeserializeOwned;

use super::typed::{RawBody, ResponseValue};
use crate::error::{DecodeFailure, Error, ErrorBody, Fault};
use crate::operation::Operation;
use crate::types::JsonPath;
use crate::wire::{Answer, DECODE_LIMIT, body_value, decode_limit};

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
        if !decode_limit::fits(&self.answer.body, self.decode_limit) {
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
        self.json::<T, E>().map(|response| response.map(Some))
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
        let Self { operation, attempts, answer, decode_limit } = self;
        ResponseValue { value, operation, attempts, answer, decode_limit }
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
        Error::Decode(Box::new(DecodeFailure::new::<E>(self.operation, self.attempts, self.answer, fault)))
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
