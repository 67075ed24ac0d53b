use http::StatusCode;

use super::body::{ErrorBody, VendorText};
use crate::operation::Operation;
use crate::retry::{AttemptOutcome, is_retryable};
use crate::types::FieldPath;
use crate::wire::RawResponse;

/// Response with a 2xx status that can't be used: its body does not match the schema. An operation that only reads can be
/// sent again; any other may have taken effect, so send it again only if
/// [`Error::is_retryable`](crate::Error::is_retryable). The body is in [`DecodeError::raw_response`].
pub struct DecodeError {
    pub(crate) operation: &'static Operation,
    pub(crate) attempts: u32,
    pub(crate) response: Box<RawResponse>,
    pub(crate) kind: DecodeErrorKind,
    pub(crate) text: VendorText,
}

/// Kind of a [`DecodeError`], with the position in the body. As an error of its own it is what
/// [`RawBody::decode`](crate::RawBody::decode) returns.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The body is not JSON, or truncated JSON. Look at the raw body: it is often the page of a proxy, which may be gone
    /// at the next call; if it stays, check the base URL.
    InvalidJson {
        /// Line of the error, from 1.
        line: usize,
        /// Column of the error, in bytes, from 1; 0 if it is at the start of a line.
        column: usize,
    },
    /// The body is JSON with a value that the spec does not allow. Read what you need from the raw body, and report the
    /// path: the spec must be corrected.
    SchemaMismatch {
        /// Path to the value.
        path: FieldPath,
        /// Line of the value, from 1; 0 if unknown.
        line: usize,
        /// Column of the value, in bytes; 0 if unknown.
        column: usize,
    },
    /// The body is not UTF-8 text. The raw body has its bytes.
    InvalidUtf8,
    /// The body is larger than the client accepts; the raw body has the part up to the cap. Ask for less, such as a
    /// smaller page, or raise the cap in the client's builder, default 64 MiB.
    BodyTooLarge,
    /// The values of the body are estimated to take more memory than the call's `max_decoded_bytes`, default 128 MiB. Ask
    /// for less, such as a smaller page, or raise that limit. The estimate is an upper bound from the number of values:
    /// 8 KB for an object in a list, some hundred bytes for any other value.
    TooManyValues,
    /// The response lacks the operation's result: the call succeeded and created nothing. Check the values that were
    /// sent before sending it again.
    NoResult {
        /// JSON pointer (RFC 6901) to the text that is missing, null or empty.
        pointer: &'static str,
    },
    /// The page of a list was returned before, so the list would not end. The items received may not be all; report it
    /// to the vendor, and read the pages one by one until it is corrected.
    RepeatedPage,
    /// The list has more than [`MAX_PAGES`](crate::MAX_PAGES) pages. Narrow it with a filter, or request the later
    /// pages one by one.
    TooManyPages {
        /// Number of pages taken before this one.
        pages: usize,
    },
}

impl DecodeError {
    /// Creates the error for a response; `E` finds the vendor's text in its body.
    pub(crate) fn new<E: ErrorBody>(
        operation: &'static Operation,
        attempts: u32,
        response: Box<RawResponse>,
        kind: DecodeErrorKind,
    ) -> Self {
        let explains = matches!(kind, DecodeErrorKind::SchemaMismatch { .. } | DecodeErrorKind::NoResult { .. });
        let text = VendorText::of_success::<E>(&response.body, explains);
        Self { operation, attempts, response, kind, text }
    }

    /// Returns the HTTP status, which is a success.
    pub fn status(&self) -> StatusCode {
        self.response.status
    }

    /// Returns the kind of the error, with its position.
    pub fn kind(&self) -> &DecodeErrorKind {
        &self.kind
    }

    /// Returns the raw response.
    pub fn raw_response(&self) -> &RawResponse {
        &self.response
    }

    /// Returns `true` if the failure may pass, such as the page of a proxy, and the call may be repeated.
    pub(crate) fn is_retryable(&self) -> bool {
        let may_pass = matches!(self.kind, DecodeErrorKind::InvalidJson { .. } | DecodeErrorKind::InvalidUtf8);
        may_pass && self.may_be_repeated()
    }

    /// Returns `true` if the operation does not have its effect twice, as after a response that did not arrive.
    pub(crate) fn may_be_repeated(&self) -> bool {
        is_retryable(self.operation, AttemptOutcome::Incomplete)
    }
}
