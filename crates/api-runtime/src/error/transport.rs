use std::sync::Arc;

use super::body::MAX_REASON_CHARS;
use crate::operation::Operation;
use crate::wire::{RawResponse, printable};

/// Kind of a [`TransportError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection was made: name resolution, TCP or TLS failed, and this attempt sent nothing. Check the base URL,
    /// the proxy and the network, and send the call again if [`Error::is_retryable`](crate::Error::is_retryable).
    Connect,
    /// The attempt timeout passed, or the time limit of the whole call. Send the call again if
    /// [`Error::is_retryable`](crate::Error::is_retryable), otherwise look up first if it took effect. Raise the
    /// timeout if this is frequent.
    Timeout,
    /// The connection failed before the response began. The server may have received the request: send it again if
    /// [`Error::is_retryable`](crate::Error::is_retryable), otherwise look up first if it took effect.
    NoResponse,
    /// The connection failed in the body of the response. [`TransportError::raw_response`] has the status and the part of
    /// the body that was received; with a 2xx status the call took effect, so send it again only if
    /// [`Error::is_retryable`](crate::Error::is_retryable).
    IncompleteBody,
    /// The HTTP client, one that was given with `danger_http_client`, followed a redirect: the response is that of another
    /// URL, to which the request and its credential may have gone. Turn redirects off in that client, or use
    /// `configure_http`; look up if the call took effect. It is never sent again by itself.
    /// [`TransportError::raw_response`] has the response of the other URL; it is `None` if the redirects did not end.
    Redirected,
}

impl TransportErrorKind {
    /// Returns the kind as one word, for logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::NoResponse => "no_response",
            Self::IncompleteBody => "incomplete_body",
            Self::Redirected => "redirected",
        }
    }
}

/// Error of a call without a complete response. [`TransportError::may_have_reached_server`] tells if it may have
/// taken effect, [`TransportError::kind`] the stage that failed.
#[derive(Clone)]
pub struct TransportError {
    pub(crate) operation: &'static Operation,
    pub(crate) kind: TransportErrorKind,
    /// Of the call's own request, in any of its attempts.
    pub(crate) reached: bool,
    /// The error is that of the login that the call needs.
    pub(crate) login: bool,
    pub(crate) attempts: u32,
    pub(crate) response: Option<Box<RawResponse>>,
    pub(crate) source: Option<Arc<reqwest::Error>>,
}

impl TransportError {
    /// Returns the kind.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// Returns `true` if the server may have received the request, and so may have acted on it. The login that a call
    /// needs is a request of its own and does not count.
    pub fn may_have_reached_server(&self) -> bool {
        self.reached
    }

    /// Returns the part of the response that was received; `None` if no status line arrived.
    pub fn raw_response(&self) -> Option<&RawResponse> {
        self.response.as_deref()
    }

    /// Returns the text of the innermost cause, as it may be shown; `None` if the error has no cause.
    pub(crate) fn root_cause(&self) -> Option<String> {
        let mut cause: &dyn std::error::Error = self.source.as_deref()?;
        while let Some(next) = cause.source() {
            cause = next;
        }
        printable(&cause.to_string(), MAX_REASON_CHARS)
    }
}
