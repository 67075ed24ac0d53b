//! Delays requested in headers, which anybody can write: calls respect them, up to a bound.
#![allow(missing_docs)]

use std::time::Duration;

use api_runtime::{Error, Method, Operation, Pipeline, PipelineBuilder, RateLimitRule, RateLimitScope, RetryPolicy};
use conformance::recorder::{Recorder, Reply};
use conformance::refusal::Refusal;
use conformance::virtual_time::VirtualTime;

const STEP: Duration = Duration::from_millis(500);
const WINDOW: Duration = Duration::from_secs(60);
/// Upper bound of the time that the clock's steps add to a delay.
const SLACK: Duration = Duration::from_secs(4);

static GET_SHIP: Operation = {
    let mut operation = Operation::new("get_ship", Method::GET, "/ships/{ship}", true);
    operation.rate_limits = &[RateLimitRule { requests: 9, per_seconds: 60, scope: RateLimitScope::Path("ship") }];
    operation
};

fn client(recorder: &Recorder, settings: Settings) -> Pipeline {
    let builder = PipelineBuilder::new(recorder.url(), "conformance").attempt_timeout(Duration::from_secs(600));
    settings(builder.retry(RetryPolicy::never())).build().expect("it builds")
}

type Settings = fn(PipelineBuilder) -> PipelineBuilder;

async fn get(client: &Pipeline, ship: &str) -> Result<(), Error<Refusal>> {
    client.send::<Refusal>(client.request(&GET_SHIP).path("ship", ship)).await.map(drop)
}

/// Returns a response with headers that request a delay.
fn hint(status: u16, headers: &[(&'static str, &str)]) -> Reply {
    headers.iter().fold(Reply::new(status, "", ""), |reply, (name, value)| reply.header(name, *value))
}

fn hostile() -> Vec<Reply> {
    let (year, never) = ("31536000", "18446744073709551615");
    vec![
        hint(429, &[("retry-after", year)]),
        hint(429, &[("retry-after", never)]),
        hint(429, &[("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")]),
        hint(429, &[("date", "Thu, 01 Jan 1970 00:00:00 GMT"), ("retry-after", "Fri, 27 Nov 2026 00:00:00 GMT")]),
        hint(429, &[("ratelimit-reset", year)]),
        hint(429, &[("ratelimit-reset", never)]),
        // As seconds since 1970, which some vendors send.
        hint(200, &[("ratelimit-remaining", "0"), ("ratelimit-reset", "1795723200")]),
        hint(200, &[("ratelimit-remaining", "0"), ("ratelimit-reset", never)]),
    ]
}

/// Returns the result and the duration of the second call of a client.
async fn second_call(time: &VirtualTime, first: Reply, settings: Settings) -> (Result<(), Error<Refusal>>, Duration) {
    let recorder = Recorder::start(first).await;
    let client = client(&recorder, settings);
    let _ = time.run(STEP, get(&client, "1")).await;
    recorder.reply(Reply::new(200, "", ""));
    time.run(STEP, get(&client, "1")).await
}

#[tokio::test(start_paused = true)]
async fn no_hint_holds_the_next_call_for_longer_than_the_window() {
    let time = VirtualTime::hold();
    for reply in hostile() {
        let (outcome, took) = second_call(&time, reply.clone(), |builder| builder).await;
        assert!(outcome.is_ok(), "{reply:?}");
        assert!(took + SLACK > WINDOW && took < WINDOW + SLACK, "{reply:?} took {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_does_not_listen_to_hints_holds_nobody_back() {
    let time = VirtualTime::hold();
    for reply in hostile() {
        let deaf: Settings = |builder| builder.retry(RetryPolicy::never().respect_retry_after(false));
        let (outcome, took) = second_call(&time, reply.clone(), deaf).await;
        assert!(outcome.is_ok() && took < SLACK, "{reply:?} took {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hint_holds_its_own_budget_for_as_long_as_it_says() {
    let time = VirtualTime::hold();
    let recorder = Recorder::start(hint(200, &[("ratelimit-remaining", "0"), ("ratelimit-reset", "30")])).await;
    let client = client(&recorder, |builder| builder);
    assert!(time.run(STEP, get(&client, "1")).await.0.is_ok());
    recorder.reply(Reply::new(200, "", ""));
    let (outcome, took) = time.run(STEP, get(&client, "2")).await;
    assert!(outcome.is_ok() && took < SLACK, "another budget is not held back: {took:?}");
    let (outcome, took) = time.run(STEP, get(&client, "1")).await;
    assert!(outcome.is_ok());
    assert!(took + SLACK > Duration::from_secs(30) && took < Duration::from_secs(30) + SLACK, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_without_the_time_for_it_says_that_the_vendor_asked() {
    let time = VirtualTime::hold();
    for reply in hostile() {
        let settings: [(&str, Settings); 2] = [
            ("time_limit", |builder| builder.time_limit(Duration::from_secs(20))),
            ("max_wait", |builder| builder.max_wait(Duration::from_secs(20))),
        ];
        for (setting, settings) in settings {
            let (outcome, took) = second_call(&time, reply.clone(), settings).await;
            assert_eq!(
                outcome.expect_err("there is no time").to_string(),
                format!(
                    "get_ship was not sent: rate limit of 9 in 60 s: its turn is in 60 s, which is beyond its `{setting}`; the \
                     vendor asked for that; send it later, or raise `{setting}`"
                )
            );
            assert!(took < SLACK, "{reply:?} took {took:?}");
        }
    }
}
