//! Quotas that a client shares: those counted by address, and those that another process uses.
#![allow(missing_docs)]

use std::time::Duration;

use api_runtime::{
    Error, Method, Operation, Pipeline, PipelineBuilder, RateLimitRule, RateLimitScope, RateLimits, ResponsePattern,
    RetryPolicy,
};
use conformance::APIS;
use conformance::recorder::{Recorder, Reply};
use conformance::refusal::Refusal;
use conformance::virtual_time::VirtualTime;

const STEP: Duration = Duration::from_secs(1);

const fn operation(rate_limits: &'static [RateLimitRule]) -> Operation {
    let mut operation = Operation::new("list_ships", Method::GET, "/ships", true);
    operation.rate_limits = rate_limits;
    operation.cooldown = Some(ResponsePattern { status: 429, pointer: Some("/wait"), value: None });
    operation
}

const fn rule(requests: u32, scope: RateLimitScope) -> RateLimitRule {
    RateLimitRule { requests, per_seconds: 60, scope }
}

static UNLIMITED: Operation = operation(&[]);
static TWO: Operation = operation(&[rule(2, RateLimitScope::Credential)]);
static BOTH: Operation = operation(&[rule(2, RateLimitScope::Address), rule(9, RateLimitScope::Credential)]);

/// Returns a client that never retries.
fn client(recorder: &Recorder, change: impl Fn(PipelineBuilder) -> PipelineBuilder) -> Pipeline {
    let builder = PipelineBuilder::new(recorder.url(), "conformance").attempt_timeout(Duration::from_secs(600));
    change(builder.retry(RetryPolicy::never())).build().expect("it builds")
}

fn by_address(builder: PipelineBuilder) -> PipelineBuilder {
    builder.rate_limit_by_address(true)
}

async fn list(client: &Pipeline, operation: &'static Operation) -> Result<(), Error<Refusal>> {
    client.send::<Refusal>(&mut client.request(operation)).await.map(drop)
}

#[tokio::test(start_paused = true)]
async fn clients_with_one_handle_share_the_budget_of_an_address() {
    let time = VirtualTime::hold();
    let (here, there) =
        (Recorder::start(Reply::new(200, "", "")).await, Recorder::start(Reply::new(200, "", "")).await);
    let limits = RateLimits::default();
    let shared = |builder: PipelineBuilder| builder.rate_limits(limits.clone());
    let both = |builder: PipelineBuilder| shared(by_address(builder));
    // The slots of a dropped client stay in use.
    for _ in 0..2 {
        let (outcome, took) = time.run(STEP, list(&client(&here, both), &BOTH)).await;
        assert!(outcome.is_ok() && took < Duration::from_secs(5), "{took:?}");
    }
    let free = [
        ("does not keep that limit", client(&here, shared)),
        ("elsewhere", client(&there, both)),
        ("of its own", client(&here, by_address)),
    ];
    for (name, free) in free {
        let (outcome, took) = time.run(STEP, list(&free, &BOTH)).await;
        assert!(outcome.is_ok() && took < Duration::from_secs(5), "{name} {took:?}");
    }
    let (outcome, took) = time.run(STEP, list(&client(&here, both), &BOTH)).await;
    assert!(outcome.is_ok());
    assert!(took >= Duration::from_secs(45) && took < Duration::from_secs(63), "{took:?}");
}

#[tokio::test]
async fn a_429_that_the_own_count_does_not_explain_says_so() {
    const CLAUSE: &str = "; the client's count reaches no limit, so somebody who is not counted spends the budget, or the \
                          vendor counts by address or allows less than it publishes";
    let recorder = Recorder::start(Reply::new(429, "", "")).await;
    let refused = async |client: &Pipeline, operation| {
        let error = list(client, operation).await.expect_err("it is refused");
        assert_eq!(error.to_string().ends_with(CLAUSE), error.is_unexplained_rate_limit(), "{error}");
        error.is_unexplained_rate_limit()
    };
    let paced = client(&recorder, |builder| builder);
    assert!(refused(&paced, &TWO).await, "one of two");
    assert!(!refused(&paced, &TWO).await, "two of two");
    assert!(!refused(&paced, &UNLIMITED).await, "nothing is counted");
    assert!(!refused(&client(&recorder, |builder| builder.rate_limiting(false)), &TWO).await, "nothing is counted");

    // Calls of other clients explain the 429, where they are counted.
    let limits = RateLimits::default();
    let both = |builder: PipelineBuilder| by_address(builder.rate_limits(limits.clone()));
    assert!(refused(&client(&recorder, both), &BOTH).await);
    assert!(!refused(&client(&recorder, both), &BOTH).await);
    assert!(refused(&client(&recorder, by_address), &BOTH).await);

    recorder.reply(Reply::new(429, "application/json", r#"{"wait":"1 h"}"#));
    assert!(!refused(&client(&recorder, |builder| builder), &TWO).await, "a cool-down is no limit");
    recorder.reply(Reply::new(503, "", ""));
    let error = list(&client(&recorder, |builder| builder), &TWO).await.expect_err("it is refused");
    assert!(!error.is_unexplained_rate_limit(), "no limit is spoken of");
}

/// A store keeps all limits of a call on one of its servers. The name of a group is that of the API where a limit spans
/// credentials, so the operations that share the budget of a credential have to agree on that.
#[test]
fn operations_that_share_a_budget_agree_on_where_it_is_kept() {
    let has = |operation: &Operation, scope| operation.rate_limits.iter().any(|rule| rule.scope == scope);
    let mut seen = 0;
    for api in APIS {
        let mut by_address = api
            .operations
            .iter()
            .filter(|operation| has(operation, RateLimitScope::Credential))
            .map(|operation| has(operation, RateLimitScope::Address));
        let Some(first) = by_address.next() else { continue };
        seen += 1;
        assert!(by_address.all(|other| other == first), "{}", api.name);
    }
    assert!(seen > 0, "no API has a limit by credential");
}
