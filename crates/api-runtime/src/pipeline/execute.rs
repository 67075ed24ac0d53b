use std::fmt;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use reqwest::Url;
use tokio::time::{Instant, sleep, timeout_at};

use super::attempt::{Attempt, attempt};
use super::headers::ClientHeaders;
use super::retry_state::Progress;
use crate::auth::Credential;
use crate::drift::Observer;
use crate::error::{ApiFailure, Error, ErrorBody, InvalidRequest, Outcome};
use crate::operation::Operation;
use crate::rate_limit::{self, Pacer, Windows};
use crate::request::Call;
use crate::response::RawResponse;
use crate::retry::{Came, RetryPolicy};
use crate::wire::{RateLimit, hint};

/// The one place where a request is really sent. Clones share it.
#[derive(Clone)]
pub struct Transport(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) http: reqwest::Client,
    /// Without a trailing slash.
    pub(crate) base_url: String,
    /// The same, parsed.
    pub(crate) base: Url,
    /// The vendor's address was replaced, which holds for operations that have another one, too.
    pub(crate) other_address: bool,
    pub(crate) credential: Option<Credential>,
    pub(crate) headers: ClientHeaders,
    pub(crate) timeout: Duration,
    pub(crate) response_limit: usize,
    pub(crate) retry: RetryPolicy,
    pub(crate) pacer: Option<Pacer>,
    pub(crate) max_file_bytes: Option<usize>,
    /// Limits by address are kept, too.
    pub(crate) limit_by_address: bool,
    pub(crate) drift: Option<Observer>,
}

impl Shared {
    /// The address that the paths of an operation are appended to.
    pub(crate) fn base_of(&self, operation: &Operation) -> &str {
        match operation.server {
            Some(server) if !self.other_address => server,
            _ => &self.base_url,
        }
    }

    /// The address that a limit of an operation is counted by, if it is: scheme, host and port.
    pub(crate) fn counted_address(&self, operation: &Operation) -> Option<String> {
        let url = self.limit_by_address.then(|| Url::parse(self.base_of(operation)).ok())??;
        Some(url.origin().ascii_serialization())
    }
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
            // A path may hold a secret.
            .field("origin", &self.0.base.origin().ascii_serialization())
            .field("credential", &self.0.credential)
            .field("timeout", &self.0.timeout)
            .field("response_limit", &self.0.response_limit)
            .field("retry", &self.0.retry)
            .field("pacing", &self.0.pacer.is_some())
            .finish_non_exhaustive()
    }
}

pub(crate) async fn send<E: ErrorBody>(call: &Call<'_>) -> Result<RawResponse, Error<E>> {
    match attempts(call, |body| E::decode(body).trace_id().map(ToOwned::to_owned)).await {
        Outcome::Answer { operation, attempts, answer, .. } if operation.succeeds(answer.status) => {
            RawResponse::new(operation, attempts, answer).with_result()
        }
        Outcome::Answer { operation, attempts, answer, unexplained } => {
            let body = E::decode(&answer.body);
            Err(Error::Api(Box::new(ApiFailure { operation, attempts, answer, unexplained, body })))
        }
        Outcome::NoToken { operation, attempts, answer } => {
            Err(RawResponse::new(operation, attempts, answer).mismatch())
        }
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
/// Each codegen unit that calls an operation holds this. In a box it would be compiled once, and each call would take
/// longer (`BENCHMARKS.md`).
async fn attempts(call: &Call<'_>, trace_id: fn(&[u8]) -> Option<String>) -> Outcome {
    let shared = call.transport.shared();
    let operation = call.operation;
    let mut progress = Progress::new(call, trace_id);
    let keeper = match &shared.credential {
        Some(Credential::Token(keeper)) if operation.authenticated => Some(&**keeper),
        _ => None,
    };
    let windows = shared.pacer.as_ref().map(|pacer| pacer.windows(operation, |scope| call.counted_by(scope)));
    let windows = windows.unwrap_or_default();
    loop {
        let admitted = match rate_limit::admit(&windows, progress.deadline).await {
            Ok(admitted) => admitted,
            Err(no_turn) => return progress.no_turn(no_turn),
        };
        let token = match keeper {
            Some(keeper) => match timeout_at(progress.deadline, keeper.token(call, progress.refused)).await {
                Ok(Ok(token)) => Some(token),
                Ok(Err(failure)) => return progress.no_token(failure),
                Err(_) => return progress.no_time_for_token(),
            },
            None => None,
        };
        let start = Instant::now();
        let mut attempt =
            match attempt(call, progress.end_of_attempt(start), token.as_ref().map(|token| &token.value)).await {
                Ok(attempt) => attempt,
                Err(reason) => return Outcome::InvalidRequest(Box::new(InvalidRequest { operation, reason })),
            };
        rate_limit::answered(&windows, &admitted);
        attempt.unexplained = observe(operation, &windows, &attempt, progress.policy);
        let refused = match (keeper, token, attempt.whole()) {
            (Some(keeper), Some(token), Some(answer)) => keeper.refused(answer, token.number, progress.refused),
            _ => None,
        };
        match progress.after(attempt, start, refused) {
            ControlFlow::Break(outcome) => return outcome,
            ControlFlow::Continue(None) => {}
            ControlFlow::Continue(Some(wait)) => sleep(wait).await,
        }
    }
}

/// The vendor may say that nothing is left, or that it is too much, which holds the calls after this one back if its policy
/// listens to hints. A cool-down says nothing of any limit. Returns `true` for a 429 that the count of this client can't
/// explain.
fn observe(operation: &Operation, windows: &Windows, outcome: &Attempt, policy: &RetryPolicy) -> bool {
    let (Some(narrowest), Some(answer)) = (windows.first(), &outcome.answer) else { return false };
    if Came::answer(operation, answer) == Came::Cooldown {
        return false;
    }
    let refused = answer.status == StatusCode::TOO_MANY_REQUESTS;
    let left = RateLimit::exhausted_for(&answer.headers);
    let asked = left.or_else(|| refused.then(|| hint(&answer.headers)).flatten());
    if let Some(time) = asked.filter(|_| policy.listens_to_hints()) {
        narrowest.hold(time);
    }
    refused && rate_limit::has_room(windows)
}
