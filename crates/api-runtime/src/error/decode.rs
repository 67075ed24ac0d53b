use http::StatusCode;

use super::api::ErrorBody;
use crate::operation::Operation;
use crate::types::JsonPath;
use crate::wire::Answer;

/// The vendor said yes, in words that the spec does not know.
pub struct DecodeFailure {
    pub(crate) operation: &'static Operation,
    pub(crate) attempts: u32,
    pub(crate) answer: Box<Answer>,
    pub(crate) fault: Fault,
    pub(crate) trace_id: Option<String>,
}

/// What is wrong with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It is not JSON, or not all of it.
    NotJson {
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault, in bytes.
        column: usize,
    },
    /// It is JSON, with a value that the spec does not allow.
    Mismatch {
        /// Where the value is.
        path: JsonPath,
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault, in bytes.
        column: usize,
    },
    /// It is not UTF-8 text.
    NotText,
    /// It is larger than the client accepts; what arrived up to the cap is kept.
    TooLarge,
    /// It has more values than the bound of the memory that a decoded answer takes allows for: 128 MiB, unless the call's
    /// `decode_limit` says otherwise. How much they take is not measured, but estimated from their number, from above: an
    /// object in a list counts as 8 KB, any other value as some hundred bytes.
    TooManyValues,
    /// It has no text where the operation's result stands: the call succeeded and made nothing.
    NoResult {
        /// JSON pointer to the text that is missing, null or empty.
        pointer: &'static str,
    },
    /// It is a page of a list that has come before, so the list would not end.
    RepeatedPage,
    /// It is the page of a list that comes after the last one that is asked for.
    TooManyPages {
        /// Number of pages that came before it.
        pages: usize,
    },
}

impl DecodeFailure {
    /// The error of an answer whose body is at fault; `E` tells what its trace id would be.
    pub(crate) fn new<E: ErrorBody>(
        operation: &'static Operation,
        attempts: u32,
        answer: Box<Answer>,
        fault: Fault,
    ) -> Self {
        let trace_id = E::decode(&answer.body).trace_id().map(ToOwned::to_owned);
        Self { operation, attempts, answer, fault, trace_id }
    }

    /// HTTP status; the call succeeded.
    pub fn status(&self) -> StatusCode {
        self.answer.status
    }

    /// What is wrong with the body, and where.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// The answer as it came.
    pub fn answer(&self) -> &Answer {
        &self.answer
    }
}
