use std::ops::ControlFlow;
use std::pin::Pin;

use http::StatusCode;
use tokio::time::{Instant, sleep, timeout_at};

use super::attempt::{AttemptResult, attempt};
use super::config::PipelineConfig;
use super::retry_state::RetryState;
use crate::auth::{Credential, TokenFetch};
use crate::error::{CallOutcome, Error, ErrorBody, InvalidRequest, InvalidRequestKind, trace_id_in};
use crate::operation::Operation;
use crate::rate_limit::Permit;
use crate::request::RequestBuilder;
use crate::response::UndecodedResponse;
use crate::retry::{AttemptOutcome, RetryPolicy};
use crate::wire::{RateLimit, server_delay};

/// Executes a call and decodes the error body.
///
/// # Errors
///
/// See [`Pipeline::send`](super::Pipeline::send); the request itself is complete and checked.
pub(super) async fn send<E: ErrorBody>(
    config: &PipelineConfig,
    request: &RequestBuilder,
) -> Result<UndecodedResponse, Error<E>> {
    UndecodedResponse::from_outcome(execute(config, request, trace_id_in::<E>).await)
}

/// Fetches a token with a call of its own. Its future is boxed, since the two futures would contain each other.
impl TokenFetch for PipelineConfig {
    fn request(&self, operation: &'static Operation) -> RequestBuilder {
        self.request_for(operation)
    }

    fn fetch<'a>(&'a self, request: &'a RequestBuilder) -> Pin<Box<dyn Future<Output = CallOutcome> + Send + 'a>> {
        Box::pin(execute(self, request, |_| None))
    }
}

/// Runs the retry loop: acquire rate limit slots, get the access token, attempt, classify, back off; until an attempt
/// succeeds, its failure may not be repeated, or the attempts or the time are used up. `trace_id` reads the vendor's
/// trace id out of an error body, for the trace.
///
/// Slots are acquired for each attempt, since the server counts each. The attempt timeout covers the exchange alone:
/// neither the wait for slots nor the backoff shortens the next attempt.
///
/// The future is not boxed. Each codegen unit that calls an operation then compiles its own copy, but a box would make
/// each call slower (`BENCHMARKS.md`).
async fn execute(
    config: &PipelineConfig,
    request: &RequestBuilder,
    trace_id: fn(&[u8]) -> Option<String>,
) -> CallOutcome {
    let operation = request.operation;
    let mut state = RetryState::new(config, request, trace_id);
    let cache = match &config.credential {
        Some(Credential::Token(cache)) if operation.authenticated => Some(&**cache),
        _ => None,
    };
    let windows = config.windows(request);
    // Token of the next attempt. It is kept if the slots have to be taken again because the login took long.
    let mut token = None;
    loop {
        let (lease, wait_limit) = (state.lease(), state.wait_limit);
        let mut permit = match config.acquire(&windows, lease, wait_limit, &mut |wait| state.recorder.wait(wait)).await
        {
            Ok(permit) => permit,
            Err(error) => return state.on_no_slot(error),
        };
        if let (Some(cache), None) = (cache, &token) {
            match timeout_at(state.deadline, cache.token(config, &request.options, state.rejected_token)).await {
                Ok(Ok(fetched)) => token = Some(fetched),
                Ok(Err(failure)) => return state.on_token_error(failure),
                Err(_) => return state.on_token_deadline(),
            }
        }
        let start = Instant::now();
        let deadline = state.attempt_deadline(start);
        if !permit.send_by(deadline) {
            state.on_late_send();
            continue;
        }
        if !may_send(request) {
            permit.withdraw();
            return state.on_not_sent(InvalidRequestKind::SendCheck);
        }
        let token = token.take();
        let mut attempt = match attempt(config, request, deadline, token.as_ref().map(|token| &token.value)).await {
            Ok(result) => result,
            Err(kind) => return CallOutcome::InvalidRequest(Box::new(InvalidRequest { operation, kind })),
        };
        attempt.unexplained = settle(permit, operation, &attempt, state.policy);
        let rejected = match (cache, token, attempt.response()) {
            (Some(cache), Some(token), Some(response)) => {
                cache.rejected(response, token.generation, state.rejected_token)
            }
            _ => None,
        };
        match state.on_attempt(attempt, start, rejected) {
            ControlFlow::Break(outcome) => return outcome,
            ControlFlow::Continue(None) => {}
            ControlFlow::Continue(Some(wait)) => sleep(wait).await,
        }
    }
}

