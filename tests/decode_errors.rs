//! Success responses that can't be read: the advice after them, by operation.
#![allow(missing_docs)]

use api_runtime::{Error, Method, Operation, Pipeline, PipelineBuilder, RawRequest, RetryPolicy, RetryRule};
use conformance::fault::{Fault, FaultServer};
use conformance::recorder::{Recorder, Reply};
use conformance::refusal::Refusal;
use serde::Deserialize;

#[derive(Deserialize)]
struct Ship {
    #[allow(dead_code)]
    name: String,
}

const fn operation(method: Method, idempotent: bool, retry: RetryRule) -> Operation {
    let mut operation = Operation::new("ship", method, "/ships", idempotent);
    operation.retry = retry;
    operation
}

static GET: Operation = operation(Method::GET, true, RetryRule::ByIdempotency);
static HEAD: Operation = operation(Method::HEAD, true, RetryRule::ByIdempotency);
/// Its spec says that it is not to be repeated, so it has an effect.
static GET_ONCE: Operation = operation(Method::GET, true, RetryRule::ConnectErrorsOnly);
static PUT: Operation = operation(Method::PUT, true, RetryRule::ByIdempotency);
static POST: Operation = operation(Method::POST, false, RetryRule::ByIdempotency);
static POST_IDEMPOTENT: Operation = operation(Method::POST, true, RetryRule::ByIdempotency);
static RATE_LIMITED: Operation = operation(Method::POST, true, RetryRule::RateLimited);

fn pipeline(url: &str) -> Pipeline {
    let builder = PipelineBuilder::new(url, "conformance").max_response_bytes(64).retry(RetryPolicy::never());
    builder.build().expect("it builds")
}

async fn failure(operation: &'static Operation, url: &str) -> Error<Refusal> {
    let pipeline = pipeline(url);
    let response = pipeline.send(&mut pipeline.request(operation)).await;
    response.and_then(|response| response.json::<Ship, Refusal>()).map(drop).expect_err("it can't be read")
}

/// Body of a response, the text that tells of it, and `true` if another response may be better.
const BODIES: [(&[u8], &str, bool); 5] = [
    (b"<html>busy</html>", "the body is not JSON (line 1 column 1)", true),
    (b"{\"name\":\"Aur", "the body is not JSON (line 1 column 12)", true),
    (b"{\"name\":\"\xff\"}", "the body is not JSON (line 1 column 10)", true),
    (b"{\"name\":7}", "the body does not match its schema at name (line 1 column 9)", false),
    (
        &[b' '; 65],
        "the body is larger than the client accepts; ask for less at once, or raise `max_response_bytes`",
        false,
    ),
];

#[tokio::test]
async fn the_advice_follows_the_rule_by_which_the_operation_may_be_repeated() {
    for (operation, repeatable, effect) in [
        (&GET, true, false),
        (&GET_ONCE, false, true),
        (&PUT, true, true),
        (&POST, false, true),
        (&POST_IDEMPOTENT, true, true),
        (&RATE_LIMITED, false, true),
    ] {
        for (body, text, passes) in BODIES {
            let recorder = Recorder::start(Reply::new(200, "application/json", body)).await;
            let error = failure(operation, recorder.url()).await;
            let advice = match (repeatable, passes) {
                (true, true) => "; send it again later",
                (true, false) => "",
                (false, _) => "; don't send it again",
            };
            let expected = format!("ship succeeded with 200, but {text}{advice}; the raw body is kept in this error");
            assert_eq!(error.to_string(), expected, "{operation:?}");
            assert_eq!(
                (error.is_retryable(), error.may_have_taken_effect()),
                (repeatable && passes, effect),
                "{operation:?} {text}"
            );
            assert!(error.may_have_reached_server() && matches!(error, Error::Decode(_)));
        }
    }
}

#[tokio::test]
async fn text_that_is_damaged_is_asked_for_again_where_that_is_safe() {
    let recorder = Recorder::start(Reply::new(200, "text/csv", &b"name\n\xff"[..])).await;
    let pipeline = pipeline(recorder.url());
    for (operation, advice) in [(&GET, "; send it again later"), (&POST, "; don't send it again")] {
        let response = pipeline.send::<Refusal>(&mut pipeline.request(operation)).await.expect("it succeeds");
        let error = response.text::<Refusal>().expect_err("it is no text");
        assert_eq!(
            error.to_string(),
            format!(
                "ship succeeded with 200, but the body is not UTF-8 text{advice}; the raw body is kept in this error"
            )
        );
        let reads = operation.method == Method::GET;
        assert_eq!((error.is_retryable(), error.may_have_taken_effect()), (reads, !reads));
    }
}

#[tokio::test]
async fn what_only_reads_has_no_effect_whatever_comes_back() {
    for (operation, effect) in [(&GET, false), (&HEAD, false), (&GET_ONCE, true), (&PUT, true), (&POST, true)] {
        for answer in
            ["HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{", ""]
        {
            let server = FaultServer::start(Fault::Write(answer.to_owned())).await;
            let error = failure(operation, server.url()).await;
            assert_eq!(error.may_have_taken_effect(), effect, "{operation:?} {error}");
        }
    }
}

/// A raw request has its own method, and no row of the table.
#[tokio::test]
async fn a_raw_request_is_judged_by_its_method() {
    let server = FaultServer::start(Fault::Write("HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n".to_owned())).await;
    let pipeline = pipeline(server.url());
    for (method, repeatable, effect) in [
        (Method::GET, true, false),
        (Method::OPTIONS, true, false),
        (Method::PUT, true, true),
        (Method::DELETE, true, true),
        (Method::POST, false, true),
        (Method::PATCH, false, true),
    ] {
        let request = RawRequest::<Refusal>::new(&pipeline, method.clone(), "/ships");
        let error = request.send().await.expect_err("it failed");
        assert_eq!((error.is_retryable(), error.may_have_taken_effect()), (repeatable, effect), "{method}");
    }
}
