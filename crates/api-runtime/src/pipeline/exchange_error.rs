use crate::error::TransportErrorKind;

/// Error that ended an HTTP exchange before the response was complete.
pub(crate) struct ExchangeError {
    pub(crate) kind: TransportErrorKind,
    /// Error of the HTTP client, without the URL, which holds ids and the query. `None` if the attempt timeout elapsed
    /// or the response came from another URL.
    pub(crate) source: Option<reqwest::Error>,
}

impl ExchangeError {
    pub(crate) const TIMED_OUT: Self = Self { kind: TransportErrorKind::Timeout, source: None };
    pub(crate) const REDIRECTED: Self = Self { kind: TransportErrorKind::Redirected, source: None };

    /// Converts an error of the HTTP client. `otherwise` is its kind unless the connection failed, a timeout of the HTTP
    /// client elapsed or its redirects did not end: one that the user provides may have its own.
    pub(crate) fn new(error: reqwest::Error, otherwise: TransportErrorKind) -> Self {
        let kind = if error.is_connect() {
            TransportErrorKind::Connect
        } else if error.is_timeout() {
            TransportErrorKind::Timeout
        } else if error.is_redirect() {
            TransportErrorKind::Redirected
        } else {
            otherwise
        };
        Self { kind, source: Some(error.without_url()) }
    }
}
