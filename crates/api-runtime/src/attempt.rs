//! One attempt: a request goes out, and what comes back is read.

use bytes::{Bytes, BytesMut};
use http::HeaderValue;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use reqwest::Url;
use tokio::time::{Instant, timeout_at};
use url::Position;

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

/// Makes one attempt, which ends at `until`.
///
/// The time is kept here and not by the HTTP client, which would allocate for it in each call.
pub(crate) async fn attempt(call: &Call<'_>, until: Instant, token: Option<&HeaderValue>) -> Result<Attempt, Reason> {
    let shared = call.transport.shared();
    let request = assemble(call, token)?;
    let broken = match timeout_at(until, shared.http.execute(request)).await {
        Ok(Ok(response)) => return Ok(read(response, shared.response_limit, until).await),
        Ok(Err(error)) => Broken::new(error, TransportFailureKind::Interrupted),
        Err(_) => Broken::OUT_OF_TIME,
    };
    Ok(Attempt { answer: None, broken: Some(broken) })
}

async fn read(mut response: reqwest::Response, limit: usize, until: Instant) -> Attempt {
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let (body, end) = read_body(&mut response, limit, until).await;
    let complete = matches!(end, BodyEnd::Whole);
    let broken = match end {
        BodyEnd::Whole | BodyEnd::OverLimit => None,
        BodyEnd::Broken(broken) => Some(broken),
    };
    Attempt { answer: Some(Answer { status, headers, body, complete }), broken }
}

fn assemble(call: &Call<'_>, token: Option<&HeaderValue>) -> Result<reqwest::Request, Reason> {
    let shared = call.transport.shared();
    let mut request = reqwest::Request::new(call.method.clone(), guarded_url(&shared.base, &call.url)?);
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
    Ok(request)
}

/// A parser that resolves a dot segment, drops a tab or turns a backslash would send the call to another path than the
/// one that was written, so the two must be the same.
///
/// The host was parsed when the client was built, so only what follows it is parsed for each call.
fn guarded_url(base: &Url, written: &str) -> Result<Url, Reason> {
    let host = &base[..Position::BeforePath];
    let rest = written.strip_prefix(host).ok_or(Reason::PathMismatch)?;
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    let mut url = base.clone();
    url.set_path(path);
    url.set_query(query);
    if url.as_str() == written { Ok(url) } else { Err(Reason::PathMismatch) }
}

enum BodyEnd {
    Whole,
    OverLimit,
    Broken(Broken),
}

/// Reads the body up to the limit. What arrived is returned in every case.
async fn read_body(response: &mut reqwest::Response, limit: usize, until: Instant) -> (Bytes, BodyEnd) {
    let expected = response.content_length().unwrap_or(0);
    let mut first = Bytes::new();
    let mut joined = BytesMut::new();
    let end = loop {
        match timeout_at(until, response.chunk()).await {
            Ok(Ok(None)) => break BodyEnd::Whole,
            Ok(Err(error)) => break BodyEnd::Broken(Broken::new(error, TransportFailureKind::BrokenBody)),
            Err(_) => break BodyEnd::Broken(Broken::OUT_OF_TIME),
            Ok(Ok(Some(mut chunk))) => {
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
