use std::ops::ControlFlow;
use std::pin::Pin;

use http::StatusCode;
use tokio::time::{Instant, sleep, timeout_at};

use super::attempt::{AttemptResult, attempt};
use super::config::PipelineConfig;
use super::retry_state::RetryState;
use crate::auth::{Credential, TokenFetch};
use crate::error::{ApiFailure, CallOutcome, Error, ErrorBody, InvalidRequest};
use crate::operation::Operation;
use crate::rate_limit::{self, ApplicableWindows};
use crate::request::Call;
use crate::response::RawResponse;
use crate::retry::{AttemptOutcome, RetryPolicy};
use crate::wire::{RateLimit, server_delay};

/// Sends a request that is complete, and types the error body.
pub(super) async fn send<E: ErrorBody>(config: &PipelineConfig, call: &Call) -> Result<RawResponse, Error<E>> {
    match execute(config, call, |body| E::decode(body).trace_id().map(ToOwned::to_owned)).await {
        CallOutcome::Response { operation, attempts, answer, .. } if operation.succeeds(answer.status) => {
            RawResponse::new(operation, attempts, answer).with_result()
        }
        CallOutcome::Response { operation, attempts, answer, unexplained } => {
            let body = E::decode(&answer.body);
            Err(Error::Api(Box::new(ApiFailure { operation, attempts, answer, unexplained, body })))
        }
        CallOutcome::MissingToken { operation, attempts, answer } => {
            Err(RawResponse::new(operation, attempts, answer).mismatch())
        }
        CallOutcome::Transport(failure) => Err(Error::Transport(failure)),
        CallOutcome::InvalidRequest(failure) => Err(Error::InvalidRequest(failure)),
    }
}

/// The login that a call needs is a call itself. It is boxed, since the two would contain each other.
impl TokenFetch for PipelineConfig {
    fn request(&self, operation: &'static Operation) -> Call {
        self.call(operation)
    }

    fn fetch<'a>(&'a self, request: &'a Call) -> Pin<Box<dyn Future<Output = CallOutcome> + Send + 'a>> {
        Box::pin(execute(self, request, |_| None))
    }
}

/// Sends a call as often as it may be and has to be.
///
/// Each codegen unit that calls an operation holds this. In a box it would be compiled once, and each call would take
/// longer (`BENCHMARKS.md`).
async fn execute(config: &PipelineConfig, call: &Call, trace_id: fn(&[u8]) -> Option<String>) -> CallOutcome {
    let operation = call.operation;
    let mut state = RetryState::new(config, call, trace_id);
    let cache = match &config.credential {
        Some(Credential::Token(cache)) if operation.authenticated => Some(&**cache),
        _ => None,
    };
    let windows = config
        .rate_limiter
        .as_ref()
        .map(|rate_limiter| rate_limiter.windows(operation, |scope| config.partition_for(call, scope)));
    let windows = windows.unwrap_or_default();
    loop {
        let permit = match rate_limit::acquire(&windows, state.deadline).await {
            Ok(permit) => permit,
            Err(deadline) => return state.on_rate_limit_deadline(deadline),
        };
        let token = match cache {
            Some(cache) => {
                match timeout_at(state.deadline, cache.token(config, &call.options, state.rejected_token)).await {
                    Ok(Ok(token)) => Some(token),
                    Ok(Err(failure)) => return state.on_token_error(failure),
                    Err(_) => return state.on_token_deadline(),
                }
            }
            None => None,
        };
        let start = Instant::now();
        let mut attempt = match attempt(
            config,
            call,
            state.attempt_deadline(start),
            token.as_ref().map(|token| &token.value),
        )
        .await
        {
            Ok(result) => result,
            Err(kind) => return CallOutcome::InvalidRequest(Box::new(InvalidRequest { operation, kind })),
        };
        rate_limit::on_response(&windows, &permit);
        attempt.unexplained = apply_server_limit(operation, &windows, &attempt, state.policy);
        let refused = match (cache, token, attempt.whole()) {
            (Some(cache), Some(token), Some(answer)) => cache.rejected(answer, token.generation, state.rejected_token),
            _ => None,
        };
        match state.on_attempt(attempt, start, refused) {
            ControlFlow::Break(outcome) => return outcome,
            ControlFlow::Continue(None) => {}
            ControlFlow::Continue(Some(wait)) => sleep(wait).await,
        }
    }
}

/// The vendor may say that nothing is left, or that it is too much, which holds the calls after this one back if its policy
/// listens to hints. A cool-down says nothing of any limit. Returns `true` for a 429 that the count of this client can't
/// explain.
fn apply_server_limit(
    operation: &Operation,
    windows: &ApplicableWindows,
    outcome: &AttemptResult,
    policy: &RetryPolicy,
) -> bool {
    let (Some(narrowest), Some(answer)) = (windows.first(), &outcome.answer) else { return false };
    if AttemptOutcome::of_response(operation, answer) == AttemptOutcome::Cooldown {
        return false;
    }
    let refused = answer.status == StatusCode::TOO_MANY_REQUESTS;
    let left = RateLimit::exhausted_for(&answer.headers);
    let asked = left.or_else(|| refused.then(|| server_delay(&answer.headers)).flatten());
    if let Some(time) = asked.filter(|_| policy.respect_retry_after) {
        narrowest.block_for(time);
    }
    refused && rate_limit::has_room(windows)
}
