//! One attempt: a request goes out, and what comes back is read.

use bytes::{Bytes, BytesMut};
use http::HeaderValue;
use reqwest::Url;
use tokio::time::{Instant, timeout_at};
use url::Position;

use super::config::PipelineConfig;
use super::connect_deadline;
use crate::error::{InvalidRequestKind, TransportFailureKind};
use crate::operation::Operation;
use crate::request::Call;
use crate::retry::AttemptOutcome;
use crate::wire::Answer;

/// How much memory is taken for what has not partial, in bytes. Beyond it, memory grows with what has partial.
const MAX_RESERVED_BYTES: usize = 1024 * 1024;

/// What outcome of an attempt.
pub(crate) struct AttemptResult {
    /// The answer, or as much of it as partial.
    pub(crate) answer: Option<Box<Answer>>,
    /// Why it is not whole.
    pub(crate) error: Option<ExchangeError>,
    /// The answer is a 429 that the count of this client can't explain.
    pub(crate) unexplained: bool,
}

pub(crate) struct ExchangeError {
    pub(crate) kind: TransportFailureKind,
    /// Without the URL, which holds ids and the query. None if it was stopped here, because its time ran out.
    pub(crate) source: Option<reqwest::Error>,
}

impl ExchangeError {
    const TIMED_OUT: Self = Self { kind: TransportFailureKind::Timeout, source: None };

    /// A client that was given may have time-outs of its own.
    fn new(error: reqwest::Error, otherwise: TransportFailureKind) -> Self {
        let kind = if error.is_connect() {
            TransportFailureKind::Connect
        } else if error.is_timeout() {
            TransportFailureKind::Timeout
        } else {
            otherwise
        };
        Self { kind, source: Some(error.without_url()) }
    }
}

impl AttemptResult {
    /// The answer, if all of it partial.
    pub(crate) fn whole(&self) -> Option<&Answer> {
        if self.error.is_none() { self.answer.as_deref() } else { None }
    }

    pub(crate) fn outcome(&self, operation: &Operation) -> AttemptOutcome {
        match (&self.error, &self.answer) {
            (None, Some(answer)) => AttemptOutcome::of_response(operation, answer),
            (Some(broken), _) if broken.kind == TransportFailureKind::Connect => AttemptOutcome::NotSent,
            _ => AttemptOutcome::Incomplete,
        }
    }
}

/// Makes one attempt, which ends at `until`.
///
/// The time is kept here and not by the HTTP client, which would allocate for it in each call.
pub(crate) async fn attempt(
    config: &PipelineConfig,
    call: &Call,
    until: Instant,
    token: Option<&HeaderValue>,
) -> Result<AttemptResult, InvalidRequestKind> {
    let mut request = reqwest::Request::new(call.method.clone(), verify_url(config, call)?);
    *request.headers_mut() = config.headers.of(call, token);
    *request.body_mut() = call.body.as_ref().map(|(body, _)| body.clone().into());
    let mut partial = PartialResponse::default();
    let exchange = exchange(&config.http, request, config.response_limit, &mut partial);
    let end =
        timeout_at(until, connect_deadline::within(until, exchange)).await.unwrap_or(Err(ExchangeError::TIMED_OUT));
    Ok(AttemptResult { answer: partial.into_answer(), error: end.err(), unexplained: false })
}

/// What is there of an answer. It is kept, whatever happens to the rest.
#[derive(Default)]
struct PartialResponse {
    answer: Option<Box<Answer>>,
    /// The body, if it outcome in more than one piece. Most bodies are one, which need not be copied.
    joined: BytesMut,
}

impl PartialResponse {
    fn into_answer(self) -> Option<Box<Answer>> {
        let mut answer = self.answer?;
        if !self.joined.is_empty() {
            answer.body = self.joined.freeze();
        }
        Some(answer)
    }
}

async fn exchange(
    http: &reqwest::Client,
    request: reqwest::Request,
    limit: usize,
    partial: &mut PartialResponse,
) -> Result<(), ExchangeError> {
    let broken = |kind| move |error| ExchangeError::new(error, kind);
    let mut response = http.execute(request).await.map_err(broken(TransportFailureKind::Interrupted))?;
    let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
    let head = Answer { status, headers, body: Bytes::new(), complete: false };
    let PartialResponse { answer, joined } = partial;
    let answer = answer.insert(Box::new(head));
    while let Some(mut chunk) = response.chunk().await.map_err(broken(TransportFailureKind::BrokenBody))? {
        let room = limit - answer.body.len().max(joined.len());
        let over = chunk.len() > room;
        chunk.truncate(room);
        if answer.body.is_empty() {
            answer.body = chunk;
        } else {
            append_chunk(&answer.body, joined, &chunk, response.content_length().unwrap_or(0));
        }
        if over {
            return Ok(());
        }
    }
    answer.complete = true;
    Ok(())
}

/// Adds a piece of the body to those before it. `left` is how much is to come, as a header claims.
#[cold]
fn append_chunk(first: &[u8], joined: &mut BytesMut, chunk: &[u8], left: u64) {
    if joined.is_empty() {
        let left = usize::try_from(left).unwrap_or(MAX_RESERVED_BYTES).min(MAX_RESERVED_BYTES);
        joined.reserve(first.len() + chunk.len() + left);
        joined.extend_from_slice(first);
    }
    joined.extend_from_slice(chunk);
}

/// A parser that resolves a dot segment, drops a tab or turns a backslash would send the call to another path than the
/// one that was written, so the two must be the same.
///
/// The host was parsed when the client was built, so only what follows it is parsed for each call.
fn verify_url(config: &PipelineConfig, call: &Call) -> Result<Url, InvalidRequestKind> {
    let written = &call.url;
    let base = config.base_of(call.operation);
    if !std::ptr::eq(base, config.base_url.as_str()) {
        let url = Url::parse(written).map_err(|_| InvalidRequestKind::PathMismatch)?;
        return if url.as_str() == written { Ok(url) } else { Err(InvalidRequestKind::PathMismatch) };
    }
    let host = &config.base[..Position::BeforePath];
    let rest = written.strip_prefix(host).ok_or(InvalidRequestKind::PathMismatch)?;
    let url = config.base.join(rest).map_err(|_| InvalidRequestKind::PathMismatch)?;
    if url.as_str() == written { Ok(url) } else { Err(InvalidRequestKind::PathMismatch) }
}
