use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, StatusCode};
use reqwest::Url;
use tokio::time::{Instant, sleep};

use crate::attempt::{Attempt, attempt};
use crate::clock::later;
use crate::error::{ApiFailure, Error, ErrorBody, InvalidRequest, Reason, TransportFailure};
use crate::pacing::{self, NoTurn, Pacer, Windows};
use crate::retry::{Came, hint, repeatable};
use crate::{Answer, Call, Credential, Operation, RateLimit, RawResponse, RetryPolicy};

/// The one place where a request is really sent. Clones share it.
#[derive(Clone)]
pub struct Transport(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) http: reqwest::Client,
    /// Without a trailing slash.
    pub(crate) base_url: String,
    /// The same, parsed.
    pub(crate) base: Url,
    pub(crate) credential: Option<Credential>,
    pub(crate) user_agent: HeaderValue,
    pub(crate) timeout: Duration,
    pub(crate) response_limit: usize,
    pub(crate) retry: RetryPolicy,
    pub(crate) pacer: Option<Pacer>,
}

impl Transport {
    pub(crate) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }

    /// Starts a call of this operation.
    pub fn call(&self, operation: &'static Operation) -> Call<'_> {
        Call::new(self, operation)
    }

    /// The address that paths are appended to, without a trailing slash.
    pub fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// How many budgets of published limits are remembered, those that hold nobody back left out.
    pub fn paced_scopes(&self) -> usize {
        self.0.pacer.as_ref().map_or(0, Pacer::remembered)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("base_url", &self.0.base_url)
            .field("credential", &self.0.credential)
            .field("timeout", &self.0.timeout)
            .field("response_limit", &self.0.response_limit)
            .field("retry", &self.0.retry)
            .field("pacing", &self.0.pacer.is_some())
            .finish_non_exhaustive()
    }
}

/// What came of a call: the cases of [`Error`] that don't depend on the vendor are settled.
#[derive(Clone)]
pub(crate) enum Outcome {
    Answer {
        operation: &'static Operation,
        attempts: u32,
        answer: Answer,
    },
    /// An answer that should hold a token and holds none.
    NoToken {
        operation: &'static Operation,
        attempts: u32,
        answer: Answer,
    },
    Transport(Box<TransportFailure>),
    InvalidRequest(Box<InvalidRequest>),
}

pub(crate) async fn send<E: ErrorBody>(call: Call<'_>) -> Result<RawResponse, Error<E>> {
    match attempts(&call, |body| E::decode(body).trace_id().map(ToOwned::to_owned)).await {
        Outcome::Answer { operation, attempts, answer } if answer.status.is_success() => {
            Ok(RawResponse { operation, attempts, answer })
        }
        Outcome::Answer { operation, attempts, answer } => {
            let body = E::decode(&answer.body);
            Err(Error::Api(Box::new(ApiFailure { operation, attempts, answer, body })))
        }
        Outcome::NoToken { operation, attempts, answer } => Err(RawResponse { operation, attempts, answer }.mismatch()),
        Outcome::Transport(failure) => Err(Error::Transport(failure)),
        Outcome::InvalidRequest(failure) => Err(Error::InvalidRequest(failure)),
    }
}

/// [`attempts`] for a call that another call needs; the two would contain each other.
pub(crate) fn run_inner<'c>(call: &'c Call<'_>) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'c>> {
    Box::pin(attempts(call, |_| None))
}

