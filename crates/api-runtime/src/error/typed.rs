use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::api::{ApiFailure, ErrorBody, is_trace_id};
use super::decode::DecodeFailure;
use super::invalid_request::InvalidRequest;
use super::transport::TransportFailure;
use crate::operation::Operation;
use crate::retry::{AttemptOutcome, is_retryable};
use crate::wire::{Answer, RateLimit, retry_after};

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
            Self::Transport(failure) if failure.reached => is_retryable(failure.operation, AttemptOutcome::Incomplete),
            Self::Transport(failure) => is_retryable(failure.operation, AttemptOutcome::NotSent),
            Self::Api(failure) => {
                is_retryable(failure.operation, AttemptOutcome::of_response(failure.operation, &failure.answer))
            }
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
