use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, StatusCode};

use crate::operation::Operation;
use crate::rate_limit::NoTurn;
use crate::response::Answer;
use crate::retry::{Came, repeatable};
use crate::types::{InvalidId, JsonPath, Limit};
use crate::wire::RateLimit;

/// What a vendor's error body is read as.
pub trait ErrorBody: Sized {
    /// Reads a body. Every body can be read as something: a vendor's proxy answers with HTML, or with nothing.
    fn decode(body: &[u8]) -> Self;

    /// The id by which the vendor's support finds the call.
    fn trace_id(&self) -> Option<&str> {
        None
    }

    /// What the refusal means and what to do about it, where its status says too little. It is printed, so it is a text of
    /// this project's and never the vendor's.
    fn explanation(&self, status: StatusCode) -> Option<&'static str> {
        let _ = status;
        None
    }
}

/// Why a call gave no value. `E` is the vendor's error body.
///
/// Neither `Display` nor `Debug` shows a body, a header's value, an id or a query.
pub enum Error<E> {
    /// Nothing was sent.
    InvalidRequest(Box<InvalidRequest>),
    /// There was no whole answer: see [`TransportFailure::may_have_reached_server`].
    Transport(Box<TransportFailure>),
    /// The vendor answered with a status other than 2xx.
    Api(Box<ApiFailure<E>>),
    /// The vendor answered with 2xx, and the body is not what the spec says. The raw body is kept.
    Decode(Box<DecodeFailure>),
}

/// Why a request was not sent.
#[derive(Debug, Clone)]
pub struct InvalidRequest {
    pub(crate) operation: &'static Operation,
    pub(crate) reason: Reason,
}

#[derive(Debug, Clone)]
pub(crate) enum Reason {
    PathParameter { name: &'static str, fault: InvalidId },
    PathMismatch,
    Header { name: &'static str },
    FramingHeader { name: &'static str },
    LongUrl { bytes: usize },
    Body { path: JsonPath },
    RawPath { fault: Option<InvalidId> },
    NoTurn(NoTurn),
    Limit { path: String, limit: Limit },
    Argument { name: &'static str, fault: InvalidId },
}

/// The kinds of [`TransportFailure`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportFailureKind {
    /// No connection was made: name, address, port or TLS.
    Connect,
    /// The time ran out.
    Timeout,
    /// The connection broke before an answer came.
    Interrupted,
    /// The connection broke in the middle of the answer's body.
    BrokenBody,
}

impl TransportFailureKind {
    /// The kind in one word, for logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Interrupted => "interrupted",
            Self::BrokenBody => "broken_body",
        }
    }
}

/// There was no whole answer.
#[derive(Clone)]
pub struct TransportFailure {
    pub(crate) operation: &'static Operation,
    pub(crate) kind: TransportFailureKind,
    /// The call's own request.
    pub(crate) reached: bool,
    /// It happened in the login that the call needs.
    pub(crate) login: bool,
    pub(crate) attempts: u32,
    pub(crate) answer: Option<Box<Answer>>,
    pub(crate) source: Option<Arc<reqwest::Error>>,
}

/// The vendor said no.
pub struct ApiFailure<E> {
    pub(crate) operation: &'static Operation,
    pub(crate) attempts: u32,
    pub(crate) answer: Box<Answer>,
    pub(crate) unexplained: bool,
    pub(crate) body: E,
}

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

impl InvalidRequest {
    /// A request whose argument is empty and must not be; for what the crates add to the generated calls.
    #[doc(hidden)]
    pub fn empty(operation: &'static Operation, name: &'static str) -> Self {
        Self { operation, reason: Reason::Argument { name, fault: InvalidId::Empty } }
    }

    /// Name of the operation.
    pub fn operation(&self) -> &'static str {
        self.operation.id
    }

    /// The path parameter, header or place in the body that is wrong, where there is one.
    pub fn field(&self) -> Option<&str> {
        match &self.reason {
            Reason::PathParameter { name, .. }
            | Reason::Header { name }
            | Reason::FramingHeader { name }
            | Reason::Argument { name, .. } => Some(name),
            Reason::Body { path } => Some(path.as_str()),
            Reason::Limit { path, .. } => Some(path),
            Reason::PathMismatch | Reason::RawPath { .. } | Reason::LongUrl { .. } | Reason::NoTurn(_) => None,
        }
    }
}

impl TransportFailure {
    /// What happened.
    pub fn kind(&self) -> TransportFailureKind {
        self.kind
    }

    /// Whether the server may have received the request, and so may have acted on it. A login that the call needs is
    /// another request, which has no part in it.
    pub fn may_have_reached_server(&self) -> bool {
        self.reached
    }

    /// What arrived of the answer, if its head did.
    pub fn answer(&self) -> Option<&Answer> {
        self.answer.as_deref()
    }
}

impl<E> ApiFailure<E> {
    /// HTTP status.
    pub fn status(&self) -> StatusCode {
        self.answer.status
    }

    /// The vendor's reasons. Printing it shows the vendor's own text.
    pub fn body(&self) -> &E {
        &self.body
    }

