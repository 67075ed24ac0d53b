use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use reqwest::{ResponseBuilderExt as _, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::sleep;

use super::broken_body::BrokenBody;
use crate::error::{CallOutcome, Error, ErrorBody, TransportError, TransportErrorKind};
use crate::operation::Operation;
use crate::response::{Response, UndecodedResponse};
use crate::retry::{AttemptOutcome, may_have_taken_effect};
use crate::wire::RawResponse;

/// Answer to a request, or the failure to get one. `Debug` shows the status only.
#[derive(Clone)]
pub struct Reply {
    kind: Kind,
    /// Time from the request to the reply.
    delay: Duration,
}

#[derive(Clone)]
enum Kind {
    Response { status: StatusCode, headers: HeaderMap, body: Bytes, is_broken: bool },
    Failure(TransportErrorKind),
}

impl Reply {
    /// Makes an answer.
    ///
    /// # Panics
    ///
    /// If the status is not between 100 and 999.
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        let Ok(status) = StatusCode::from_u16(status) else { panic!("{status} is no HTTP status") };
        Kind::Response { status, headers: HeaderMap::new(), body: body.into(), is_broken: false }.into()
    }

    /// Makes an answer with a JSON body.
    ///
    /// # Panics
    ///
    /// If the status is not between 100 and 999, or the body can't be encoded.
    pub fn json(status: u16, body: impl Serialize) -> Self {
        match serde_json::to_vec(&body) {
            Ok(body) => Self::new(status, body).header(CONTENT_TYPE.as_str(), "application/json"),
            Err(error) => panic!("the body of a reply can't be encoded: {error}"),
        }
    }

    /// Adds a header to an answer.
    ///
    /// # Panics
    ///
    /// If it is no header, or this is no answer.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (&mut self.kind, HeaderName::try_from(name), HeaderValue::from_str(value)) {
            (Kind::Response { headers, .. }, Ok(name), Ok(value)) => headers.append(name, value),
            (Kind::Response { .. }, ..) => panic!("`{name}: {value}` is no header"),
            (Kind::Failure(_), ..) => panic!("a failure has no header `{name}`"),
        };
        self
    }

    /// Breaks the connection in the body of an answer, after this number of bytes.
    ///
    /// # Panics
    ///
    /// If the body is shorter, or this is no answer.
    #[must_use]
    pub fn broken_after(mut self, bytes: usize) -> Self {
        match &mut self.kind {
            Kind::Response { body, is_broken, .. } if bytes <= body.len() => {
                body.truncate(bytes);
                *is_broken = true;
            }
            _ => panic!("there are no {bytes} bytes of a body after which the connection could break"),
        }
        self
    }

    /// Delays the reply: it comes this time after the request. Default: zero. An attempt that has less time ends before, by
    /// its timeout.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Makes the failure of a connection that could not be made. The server did not receive the request.
    pub fn no_connection() -> Self {
        Kind::Failure(TransportErrorKind::Connect).into()
    }

    /// Makes the failure of an answer that did not come in time. The server may have received the request. No time passes.
    pub fn timeout() -> Self {
        Kind::Failure(TransportErrorKind::Timeout).into()
    }

    /// Makes the failure of a connection that broke before an answer came. The server may have received the request.
    pub fn no_response() -> Self {
        Kind::Failure(TransportErrorKind::NoResponse).into()
    }

    /// Returns what a call of an operation with a JSON answer returns for this reply, after one attempt.
    ///
    /// # Errors
    ///
    /// [`Error`] as a call returns it: of an answer that is no success, of one that can't be decoded, and of a failure.
    pub fn result<T: DeserializeOwned, E: ErrorBody>(
        self,
        operation: &'static Operation,
    ) -> Result<Response<T>, Error<E>> {
        let (response, kind) = match self.kind {
            Kind::Failure(kind) => (None, kind),
            Kind::Response { status, headers, body, is_broken } => {
                let response = Box::new(RawResponse { status, headers, body, complete: !is_broken });
                if !is_broken {
                    let outcome = AttemptOutcome::of_response(operation, &response);
                    let outcome = CallOutcome::Response {
                        operation,
                        attempts: 1,
                        response,
                        unexplained: false,
                        may_have_taken_effect: may_have_taken_effect(operation, outcome),
                    };
                    return UndecodedResponse::from_outcome(outcome)?.json();
                }
                (Some(response), TransportErrorKind::IncompleteBody)
            }
        };
        let reached = kind != TransportErrorKind::Connect;
        let failure = TransportError { operation, kind, reached, login: false, attempts: 1, response, source: None };
        Err(Error::Transport(Box::new(failure)))
    }

    /// Waits for the delay of the reply.
    pub(super) async fn wait(&self) {
        if !self.delay.is_zero() {
            sleep(self.delay).await;
        }
    }

    /// Converts the reply to the HTTP client's response to a request to this URL.
    pub(super) fn into_response(self, url: Url) -> Result<reqwest::Response, TransportErrorKind> {
        let (status, headers, body, is_broken) = match self.kind {
            Kind::Failure(kind) => return Err(kind),
            Kind::Response { status, headers, body, is_broken } => (status, headers, body, is_broken),
        };
        let body = if is_broken {
            reqwest::Body::wrap(BrokenBody { received: Some(body) })
        } else {
            reqwest::Body::from(body)
        };
        // Status and URL are valid.
        let mut response =
            http::Response::builder().status(status).url(url).body(body).map_err(|_| TransportErrorKind::NoResponse)?;
        *response.headers_mut() = headers;
        Ok(response.into())
    }
}

impl From<Kind> for Reply {
    fn from(kind: Kind) -> Self {
        Self { kind, delay: Duration::ZERO }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Response { status, is_broken, .. } => f
                .debug_struct("Reply")
                .field("status", &status.as_u16())
                .field("is_broken", is_broken)
                .finish_non_exhaustive(),
            Kind::Failure(kind) => f.debug_tuple("Reply").field(kind).finish(),
        }
    }
}
