use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderValue;
use http::header::{ACCEPT, USER_AGENT};
use reqwest::Url;

use crate::error::{ApiFailure, Error, ErrorBody, InvalidRequest, Reason, TransportFailure};
use crate::{Answer, Call, Credential, Operation, RawResponse, TransportFailureKind};

/// The one place where a request is really sent. Clones share it.
#[derive(Clone)]
pub struct Transport(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) http: reqwest::Client,
    /// Without a trailing slash.
    pub(crate) base_url: String,
    pub(crate) credential: Option<Credential>,
    pub(crate) user_agent: HeaderValue,
    pub(crate) timeout: Duration,
    pub(crate) response_limit: usize,
}

impl Transport {
    pub(crate) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    /// Starts a call of this operation.
    pub fn call(&self, operation: &'static Operation) -> Call<'_> {
        Call::new(self, operation)
    }

    /// The address that paths are appended to, without a trailing slash.
    pub fn base_url(&self) -> &str {
        &self.0.base_url
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("base_url", &self.0.base_url)
            .field("credential", &self.0.credential)
            .field("timeout", &self.0.timeout)
            .field("response_limit", &self.0.response_limit)
            .finish_non_exhaustive()
    }
}

pub(crate) async fn send<E: ErrorBody>(call: Call<'_>) -> Result<RawResponse, Error<E>> {
    let operation = call.operation;
    let answer = match dispatch(call).await {
        Ok(answer) => answer,
        Err(Unanswered::InvalidRequest(failure)) => return Err(Error::InvalidRequest(failure)),
        Err(Unanswered::Transport(failure)) => return Err(Error::Transport(failure)),
    };
    if answer.status.is_success() {
        return Ok(RawResponse { operation, answer });
    }
    let body = E::decode(&answer.body);
    Err(Error::Api(Box::new(ApiFailure { operation, answer, body })))
}

/// Why there is no answer: the cases of [`Error`] that don't depend on the vendor.
enum Unanswered {
    InvalidRequest(Box<InvalidRequest>),
    Transport(Box<TransportFailure>),
}

async fn dispatch(call: Call<'_>) -> Result<Answer, Unanswered> {
    let shared = &*call.transport.0;
    let operation = call.operation;
    let request = assemble(call)?;
    let fail = |kind, reached, answer, source: Option<reqwest::Error>| {
        // The url holds ids and the query.
        let source = source.map(reqwest::Error::without_url);
        Unanswered::Transport(Box::new(TransportFailure { operation, kind, reached, answer, source }))
    };

    let mut response = match shared.http.execute(request).await {
        Ok(response) => response,
        Err(error) => {
            let (kind, reached) = if error.is_connect() {
                (TransportFailureKind::Connect, false)
            } else if error.is_timeout() {
                (TransportFailureKind::Timeout, true)
            } else {
                (TransportFailureKind::Interrupted, true)
            };
            return Err(fail(kind, reached, None, Some(error)));
        }
    };
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let (body, end) = read_body(&mut response, shared.response_limit).await;
    let mut answer = Answer { status, headers, body, complete: false };
    match end {
        BodyEnd::Whole => {
            answer.complete = true;
            Ok(answer)
        }
        BodyEnd::OverLimit => Ok(answer),
        BodyEnd::Broken(error) => {
            let kind =
                if error.is_timeout() { TransportFailureKind::Timeout } else { TransportFailureKind::BrokenBody };
            Err(fail(kind, true, Some(answer), Some(error)))
        }
    }
}

fn assemble(call: Call<'_>) -> Result<reqwest::Request, Unanswered> {
    let shared = &*call.transport.0;
    let operation = call.operation;
    let url = guarded_url(&call.url, operation).map_err(Unanswered::InvalidRequest)?;
    let mut request = reqwest::Request::new(operation.method.clone(), url);
    let headers = request.headers_mut();
    *headers = call.headers;
    headers.insert(USER_AGENT, shared.user_agent.clone());
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json, */*;q=0.5"));
    if let (Some(credential), true) = (&shared.credential, operation.authenticated) {
        credential.apply(headers);
    }
    *request.body_mut() = call.body.map(reqwest::Body::from);
    *request.timeout_mut() = Some(shared.timeout);
    Ok(request)
}

/// A parser that resolves a dot segment, drops a tab or turns a backslash would send the call to another path than the
/// one that was written, so the two must be the same.
fn guarded_url(written: &str, operation: &'static Operation) -> Result<Url, Box<InvalidRequest>> {
    match Url::parse(written) {
        Ok(url) if url.as_str() == written => Ok(url),
        _ => Err(Box::new(InvalidRequest { operation, reason: Reason::PathMismatch })),
    }
}

enum BodyEnd {
    Whole,
    OverLimit,
    Broken(reqwest::Error),
}

/// Reads the body up to the limit. What arrived is returned in every case.
async fn read_body(response: &mut reqwest::Response, limit: usize) -> (Bytes, BodyEnd) {
    let expected = response.content_length().unwrap_or(0);
    let mut first = Bytes::new();
    let mut joined = BytesMut::new();
    let end = loop {
        match response.chunk().await {
            Ok(None) => break BodyEnd::Whole,
            Err(error) => break BodyEnd::Broken(error),
            Ok(Some(mut chunk)) => {
                let room = limit - first.len() - joined.len();
                let over = chunk.len() > room;
                chunk.truncate(room);
                if first.is_empty() && joined.is_empty() {
                    // Most bodies are one chunk, which need not be copied.
                    first = chunk;
                } else {
                    if joined.is_empty() {
                        joined.reserve(usize::try_from(expected).unwrap_or(0).min(limit).max(first.len()));
                        joined.extend_from_slice(&std::mem::take(&mut first));
                    }
                    joined.extend_from_slice(&chunk);
                }
                if over {
                    break BodyEnd::OverLimit;
                }
            }
        }
    };
    (if joined.is_empty() { first } else { joined.freeze() }, end)
}
