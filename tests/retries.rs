//! Number of attempts by failure and by retry rule, counted by a server on a real socket.
#![allow(missing_docs)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use api_runtime::{
    CallOptions, Error, Method, Operation, Pipeline, PipelineBuilder, RateLimitRule, RateLimitScope, RawRequest,
    RetryPolicy, RetryRule, TransportErrorKind,
};
use conformance::fault::{Fault, FaultServer, RefusingPort};
use conformance::refusal::Refusal;
use conformance::virtual_time::VirtualTime;

const ATTEMPTS: u32 = 3;
const STEP: Duration = Duration::from_millis(500);

const fn operation(method: Method, idempotent: bool, retry: RetryRule) -> Operation {
    let mut operation = Operation::new("cell", method, "/cell", idempotent);
    operation.retry = retry;
    operation
}

static GET: Operation = operation(Method::GET, true, RetryRule::ByIdempotency);
static POST: Operation = operation(Method::POST, false, RetryRule::ByIdempotency);
static POST_IDEMPOTENT: Operation = operation(Method::POST, true, RetryRule::ByIdempotency);
/// Idempotent, since the rule takes precedence.
static RATE_LIMITED: Operation = operation(Method::POST, true, RetryRule::RateLimited);
static NEVER: Operation = operation(Method::POST, true, RetryRule::ConnectErrorsOnly);

fn pipeline(url: &str, timeout: Duration) -> Pipeline {
    PipelineBuilder::new(url, "conformance")
        .retry(RetryPolicy::default().max_attempts(ATTEMPTS))
        .time_limit(Duration::from_secs(3600))
        .attempt_timeout(timeout)
        .build()
        .expect("it builds")
}

