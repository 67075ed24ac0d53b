//! `Display` and `Debug` of errors, redacted: no body, header value, id or query is shown.

use std::fmt;

use super::api::{ErrorBody, ErrorResponse};
use super::decode::{DecodeError, DecodeErrorKind};
use super::invalid_request::{InvalidRequest, InvalidRequestKind, MAX_URL_BYTES};
use super::transport::{TransportError, TransportErrorKind};
use super::typed::Error;
use crate::operation::RateLimitRule;
use crate::rate_limit::DeadlineExceeded;

impl fmt::Display for InvalidRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was not sent: ", self.operation.id)?;
        match &self.kind {
            InvalidRequestKind::PathParameter { name, fault } => write!(f, "path parameter `{name}`: {fault}"),
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
        }
    }
}

impl fmt::Display for DeadlineExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RateLimitRule { requests, per_seconds, .. } = self.rule;
        let limit = format!("rate limit of {requests} in {per_seconds} s");
        if self.requested_by_server {
            write!(
                f,
                "{limit}: the vendor asked to wait beyond the deadline; send it later, or raise `RetryPolicy::time_limit`"
            )
        } else {
            write!(
                f,
                "{limit}: no slot before the deadline; send fewer calls at once, or raise `RetryPolicy::time_limit`"
            )
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            TransportErrorKind::Connect => "no connection could be made",
            TransportErrorKind::Timeout => "the time ran out",
            TransportErrorKind::NoResponse => "the connection broke before a response came",
            TransportErrorKind::IncompleteBody => "the connection broke in the middle of the response",
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
        })
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} succeeded with {}, but ", self.operation.id, self.response.status.as_u16())?;
        match &self.kind {
            DecodeErrorKind::InvalidJson { line, column } => write!(f, "its body is not JSON (line {line} column {column})")?,
            DecodeErrorKind::SchemaMismatch { path, line, column } => {
                write!(f, "its body is not what the spec says at {path} (line {line} column {column})")?;
            }
            DecodeErrorKind::InvalidUtf8 => f.write_str("its body is not UTF-8 text")?,
            DecodeErrorKind::BodyTooLarge => f.write_str("its body is larger than the client accepts")?,
            DecodeErrorKind::TooManyValues => f.write_str(
                "its body has more values than the call's `max_decoded_bytes` has memory for; ask for less at once, or raise the \
                 limit",
            )?,
            DecodeErrorKind::NoResult { pointer } => {
                return write!(
                    f,
                    "its body has nothing at {pointer}, so the call made nothing that can be told; check what was sent \
                     before sending it again, the raw body is kept in this error"
                );
            }
            DecodeErrorKind::RepeatedPage => {
                return f.write_str(
                    "its page of the list has come before, so the list would not end and may not be whole; the raw body is \
                     kept in this error",
                );
            }
            DecodeErrorKind::TooManyPages { pages } => {
                return write!(
                    f,
                    "{pages} pages of the list came before it and no more are taken; narrow the list, or ask for the pages \
                     from there on one by one; the raw body is kept in this error"
                );
            }
        }
        f.write_str("; don't send it again, the raw body is kept in this error")
    }
}

impl<E: ErrorBody> fmt::Display for ErrorResponse<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was answered with {}", self.operation.id, self.response.status)?;
        if let Some(explanation) = self.body.explanation(self.response.status) {
            write!(f, "; {explanation}")?;
        }
        if self.is_cooldown() {
            f.write_str("; the vendor's cool-down for this is not over, so sending it again soon does not help")?;
        }
        if self.unexplained {
            f.write_str(
                "; the count of this client reaches no limit, so somebody else spends the budget, or the vendor counts by \
                 address",
            )?;
        }
        Ok(())
    }
}

impl<E: ErrorBody> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidRequest(failure) => failure.fmt(f),
            Self::Transport(failure) => failure.fmt(f),
            Self::Decode(failure) => failure.fmt(f),
            Self::Api(failure) => failure.fmt(f),
        }?;
        if self.attempts() > 1 {
            write!(f, ", after {} attempts", self.attempts())?;
        }
        match self.trace_id() {
            Some(id) => write!(f, " (trace id {id})"),
            None => Ok(()),
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
            Self::Transport(failure) => failure.source.as_deref().map(|source| source as _),
            _ => None,
        }
    }
}