    /// The answer as it came.
    pub fn answer(&self) -> &Answer {
        &self.answer
    }

    /// Whether the vendor refuses what was asked for until a cool-down of its own is over. The account's rate limit has no
    /// part in it, and the call is never sent again by itself.
    pub fn is_cooldown(&self) -> bool {
        Came::answer(self.operation, &self.answer) == Came::Cooldown
    }

    /// Whether the vendor refused the call for a rate limit that the count of this client does not reach: somebody else
    /// spends the same budget, or the vendor counts by address. `false` where nothing is counted, which is so without
    /// pacing and for an operation without a published limit.
    pub fn is_unexplained_rate_limit(&self) -> bool {
        self.unexplained
    }
}

impl<E: ErrorBody> ApiFailure<E> {
    /// The id by which the vendor's support finds the call: at most 128 letters, digits and `-_.:`; what has another form is
    /// none. It is printed and logged as the server wrote it, so a server that answers with the credential in its place has
    /// that printed.
    pub fn trace_id(&self) -> Option<&str> {
        self.body.trace_id().filter(|id| is_trace_id(id))
    }
}

impl DecodeFailure {
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

impl<E: ErrorBody> Error<E> {
    /// Name of the operation.
    pub fn operation(&self) -> &'static str {
        self.row().id
    }

    /// HTTP status, if the head of an answer arrived.
    pub fn status(&self) -> Option<StatusCode> {
        self.answer().map(|answer| answer.status)
    }

    /// Headers, if the head of an answer arrived.
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.answer().map(|answer| &answer.headers)
    }

    /// The raw body, or what arrived of it.
    pub fn body(&self) -> Option<&Bytes> {
        self.answer().map(|answer| &answer.body)
    }

    /// The answer, if its head arrived.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::InvalidRequest(_) => None,
            Self::Transport(failure) => failure.answer.as_deref(),
            Self::Api(failure) => Some(&failure.answer),
            Self::Decode(failure) => Some(&failure.answer),
        }
    }

    /// The id by which the vendor's support finds the call.
    pub fn trace_id(&self) -> Option<&str> {
        match self {
            Self::Api(failure) => failure.trace_id(),
            Self::Decode(failure) => failure.trace_id.as_deref().filter(|id| is_trace_id(id)),
            _ => None,
        }
    }

    /// How often the call was sent.
    pub fn attempts(&self) -> u32 {
        match self {
            Self::InvalidRequest(_) => 0,
            Self::Transport(failure) => failure.attempts,
            Self::Api(failure) => failure.attempts,
            Self::Decode(failure) => failure.attempts,
        }
    }

    /// How long the vendor asks to wait (`Retry-After`, in seconds or as a date).
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after(self.headers()?)
    }

    /// What the vendor says of the limit that the call counted against.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        RateLimit::from_headers(self.headers()?)
    }

    /// Whether the server may have received the request, and so may have acted on it.
    pub fn may_have_reached_server(&self) -> bool {
        match self {
            Self::InvalidRequest(_) => false,
            Self::Transport(failure) => failure.reached,
            Self::Api(_) | Self::Decode(_) => true,
        }
    }

    /// Returns `true` if the server may have done what it was asked for: there was no whole answer, it failed with 5xx, or
    /// it answered with 2xx in words that the spec does not know. What was refused with 4xx was not done.
    pub fn may_have_taken_effect(&self) -> bool {
        match self {
            Self::InvalidRequest(_) => false,
            Self::Transport(failure) => failure.reached,
            Self::Api(failure) => failure.answer.status.is_server_error(),
            Self::Decode(_) => true,
        }
    }

    /// Whether the same call can be sent again without the risk of having its effect twice.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::InvalidRequest(_) | Self::Decode(_) => false,
            Self::Transport(failure) if failure.reached => repeatable(failure.operation, Came::Broken),
            Self::Transport(failure) => repeatable(failure.operation, Came::NotSent),
            Self::Api(failure) => repeatable(failure.operation, Came::answer(failure.operation, &failure.answer)),
        }
    }

    /// Whether the vendor refuses what was asked for until a cool-down of its own is over: [`ApiFailure::is_cooldown`].
    pub fn is_cooldown(&self) -> bool {
        matches!(self, Self::Api(failure) if failure.is_cooldown())
    }

    /// Whether the count of this client can't explain a 429: [`ApiFailure::is_unexplained_rate_limit`].
    pub fn is_unexplained_rate_limit(&self) -> bool {
        matches!(self, Self::Api(failure) if failure.unexplained)
    }

    fn row(&self) -> &'static Operation {
        match self {
            Self::InvalidRequest(failure) => failure.operation,
            Self::Transport(failure) => failure.operation,
            Self::Api(failure) => failure.operation,
            Self::Decode(failure) => failure.operation,
        }
    }
}

/// A trace id is printed, so what does not look like one is not taken for one.
pub(crate) fn is_trace_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'))
}

pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let server_now = headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    Some(until.duration_since(server_now.unwrap_or_else(SystemTime::now)).unwrap_or_default())
}