/// Sends a call as often as it may be and has to be.
///
/// Each codegen unit that calls an operation holds this, about 18 kB. In a box it would be compiled once, and each call
/// would take two to four hundredths longer.
async fn attempts(call: &Call<'_>, trace_id: fn(&[u8]) -> Option<String>) -> Outcome {
    let shared = call.transport.shared();
    let operation = call.operation;
    let policy = call.options.retry.as_ref().unwrap_or(&shared.retry);
    let deadline = later(Instant::now(), policy.total_time());
    let windows = shared.pacer.as_ref().map(|pacer| pacer.windows(operation, |scope| call.counted_by(scope)));
    let windows = windows.unwrap_or_default();
    let mut record = Record::new(call, trace_id);
    let mut waits = policy.waits();
    let mut reached = false;
    let mut refused = None;
    let mut last: Option<Attempt> = None;
    let mut attempts = 0;
    loop {
        let admitted = match (pacing::admit(&windows, deadline).await, last) {
            (Ok(admitted), _) => admitted,
            // What an earlier attempt came to says more than that there is no time for another.
            (Err(_), Some(last)) => return finish(last, operation, attempts, reached),
            (Err(NoTurn(rule)), None) => {
                let reason = Reason::NoTurn { rule };
                return Outcome::InvalidRequest(Box::new(InvalidRequest { operation, reason }));
            }
        };
        let token = match &shared.credential {
            Some(Credential::Token(keeper)) if operation.authenticated => {
                match keeper.token(call.transport, refused).await {
                    Ok(token) => Some(token),
                    Err(failure) => return failure,
                }
            }
            _ => None,
        };
        let start = Instant::now();
        let timeout = call.options.timeout.unwrap_or(shared.timeout);
        let until = start.checked_add(timeout).map_or(deadline, |until| until.min(deadline));
        let outcome = match attempt(call, until, token.as_ref().map(|token| &token.value)).await {
            Ok(outcome) => outcome,
            Err(reason) => return Outcome::InvalidRequest(Box::new(InvalidRequest { operation, reason })),
        };
        attempts += 1;
        let came = outcome.came();
        reached |= came != Came::NotSent;
        pacing::answered(&windows, &admitted);
        observe(&windows, &outcome);
        // The server does nothing for a token that it does not take, so any call can be sent with another one.
        if let (Some(token), None, Came::Answer(StatusCode::UNAUTHORIZED)) = (&token, refused, came) {
            refused = Some(token.number);
            record.attempt(attempts, &outcome, start, None);
            last = Some(outcome);
            continue;
        }
        let wait = (attempts < policy.max_attempts() && repeatable(operation, came))
            .then(|| waits.next(outcome.answer.as_ref().map(|answer| &answer.headers)))
            .filter(|wait| later(Instant::now(), *wait) < deadline);
        record.attempt(attempts, &outcome, start, wait);
        match wait {
            None => return finish(outcome, operation, attempts, reached),
            Some(wait) => sleep(wait).await,
        }
        last = Some(outcome);
    }
}

/// The vendor may say that nothing is left, or that it is too much.
fn observe(windows: &Windows, outcome: &Attempt) {
    let (Some(narrowest), Some(answer)) = (windows.first(), &outcome.answer) else { return };
    let refused = answer.status == StatusCode::TOO_MANY_REQUESTS;
    let left = RateLimit::exhausted_for(&answer.headers);
    if let Some(time) = left.or_else(|| refused.then(|| hint(&answer.headers)).flatten()) {
        narrowest.hold(time);
    }
}

fn finish(last: Attempt, operation: &'static Operation, attempts: u32, reached: bool) -> Outcome {
    match (last.broken, last.answer) {
        (None, Some(answer)) => Outcome::Answer { operation, attempts, answer },
        (broken, answer) => {
            let (kind, source) = broken.map_or((crate::TransportFailureKind::Interrupted, None), |broken| {
                (broken.kind, broken.source.map(Arc::new))
            });
            Outcome::Transport(Box::new(TransportFailure { operation, kind, reached, attempts, answer, source }))
        }
    }
}

#[cfg(feature = "tracing")]
struct Record {
    span: tracing::Span,
    trace_id: fn(&[u8]) -> Option<String>,
}

#[cfg(feature = "tracing")]
impl Record {
    fn new(call: &Call<'_>, trace_id: fn(&[u8]) -> Option<String>) -> Self {
        Self { span: crate::trace::span(call.operation, &call.method), trace_id }
    }

    fn attempt(&mut self, number: u32, outcome: &Attempt, start: Instant, wait: Option<Duration>) {
        if !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        let status = outcome.answer.as_ref().map(|answer| answer.status);
        let refused = outcome.answer.as_ref().filter(|answer| !answer.status.is_success());
        let trace_id = refused.and_then(|answer| (self.trace_id)(&answer.body));
        let trace_id = trace_id.as_deref().filter(|id| crate::error::is_trace_id(id));
        let failure = outcome.broken.as_ref().map(|broken| broken.kind.name());
        crate::trace::attempt(&self.span, number, status, trace_id, failure, start.elapsed(), wait);
    }
}

#[cfg(not(feature = "tracing"))]
struct Record;

#[cfg(not(feature = "tracing"))]
impl Record {
    fn new(_: &Call<'_>, _: fn(&[u8]) -> Option<String>) -> Self {
        Self
    }

    fn attempt(&mut self, _: u32, _: &Attempt, _: Instant, _: Option<Duration>) {}
}
