use std::ops::ControlFlow;
use std::pin::Pin;

use http::StatusCode;
use tokio::time::{Instant, sleep, timeout_at};

use super::attempt::{Attempt, attempt};
use super::config::Shared;
use super::retry_state::Progress;
use crate::auth::{Credential, TokenFetch};
use crate::error::{ApiFailure, Error, ErrorBody, InvalidRequest, Outcome};
use crate::operation::Operation;
use crate::rate_limit::{self, Windows};
use crate::request::Call;
use crate::response::RawResponse;
use crate::retry::{Came, RetryPolicy};
use crate::wire::{RateLimit, hint};

/// Sends a request that is complete, and types the error body.
pub(super) async fn send<E: ErrorBody>(shared: &Shared, call: &Call) -> Result<RawResponse, Error<E>> {
    match attempts(shared, call, |body| E::decode(body).trace_id().map(ToOwned::to_owned)).await {
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

/// The login that a call needs is a call itself. It is boxed, since the two would contain each other.
impl TokenFetch for Shared {
    fn request(&self, operation: &'static Operation) -> Call {
        self.call(operation)
    }

    fn fetch<'a>(&'a self, request: &'a Call) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(attempts(self, request, |_| None))
    }
}

/// Sends a call as often as it may be and has to be.
///
/// Each codegen unit that calls an operation holds this. In a box it would be compiled once, and each call would take
/// longer (`BENCHMARKS.md`).
async fn attempts(shared: &Shared, call: &Call, trace_id: fn(&[u8]) -> Option<String>) -> Outcome {
    let operation = call.operation;
    let mut progress = Progress::new(shared, call, trace_id);
    let keeper = match &shared.credential {
        Some(Credential::Token(keeper)) if operation.authenticated => Some(&**keeper),
        _ => None,
    };
    let windows = shared.pacer.as_ref().map(|pacer| pacer.windows(operation, |scope| shared.counted_by(call, scope)));
    let windows = windows.unwrap_or_default();
    loop {
        let admitted = match rate_limit::admit(&windows, progress.deadline).await {
            Ok(admitted) => admitted,
            Err(no_turn) => return progress.no_turn(no_turn),
        };
        let token = match keeper {
            Some(keeper) => {
                match timeout_at(progress.deadline, keeper.token(shared, &call.options, progress.refused)).await {
                    Ok(Ok(token)) => Some(token),
                    Ok(Err(failure)) => return progress.no_token(failure),
                    Err(_) => return progress.no_time_for_token(),
                }
            }
            None => None,
        };
        let start = Instant::now();
        let mut attempt =
            match attempt(shared, call, progress.end_of_attempt(start), token.as_ref().map(|token| &token.value)).await
            {
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
