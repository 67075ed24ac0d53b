//! `Display` and `Debug` of errors, redacted: no body, header value, id or query is shown.

use std::fmt;

use super::api::ErrorResponse;
use super::body::ErrorBody;
use super::decode::{DecodeError, DecodeErrorKind};
use super::invalid_request::{InvalidRequest, InvalidRequestKind, MAX_URL_BYTES};
use super::transport::{TransportError, TransportErrorKind};
use super::typed::Error;
use crate::operation::RateLimitRule;
use crate::rate_limit::{DeadlineExceeded, WaitReason};
use crate::wire::retry_after;

impl fmt::Display for InvalidRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was not sent: ", self.operation.id)?;
        match &self.kind {
            InvalidRequestKind::PathParameter { name, fault } => write!(f, "path parameter `{name}`: {fault}"),
            InvalidRequestKind::MissingPathParameter { name, setter } => write!(
                f,
                "path parameter `{name}` is missing; give it to the call with `.{setter}(..)`, or to the client with \
                 `ClientBuilder::{setter}` or `Client::with_{setter}`"
            ),
            InvalidRequestKind::PathMismatch => {
                write!(f, "the url that its parameters make is not one of {}; check the base url", self.operation.path)
            }
            InvalidRequestKind::Header { name } => {
                write!(f, "header `{name}` holds a character that a header can't carry; check it for line breaks")
            }
            InvalidRequestKind::FramingHeader { name } => {
                write!(f, "header `{name}` is the client's own to send; leave it out")
            }
            InvalidRequestKind::LongUrl { bytes } => {
                write!(f, "its url has {bytes} bytes, which is more than {MAX_URL_BYTES}; put less into its parameters")
            }
            InvalidRequestKind::Body { path } => write!(f, "the body can't be encoded at {path}"),
            InvalidRequestKind::Constraint { path, constraint } => write!(f, "`{path}` {constraint}"),
            InvalidRequestKind::Argument { name, fault } => write!(f, "`{name}`: {fault}"),
            InvalidRequestKind::RawPath { fault: None } => f.write_str("the path does not begin with a slash"),
            InvalidRequestKind::RawPath { fault: Some(fault) } => {
                write!(f, "a segment of the path can't be sent: {fault}")
            }
            InvalidRequestKind::RateLimitDeadline(deadline) => deadline.fmt(f),
            InvalidRequestKind::RateLimitStore(error) => {
                write!(f, "the store of its rate limits can't be asked ({error}); send it again later")
            }
            InvalidRequestKind::SendCheck => {
                f.write_str("the check given with `send_if` did not allow it; make that true and send it again")
            }
        }
    }
}

