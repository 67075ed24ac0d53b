use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::api::ErrorResponse;
use super::body::ErrorBody;
use super::decode::DecodeError;
use super::invalid_request::InvalidRequest;
use super::transport::{TransportError, TransportErrorKind};
use crate::operation::Operation;
use crate::retry::{AttemptOutcome, is_retryable};
use crate::wire::{RateLimit, RawResponse, retry_after};

/// Error of a call. `E` is the vendor's error body.
///
/// `Display` and `Debug` are redacted: they show no body, header value, id or query.
pub enum Error<E> {
    /// The request was not sent: it is invalid, or no rate limit slot was free before its deadline. Correct it, or send
    /// it later.
    InvalidRequest(Box<InvalidRequest>),
    /// No complete response was received. Send the call again if [`Error::is_retryable`]; otherwise
    /// [`TransportError::may_have_reached_server`] tells if it may have taken effect.
    Transport(Box<TransportError>),
    /// The response has another status than the operation's success statuses. Correct the request after a 4xx; after a
    /// 429 or 5xx, send it again if [`Error::is_retryable`].
    Api(Box<ErrorResponse<E>>),
    /// The response has a 2xx status, and its body does not match the spec. The call may have taken effect unless it
    /// only reads, so send it again only if [`Error::is_retryable`]; the raw body is kept.
    Decode(Box<DecodeError>),
}

impl<E: ErrorBody> Error<E> {
    /// Returns the operation's id, such as `create_document`.
    pub fn operation(&self) -> &'static str {
        self.row().id
    }

    /// Returns the HTTP status; `None` if no status line arrived.
    pub fn status(&self) -> Option<StatusCode> {
        self.raw_response().map(|response| response.status)
    }

    /// Returns the response headers; `None` if no status line arrived.
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.raw_response().map(|response| &response.headers)
    }

    /// Returns the raw body, or the part of it that was received; `None` if no status line arrived.
    pub fn raw_body(&self) -> Option<&Bytes> {
        self.raw_response().map(|response| &response.body)
    }

    /// Returns the raw response; `None` if no status line arrived.
    pub fn raw_response(&self) -> Option<&RawResponse> {
        match self {
            Self::InvalidRequest(_) => None,
            Self::Transport(failure) => failure.response.as_deref(),
            Self::Api(failure) => Some(&failure.response),
            Self::Decode(failure) => Some(&failure.response),
        }
    }

    /// Returns the id by which the vendor's support finds the call; see [`ErrorResponse::trace_id`] for its form.
    pub fn trace_id(&self) -> Option<&str> {
        match self {
            Self::Api(failure) => failure.trace_id(),
            Self::Decode(failure) => failure.text.trace_id.as_deref(),
            _ => None,
        }
    }

    /// Returns the reason as far as the error's own text does not tell it, on one line of at most 1000 characters: the
    /// vendor's own text after [`Error::Api`], the innermost cause after [`Error::Transport`], such as `Connection
    /// refused (os error 111)`, and after [`Error::Decode`] the vendor's message, if the body has one at the place where
    /// errors have theirs. `None` after [`Error::InvalidRequest`], whose text tells it.
    ///
    /// The vendor's text may hold personal data, so neither `Display` nor `Debug` shows it; [`Error::detailed`] does.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::InvalidRequest(_) => None,
            Self::Transport(failure) => failure.root_cause(),
            Self::Api(failure) => failure.reason(),
            Self::Decode(failure) => failure.text.message.clone(),
        }
    }

    /// Returns the vendor's error code as text, up to 100 characters; `None` if it sends none.
    pub fn code(&self) -> Option<String> {
        match self {
            Self::InvalidRequest(_) | Self::Transport(_) => None,
            Self::Api(failure) => failure.code(),
            Self::Decode(failure) => failure.text.code.clone(),
        }
    }

    /// Returns the number of times that the request was sent, including attempts without a connection. 0 for an invalid
    /// request.
    pub fn attempts(&self) -> u32 {
        match self {
            Self::InvalidRequest(_) => 0,
            Self::Transport(failure) => failure.attempts,
            Self::Api(failure) => failure.attempts,
            Self::Decode(failure) => failure.attempts,
        }
    }

    /// Returns the delay that the response requests in `Retry-After`, in seconds or as a date; of an invalid request,
    /// [`InvalidRequest::retry_after`].
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::InvalidRequest(failure) => failure.retry_after(),
            _ => retry_after(self.headers()?),
        }
    }

    /// Returns the quota that the response reports in its `RateLimit-*` headers.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        RateLimit::from_headers(self.headers()?)
    }

    /// Returns `true` if the server may have received the request, and so may have acted on it.
    pub fn may_have_reached_server(&self) -> bool {
        match self {
            Self::InvalidRequest(_) => false,
            Self::Transport(failure) => failure.reached,
            Self::Api(_) | Self::Decode(_) => true,
        }
    }

    /// Returns `true` if the operation may have taken effect, by this attempt or an earlier one: the response is missing
    /// or incomplete, has a 5xx status, or has a 2xx status and does not match the spec. A 4xx says that it has not, but a
    /// 429 to an operation with [`RetryRule::ConnectErrorsOnly`](crate::RetryRule::ConnectErrorsOnly). An operation that
    /// only reads has no effect: its method is GET, HEAD, OPTIONS or TRACE.
    pub fn may_have_taken_effect(&self) -> bool {
        match self {
            _ if self.row().is_read() => false,
            Self::InvalidRequest(_) => false,
            Self::Transport(failure) => failure.reached,
            Self::Api(failure) => failure.may_have_taken_effect,
            Self::Decode(_) => true,
        }
    }

    /// Returns `true` if the same call can be sent again without the risk of taking effect twice, and the failure may
    /// pass. It is the rule that the client's own retries follow. A call whose turn under a rate limit comes too late may be
    /// sent after [`Error::retry_after`]. A response that is no JSON or no text passes, too, if
    /// the operation may be repeated; the client itself does not repeat it.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::InvalidRequest(failure) => failure.is_retryable(),
            Self::Decode(failure) => failure.is_retryable(),
            Self::Transport(failure) if failure.kind == TransportErrorKind::Redirected => false,
            Self::Transport(failure) if failure.reached => is_retryable(failure.operation, AttemptOutcome::Incomplete),
            Self::Transport(failure) => is_retryable(failure.operation, AttemptOutcome::NotSent),
            Self::Api(failure) => {
                is_retryable(failure.operation, AttemptOutcome::of_response(failure.operation, &failure.response))
            }
        }
    }

    /// Returns `true` if the vendor rejects the call until a cool-down is over: [`ErrorResponse::is_cooldown`].
    pub fn is_cooldown(&self) -> bool {
        matches!(self, Self::Api(failure) if failure.is_cooldown())
    }

    /// Returns `true` for a 429 that the client's count of its rate limits can't explain:
    /// [`ErrorResponse::is_unexplained_rate_limit`].
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
