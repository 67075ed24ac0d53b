//! One attempt: a request goes out, and what comes back is read.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderValue;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use reqwest::Url;

use crate::error::Reason;
use crate::retry::Came;
use crate::{Answer, Call, Credential, TransportFailureKind};

/// What came of an attempt.
pub(crate) struct Attempt {
    /// The answer, or as much of it as arrived.
    pub(crate) answer: Option<Answer>,
    /// Why it is not whole.
    pub(crate) broken: Option<Broken>,
}

pub(crate) struct Broken {
    pub(crate) kind: TransportFailureKind,
    /// Without the URL, which holds ids and the query.
    pub(crate) source: reqwest::Error,
}

impl Attempt {
    pub(crate) fn came(&self) -> Came {
        match (&self.broken, &self.answer) {
            (None, Some(answer)) => Came::Answer(answer.status),
            (Some(broken), _) if broken.kind == TransportFailureKind::Connect => Came::NotSent,
            _ => Came::Broken,
        }
    }
}

/// Headers of a call that adds none of its own, and the two that the HTTP client adds.
const USUAL_HEADERS: usize = 6;

/// Makes one attempt.
pub(crate) async fn attempt(
    call: &Call<'_>,
    timeout: Duration,
    token: Option<&HeaderValue>,
) -> Result<Attempt, Reason> {
    let shared = call.transport.shared();
    let request = assemble(call, timeout, token)?;
    let mut response = match shared.http.execute(request).await {
        Ok(response) => response,
        Err(error) => {
            let kind = if error.is_connect() {
                TransportFailureKind::Connect
            } else if error.is_timeout() {
                TransportFailureKind::Timeout
            } else {
                TransportFailureKind::Interrupted
            };
            return Ok(Attempt { answer: None, broken: Some(Broken { kind, source: error.without_url() }) });
        }
    };
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let (body, end) = read_body(&mut response, shared.response_limit).await;
    let complete = matches!(end, BodyEnd::Whole);
    let answer = Some(Answer { status, headers, body, complete });
    Ok(match end {
        BodyEnd::Whole | BodyEnd::OverLimit => Attempt { answer, broken: None },
        BodyEnd::Broken(error) => {
            let kind =
                if error.is_timeout() { TransportFailureKind::Timeout } else { TransportFailureKind::BrokenBody };
            Attempt { answer, broken: Some(Broken { kind, source: error.without_url() }) }
        }
    })
}

fn assemble(call: &Call<'_>, timeout: Duration, token: Option<&HeaderValue>) -> Result<reqwest::Request, Reason> {
    let shared = call.transport.shared();
    let mut request = reqwest::Request::new(call.method.clone(), guarded_url(&call.url)?);
    let headers = request.headers_mut();
    headers.reserve(USUAL_HEADERS);
    for (name, value) in call.headers.iter().chain(&call.options.headers) {
        headers.insert(name.clone(), value.clone());
    }
    headers.insert(USER_AGENT, shared.user_agent.clone());
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("application/json, */*;q=0.5"));
    match (&shared.credential, token) {
        (_, Some(token)) => {
            headers.insert(AUTHORIZATION, token.clone());
        }
        (Some(Credential::Header(header)), None) if call.operation.authenticated => {
            headers.insert(header.name.clone(), header.value.clone());
        }
        _ => {}
    }
    if let Some((body, media)) = &call.body {
        headers.insert(CONTENT_TYPE, media.clone());
        *request.body_mut() = Some(body.clone().into());
    }
    *request.timeout_mut() = Some(timeout);
    Ok(request)
}

/// A parser that resolves a dot segment, drops a tab or turns a backslash would send the call to another path than the
/// one that was written, so the two must be the same.
fn guarded_url(written: &str) -> Result<Url, Reason> {
    match Url::parse(written) {
        Ok(url) if url.as_str() == written => Ok(url),
        _ => Err(Reason::PathMismatch),
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