fn answer(status: &str, headers: &str) -> Fault {
    Fault::Write(format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n{headers}\r\n"))
}

/// Columns of the table: the number of requests that the server received for each of the five operations.
const COLUMNS: [&str; 5] = ["GET", "POST", "POST marked idempotent", "x-retry: rate-limited", "x-retry: never"];

#[tokio::test(start_paused = true)]
async fn requests_by_fault_and_operation() {
    let date = "date: Sun, 06 Nov 1994 08:49:30 GMT\r\nretry-after: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{\"half\":".to_owned();
    let time = VirtualTime::hold();
    #[rustfmt::skip]
    let table: [(&str, Option<Fault>, [usize; 5]); 12] = [
        //                                                                            GET POST idem 429 never
        ("refused",               None,                                                [0,  0,  0,  0,  0]),
        ("reset before answer",   Some(Fault::WriteAndReset(String::new())),           [3,  1,  3,  1,  1]),
        ("reset in the body",     Some(Fault::Write(cut)),                             [3,  1,  3,  1,  1]),
        ("time-out",              Some(Fault::WriteAndWait(String::new())),            [3,  1,  3,  1,  1]),
        ("429, Retry-After in s", Some(answer("429 Slow", "retry-after: 7\r\n")),      [3,  3,  3,  3,  1]),
        ("429, Retry-After date", Some(answer("429 Slow", date)),                      [3,  3,  3,  3,  1]),
        ("429, RateLimit-Reset",  Some(answer("429 Slow", "ratelimit-reset: 7\r\n")),  [3,  3,  3,  3,  1]),
        ("500",                   Some(answer("500 Oh", "")),                          [3,  1,  3,  1,  1]),
        ("502",                   Some(answer("502 Oh", "")),                          [3,  1,  3,  1,  1]),
        ("503",                   Some(answer("503 Oh", "")),                          [3,  3,  3,  1,  1]),
        ("504",                   Some(answer("504 Oh", "")),                          [3,  1,  3,  1,  1]),
        ("404",                   Some(answer("404 No", "")),                          [1,  1,  1,  1,  1]),
    ];
    for (name, fault, expected) in table {
        for ((operation, column), expected) in
            [&GET, &POST, &POST_IDEMPOTENT, &RATE_LIMITED, &NEVER].into_iter().zip(COLUMNS).zip(expected)
        {
            let cell = format!("{name} x {column}");
            let server = match fault.clone() {
                Some(fault) => Some(FaultServer::start(fault).await),
                None => None,
            };
            let refusing = RefusingPort::bind();
            let url = server.as_ref().map_or(refusing.url(), FaultServer::url);
            let timeout = Duration::from_secs(if name == "time-out" { 10 } else { 600 });
            let pipeline = pipeline(url, timeout);
            let (outcome, took) = time.run(STEP, pipeline.send::<Refusal>(&mut pipeline.request(operation))).await;
            let error = outcome.expect_err(&cell);
            let seen = server.as_ref().map_or(0, FaultServer::received);
            assert_eq!(seen, expected, "{cell}: {error}");
            // A connection that was never made is retried under every rule.
            let attempts = if server.is_none() { ATTEMPTS as usize } else { expected };
            assert_eq!(error.attempts() as usize, attempts, "{cell}: {error}");
            assert_eq!(error.may_have_reached_server(), server.is_some(), "{cell}: {error}");
            if name.starts_with("429") && expected > 1 {
                let hints = Duration::from_secs(7) * (ATTEMPTS - 1);
                assert!(took >= hints && took < hints + Duration::from_secs(3), "{cell} took {took:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_can_have_its_own_policy_and_time() {
    let time = VirtualTime::hold();
    let server = FaultServer::start(answer("503 Oh", "")).await;
    let client = dialog360_api::Client::builder()
        .api_key("key")
        .base_url(server.url())
        .attempt_timeout(Duration::from_secs(600))
        .build()
        .expect("it builds");
    let partner = dialog360_api::types::PartnerId::new("exmplePA").expect("an id");
    let body = dialog360_api::types::OnboardNumber::builder().solution_id("1").waba_external_id("2").build();
    let call = client.onboard_number().partner_id(&partner).body(&body).retry(RetryPolicy::never());
    let (outcome, _) = time.run(STEP, call.send()).await;
    assert_eq!((outcome.expect_err("it is refused").attempts(), server.received()), (1, 1));

    let silent = FaultServer::start(Fault::WriteAndWait(String::new())).await;
    let client = dialog360_api::Client::builder().api_key("key").base_url(silent.url()).build().expect("it builds");
    let call = client.onboard_number().partner_id(&partner).body(&body).attempt_timeout(Duration::from_secs(5));
    let (outcome, took) = time.run(STEP, call.send()).await;
    assert!(matches!(outcome, Err(Error::Transport(_))));
    assert!(took >= Duration::from_secs(5) && took < Duration::from_secs(7), "{took:?}");

    // The deadline of the call ends an attempt that would have more time.
    let call = client.onboard_number().partner_id(&partner).body(&body).time_limit(Duration::from_secs(9));
    let (outcome, took) = time.run(STEP, call.send()).await;
    assert!(matches!(outcome, Err(Error::Transport(_))));
    assert!(took >= Duration::from_secs(9) && took < Duration::from_secs(11), "{took:?}");
    let raw = client.request(Method::GET, "/cell").time_limit(Duration::from_secs(9));
    let (outcome, took) = time.run(STEP, raw.send()).await;
    assert!(matches!(outcome, Err(Error::Transport(_))));
    assert!(took >= Duration::from_secs(9) && took < Duration::from_secs(11), "{took:?}");
}

#[tokio::test]
async fn an_attempt_that_may_not_be_sent_is_not() {
    let server = FaultServer::start(answer("503 Oh", "")).await;
    let pipeline = PipelineBuilder::new(server.url(), "conformance")
        .retry(RetryPolicy::default().initial_backoff(Duration::ZERO))
        .build()
        .expect("it builds");
    // Each attempt asks once before it connects, and once when it is connected.
    for (allowed, received) in [(0, 0), (1, 0), (2, 1), (3, 1)] {
        let earlier = server.received();
        let asked = Arc::new(AtomicU32::new(0));
        let raw = RawRequest::<Refusal>::new(&pipeline, Method::GET, "/cell");
        let raw = raw.send_if(move || asked.fetch_add(1, Ordering::Relaxed) < allowed);
        let error = raw.send().await.expect_err("it is refused");
        assert_eq!(server.received() - earlier, received, "{error}");
        match allowed {
            0 => {
                assert!(matches!(&error, Error::InvalidRequest(failure) if failure.is_retryable()), "{error}");
                assert!(error.to_string().contains("`send_if`"), "{error}");
            }
            1 | 3 => assert_eq!(error.may_have_reached_server(), allowed == 3, "{error}"),
            _ => assert!(error.status().is_some_and(|status| status == 503), "{error}"),
        }
    }
}

/// A slot of a call that is not sent is free for the next one.
#[tokio::test(start_paused = true)]
async fn a_call_that_may_not_be_sent_takes_no_slot() {
    static LIMITED: Operation = {
        let mut operation = operation(Method::POST, false, RetryRule::RateLimited);
        operation.rate_limits = &[RateLimitRule { requests: 1, per_seconds: 60, scope: RateLimitScope::Credential }];
        operation
    };
    let server = FaultServer::start(answer("204 Yes", "")).await;
    let pipeline =
        PipelineBuilder::new(server.url(), "conformance").max_wait(Duration::ZERO).build().expect("it builds");
    for (may_send, received) in [(false, 0), (true, 1)] {
        let mut options = CallOptions::default();
        options.set_send_check(move || may_send);
        let mut request = pipeline.request(&LIMITED);
        request.options(options);
        let outcome = pipeline.send::<Refusal>(&mut request).await;
        assert_eq!((outcome.is_ok(), server.received()), (may_send, received));
    }
}

#[tokio::test(start_paused = true)]
async fn the_call_as_a_whole_is_bounded() {
    let time = VirtualTime::hold();
    let server = FaultServer::start(Fault::WriteAndWait(String::new())).await;
    let pipeline = PipelineBuilder::new(server.url(), "conformance")
        .retry(RetryPolicy::default().max_attempts(100))
        .time_limit(Duration::from_secs(25))
        .attempt_timeout(Duration::from_secs(10))
        .build()
        .expect("it builds");
    let (outcome, took) = time.run(STEP, pipeline.send::<Refusal>(&mut pipeline.request(&GET))).await;
    assert!(outcome.is_err());
    assert!(took <= Duration::from_secs(27), "{took:?}");

    // A delay beyond the call's time limit is not waited for.
    let server = FaultServer::start(answer("429 Slow", "retry-after: 3600\r\n")).await;
    let pipeline = PipelineBuilder::new(server.url(), "conformance").build().expect("it builds");
    let (outcome, took) = time.run(STEP, pipeline.send::<Refusal>(&mut pipeline.request(&GET))).await;
    let error = outcome.expect_err("it is refused");
    assert_eq!((error.attempts(), error.retry_after()), (1, Some(Duration::from_secs(3600))));
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_before_an_attempt_is_bounded() {
    let time = VirtualTime::hold();
    let seconds = Duration::from_secs;
    for (header, max_wait, own, attempts) in [
        ("retry-after: 7\r\n", Some(5), None, 1),
        ("retry-after: 7\r\n", Some(7), None, 3),
        ("retry-after: 7\r\n", Some(7), Some(5), 1),
        ("retry-after: 7\r\n", Some(5), Some(7), 3),
        // The backoff is a wait, too.
        ("", Some(0), None, 1),
        ("", None, None, 3),
    ] {
        let server = FaultServer::start(answer("429 Slow", header)).await;
        let mut builder = PipelineBuilder::new(server.url(), "conformance");
        if let Some(wait) = max_wait {
            builder = builder.max_wait(seconds(wait));
        }
        let pipeline = builder.retry(RetryPolicy::default().max_attempts(ATTEMPTS)).build().expect("it builds");
        let mut call = RawRequest::<Refusal>::new(&pipeline, Method::GET, "/cell");
        if let Some(wait) = own {
            call = call.max_wait(seconds(wait));
        }
        let (outcome, took) = time.run(STEP, call.send()).await;
        let error = outcome.expect_err("it is refused");
        assert_eq!((error.attempts(), server.received() as u32), (attempts, attempts), "{header} {max_wait:?} {own:?}");
        assert!(attempts > 1 || took < seconds(2), "{took:?}");
        assert_eq!(error.retry_after(), (!header.is_empty()).then_some(seconds(7)));
    }
}

/// A header may contain any number, and a caller may pass the longest duration.
#[tokio::test(start_paused = true)]
async fn a_time_that_no_clock_holds_is_only_long() {
    let time = VirtualTime::hold();
    for header in ["retry-after", "ratelimit-reset"] {
        let server = FaultServer::start(answer("429 Slow", &format!("{header}: {}\r\n", u64::MAX))).await;
        for total in [Duration::from_secs(300), Duration::MAX] {
            let pipeline = PipelineBuilder::new(server.url(), "conformance").time_limit(total).build();
            let pipeline = pipeline.expect("it builds");
            let (outcome, _) = time.run(STEP, pipeline.send::<Refusal>(&mut pipeline.request(&GET))).await;
            assert_eq!(outcome.expect_err("it is refused").attempts(), 1, "{header} {total:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_says_how_often_it_was_tried() {
    let time = VirtualTime::hold();
    let server = FaultServer::start(answer("500 Oh", "")).await;
    let pipeline = pipeline(server.url(), Duration::from_secs(600));
    let (outcome, _) = time.run(STEP, pipeline.send::<Refusal>(&mut pipeline.request(&GET))).await;
    let error = outcome.expect_err("it is refused");
    assert_eq!(error.to_string(), "cell was answered with 500 Internal Server Error, after 3 attempts");
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_never_ends_has_sent_nothing() {
    let time = VirtualTime::hold();
    let server = FaultServer::start(Fault::WriteAndWait(String::new())).await;
    let url = server.url().replace("http://", "https://");
    // Each of them is shorter than the connect timeout.
    for (timeout, total, own) in [(5, 300, 600), (600, 5, 600), (600, 300, 5)] {
        let builder = PipelineBuilder::new(&url, "conformance").retry(RetryPolicy::default().max_attempts(2));
        let builder = builder.attempt_timeout(Duration::from_secs(timeout)).time_limit(Duration::from_secs(total));
        let pipeline = builder.build().expect("it builds");
        let mut call = pipeline.request(&POST);
        if own < timeout {
            let mut options = CallOptions::default();
            options.set_attempt_timeout(Duration::from_secs(own));
            call.options(options);
        }
        let (outcome, took) = time.run(Duration::from_millis(20), pipeline.send::<Refusal>(&mut call)).await;
        let error = outcome.expect_err("nobody answers");
        assert!(!error.may_have_reached_server() && error.is_retryable(), "{error}");
        let Error::Transport(failure) = &error else { panic!("{error}") };
        assert_eq!(failure.kind(), TransportErrorKind::Connect, "{error}");
        assert!(took >= Duration::from_secs(4) && took < Duration::from_secs(13), "{took:?}");
    }
    assert_eq!(server.received(), 0);
}
