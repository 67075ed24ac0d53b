//! One attempt: a request goes out, and what comes back is read.

use bytes::{Bytes, BytesMut};
use http::HeaderValue;
use reqwest::Url;
use tokio::time::{Instant, timeout_at};
use url::Position;

use super::config::Shared;
use super::connect_deadline;
use crate::error::{Reason, TransportFailureKind};
use crate::operation::Operation;
use crate::request::Call;
use crate::retry::Came;
use crate::wire::Answer;

/// How much memory is taken for what has not arrived, in bytes. Beyond it, memory grows with what has arrived.
const AHEAD: usize = 1024 * 1024;

/// What came of an attempt.
pub(crate) struct Attempt {
    /// The answer, or as much of it as arrived.
    pub(crate) answer: Option<Box<Answer>>,
    /// Why it is not whole.
    pub(crate) broken: Option<Broken>,
    /// The answer is a 429 that the count of this client can't explain.
    pub(crate) unexplained: bool,
}

pub(crate) struct Broken {
    pub(crate) kind: TransportFailureKind,
    /// Without the URL, which holds ids and the query. None if it was stopped here, because its time ran out.
    pub(crate) source: Option<reqwest::Error>,
}

impl Broken {
    const OUT_OF_TIME: Self = Self { kind: TransportFailureKind::Timeout, source: None };

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

impl Attempt {
    /// The answer, if all of it arrived.
    pub(crate) fn whole(&self) -> Option<&Answer> {
        if self.broken.is_none() { self.answer.as_deref() } else { None }
    }

    pub(crate) fn came(&self, operation: &Operation) -> Came {
        match (&self.broken, &self.answer) {
            (None, Some(answer)) => Came::answer(operation, answer),
            (Some(broken), _) if broken.kind == TransportFailureKind::Connect => Came::NotSent,
            _ => Came::Broken,
        }
    }
}

/// Makes one attempt, which ends at `until`.
///
/// The time is kept here and not by the HTTP client, which would allocate for it in each call.
pub(crate) async fn attempt(
    shared: &Shared,
    call: &Call,
    until: Instant,
    token: Option<&HeaderValue>,
) -> Result<Attempt, Reason> {
    let mut request = reqwest::Request::new(call.method.clone(), guarded_url(shared, call)?);
    *request.headers_mut() = shared.headers.of(call, token);
    *request.body_mut() = call.body.as_ref().map(|(body, _)| body.clone().into());
    let mut arrived = Arrived::default();
    let exchange = exchange(&shared.http, request, shared.response_limit, &mut arrived);
    let end = timeout_at(until, connect_deadline::within(until, exchange)).await.unwrap_or(Err(Broken::OUT_OF_TIME));
    Ok(Attempt { answer: arrived.into_answer(), broken: end.err(), unexplained: false })
}

/// What is there of an answer. It is kept, whatever happens to the rest.
#[derive(Default)]
struct Arrived {
    answer: Option<Box<Answer>>,
    /// The body, if it came in more than one piece. Most bodies are one, which need not be copied.
    joined: BytesMut,
}

impl Arrived {
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
    arrived: &mut Arrived,
) -> Result<(), Broken> {
    let broken = |kind| move |error| Broken::new(error, kind);
    let mut response = http.execute(request).await.map_err(broken(TransportFailureKind::Interrupted))?;
    let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
    let head = Answer { status, headers, body: Bytes::new(), complete: false };
    let Arrived { answer, joined } = arrived;
    let answer = answer.insert(Box::new(head));
    while let Some(mut chunk) = response.chunk().await.map_err(broken(TransportFailureKind::BrokenBody))? {
        let room = limit - answer.body.len().max(joined.len());
        let over = chunk.len() > room;
        chunk.truncate(room);
        if answer.body.is_empty() {
            answer.body = chunk;
        } else {
            join(&answer.body, joined, &chunk, response.content_length().unwrap_or(0));
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
fn join(first: &[u8], joined: &mut BytesMut, chunk: &[u8], left: u64) {
    if joined.is_empty() {
        let left = usize::try_from(left).unwrap_or(AHEAD).min(AHEAD);
        joined.reserve(first.len() + chunk.len() + left);
        joined.extend_from_slice(first);
    }
    joined.extend_from_slice(chunk);
}

/// A parser that resolves a dot segment, drops a tab or turns a backslash would send the call to another path than the
/// one that was written, so the two must be the same.
///
/// The host was parsed when the client was built, so only what follows it is parsed for each call.
fn guarded_url(shared: &Shared, call: &Call) -> Result<Url, Reason> {
    let written = &call.url;
    let base = shared.base_of(call.operation);
    if !std::ptr::eq(base, shared.base_url.as_str()) {
        let url = Url::parse(written).map_err(|_| Reason::PathMismatch)?;
        return if url.as_str() == written { Ok(url) } else { Err(Reason::PathMismatch) };
    }
    let host = &shared.base[..Position::BeforePath];
    let rest = written.strip_prefix(host).ok_or(Reason::PathMismatch)?;
    let url = shared.base.join(rest).map_err(|_| Reason::PathMismatch)?;
    if url.as_str() == written { Ok(url) } else { Err(Reason::PathMismatch) }
}