/// Returns `true` unless the call has a check that does not allow it now.
fn may_send(request: &RequestBuilder) -> bool {
    request.options.send_check().is_none_or(|check| check())
}

/// Settles the slots of an attempt. Holds the calls of its narrowest window for as long as the response asks, if the policy
/// respects that: after a 429, or if it says that no call remains. After a 429 that does not say how long, they are held for the
/// initial backoff. Returns `true` for a 429 although the calls that are counted are below every limit.
///
/// A response for a cool-down holds nothing: it is about the resource and not about a rate limit.
fn settle(permit: Permit<'_>, operation: &Operation, attempt: &AttemptResult, policy: &RetryPolicy) -> bool {
    let response = attempt.response.as_ref().filter(|response| {
        attempt.outcome(operation) != AttemptOutcome::Redirected
            && AttemptOutcome::of_response(operation, response) != AttemptOutcome::Cooldown
    });
    let Some(response) = response else {
        permit.settle(None);
        return false;
    };
    let is_rate_limited = response.status == StatusCode::TOO_MANY_REQUESTS;
    let exhausted_for = RateLimit::exhausted_for(&response.headers);
    let refused_for = || is_rate_limited.then(|| server_delay(response).unwrap_or(policy.initial_backoff));
    let hold = exhausted_for.or_else(refused_for).filter(|_| policy.respect_retry_after);
    let unexplained = is_rate_limited && permit.has_room();
    permit.settle(hold);
    unexplained
}

#[cfg(all(test, feature = "test-util"))]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use super::*;
    use crate::client::PipelineBuilder;
    use crate::operation::{RateLimitRule, RateLimitScope};
    use crate::rate_limit::{
        RateLimitStore, RateLimits, Settlement, SlotRequest, StoreFuture, StoreOutage, TakenSlots,
    };
    use crate::testing::{ReplayTransport, Reply};

    /// Store that grants everything after a time.
    #[derive(Clone)]
    struct Slow(Duration, Arc<AtomicU32>);

    impl RateLimitStore for Slow {
        fn take<'s>(&'s self, _: &'s SlotRequest) -> StoreFuture<'s, TakenSlots> {
            self.1.fetch_add(1, Ordering::Relaxed);
            Box::pin(async {
                sleep(self.0).await;
                Ok(TakenSlots::Granted { full: false })
            })
        }

        fn settle(&self, _: Arc<SlotRequest>, _: Settlement) {}
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_is_sent_although_its_store_is_slow() {
        static LIMITED: Operation = {
            let mut operation = Operation::new("list", http::Method::GET, "", true);
            operation.rate_limits =
                &[RateLimitRule { requests: 5, per_seconds: 30, scope: RateLimitScope::Credential }];
            operation
        };
        let store = Slow(Duration::from_millis(3500), Arc::default());
        let asked = Arc::clone(&store.1);
        let client = PipelineBuilder::new("https://api.example", "test")
            .transport(ReplayTransport::new([Reply::new(204, "")]))
            .rate_limits(RateLimits::shared(store, StoreOutage::Refuse))
            .build()
            .expect("it builds");
        let mut request = client.request(&LIMITED);
        request.url.push_str("/list");
        request.finish().expect("it is complete");
        assert!(matches!(execute(&client.0, &request, |_| None).await, CallOutcome::Response { .. }));
        // The lease of the first two is over before they could be sent.
        assert_eq!(asked.load(Ordering::Relaxed), 3);
    }
}