impl fmt::Display for DeadlineExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule: RateLimitRule { requests, per_seconds, .. }, reason, wait, setting } = self;
        let wait = wait.as_millis().div_ceil(1000);
        let remedy = match reason {
            WaitReason::Calls => "send fewer calls at once",
            WaitReason::Vendor => "the vendor asked for that; send it later",
            WaitReason::StoreOutage => "the store that counts it can't be asked before; send it later",
        };
        write!(
            f,
            "rate limit of {requests} in {per_seconds} s: its turn is in {wait} s, which is beyond its `{setting}`; {remedy}, or raise \
             `{setting}`"
        )
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            TransportErrorKind::Connect => "no connection could be made",
            TransportErrorKind::Timeout => "the time ran out",
            TransportErrorKind::NoResponse => "the connection broke before a response came",
            TransportErrorKind::IncompleteBody => "the connection broke in the middle of the response",
            TransportErrorKind::Redirected => {
                "the client of `danger_http_client` followed a redirect, perhaps with the credential (build it with \
                 `redirect(Policy::none())`), to another url"
            }
        };
        write!(f, "{}: {what}{}", self.operation.id, if self.login { " in the login" } else { "" })?;
        if let Some(response) = &self.response {
            write!(f, ", whose status was {}", response.status.as_u16())?;
        }
        f.write_str(if self.reached {
            "; the server may have received the request"
        } else if self.login {
            "; the request of the call itself was not sent"
        } else {
            "; the server did not receive the request"
        })?;
        write_attempts(f, self.attempts)
    }
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidJson { line, column } => write!(f, "the body is not JSON (line {line} column {column})"),
            Self::SchemaMismatch { path, line, column } => {
                write!(f, "the body does not match its schema at {path} (line {line} column {column})")
            }
            Self::InvalidUtf8 => f.write_str("the body is not UTF-8 text"),
            Self::BodyTooLarge => f.write_str(
                "the body is larger than the client accepts; ask for less at once, or raise `max_response_bytes`",
            ),
            Self::TooManyValues => f.write_str(
                "the body has more values than there is memory for; ask for less at once, or raise the call's \
                 `max_decoded_bytes`",
            ),
            Self::NoResult { pointer } => write!(
                f,
                "the body has nothing at {pointer}, so the call made nothing that can be told; check what was sent before \
                 sending it again"
            ),
            Self::RepeatedPage => {
                f.write_str("the page of the list has come before, so the list would not end and may not be whole")
            }
            Self::TooManyPages { pages } => write!(
                f,
                "{pages} pages of the list came before it and no more are taken; narrow the list, or ask for the pages from \
                 there on one by one"
            ),
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} succeeded with {}, but {}", self.operation.id, self.response.status.as_u16(), self.kind)?;
        f.write_str(match self.kind {
            // Their own texts say how to go on.
            DecodeErrorKind::NoResult { .. } | DecodeErrorKind::RepeatedPage | DecodeErrorKind::TooManyPages { .. } => {
                ""
            }
            _ if self.is_retryable() => "; send it again later",
            _ if self.may_be_repeated() => "",
            _ => "; don't send it again",
        })?;
        f.write_str("; the raw body is kept in this error")?;
        write_attempts(f, self.attempts)?;
        write_trace_id(f, self.text.trace_id.as_deref())
    }
}

impl<E: ErrorBody> fmt::Display for ErrorResponse<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was answered with {}", self.operation.id, self.response.status)?;
        if let Some(explanation) = self.body.explanation(self.response.status) {
            write!(f, "; {explanation}")?;
        }
        if let Some(delay) = retry_after(&self.response.headers).filter(|_| !self.is_cooldown()) {
            write!(f, "; the vendor asks to wait {} s", delay.as_secs())?;
        }
        if self.may_have_taken_effect && !self.operation.is_read() {
            f.write_str("; it may have taken effect")?;
        }
        if self.is_cooldown() {
            f.write_str("; the vendor's cool-down for this is not over, so sending it again soon does not help")?;
        }
        if self.unexplained {
            f.write_str(
                "; the client's count reaches no limit, so somebody who is not counted spends the budget, or the vendor \
                 counts by address or allows less than it publishes",
            )?;
        }
        write_attempts(f, self.attempts)?;
        write_trace_id(f, self.trace_id())
    }
}

fn write_attempts(f: &mut fmt::Formatter<'_>, attempts: u32) -> fmt::Result {
    if attempts > 1 { write!(f, ", after {attempts} attempts") } else { Ok(()) }
}

fn write_trace_id(f: &mut fmt::Formatter<'_>, id: Option<&str>) -> fmt::Result {
    id.map_or(Ok(()), |id| write!(f, " (trace id {id})"))
}

impl<E: ErrorBody> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidRequest(failure) => failure.fmt(f),
            Self::Transport(failure) => failure.fmt(f),
            Self::Decode(failure) => failure.fmt(f),
            Self::Api(failure) => failure.fmt(f),
        }
    }
}

impl<E: ErrorBody> fmt::Debug for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::InvalidRequest(_) => "InvalidRequest",
            Self::Transport(_) => "Transport",
            Self::Api(_) => "Api",
            Self::Decode(_) => "Decode",
        };
        write!(f, "{name}({self})")
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TransportError({self})")
    }
}

impl<E> fmt::Debug for ErrorResponse<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorResponse")
            .field("operation", &self.operation.id)
            .field("status", &self.response.status.as_u16())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecodeError({self})")
    }
}

impl<E: ErrorBody> std::error::Error for Error<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Transport(failure) => failure.source(),
            _ => None,
        }
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl std::error::Error for InvalidRequest {}

impl<E: ErrorBody> std::error::Error for ErrorResponse<E> {}

impl std::error::Error for DecodeError {}

impl std::error::Error for DecodeErrorKind {}
