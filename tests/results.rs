//! 2xx responses without the operation's result: the call succeeded and created nothing.
#![allow(missing_docs)]

use api_runtime::{DecodeErrorKind, Error, Method, Operation, Pipeline, PipelineBuilder, Secret};
use conformance::recorder::{Recorder, Reply};
use conformance::refusal::Refusal;
use serde::Deserialize;

#[derive(Deserialize)]
struct Ship {
    token: Secret,
}

const fn operation(result: Option<&'static str>) -> Operation {
    let mut operation = Operation::new("launch_ship", Method::POST, "/ships", true);
    operation.redirect = true;
    operation.result = result;
    operation
}

static WITH_RESULT: Operation = operation(Some("/token"));
static PLAIN: Operation = operation(None);

async fn launch(operation: &'static Operation, reply: Reply) -> Result<Ship, Error<Refusal>> {
    let recorder = Recorder::start(reply).await;
    let pipeline: Pipeline =
        PipelineBuilder::new(recorder.url(), "conformance").max_response_bytes(64).build().expect("it builds");
    let outcome = pipeline.send(&mut pipeline.request(operation)).await.and_then(|raw| raw.json::<Ship, Refusal>());
    assert_eq!(recorder.take().len(), 1, "it is sent once");
    outcome.map(api_runtime::Response::into_inner)
}

fn json(body: &str) -> Reply {
    Reply::new(200, "application/json", body.to_owned())
}

#[tokio::test]
async fn a_success_without_a_result_is_an_error_that_keeps_the_answer() {
    for body in
        [r#"{"token":""}"#, r#"{"token":null}"#, "{}", r#"{"name":"x","token":{"a":1}}"#, r#"["token"]"#, "null"]
    {
        let error = launch(&WITH_RESULT, json(body)).await.err().expect(body);
        assert_eq!(error.raw_body().map(|kept| kept.as_ref()), Some(body.as_bytes()));
        assert!(error.may_have_reached_server() && !error.is_retryable());
        assert_eq!(
            error.to_string(),
            "launch_ship succeeded with 200, but the body has nothing at /token, so the call made nothing that can be \
             told; check what was sent before sending it again; the raw body is kept in this error"
        );
        let Error::Decode(failure) = error else { panic!("{error}") };
        assert_eq!(failure.kind(), &DecodeErrorKind::NoResult { pointer: "/token" });
    }
}

#[tokio::test]
async fn a_result_and_every_other_fault_are_what_they_were() {
    let ship = launch(&WITH_RESULT, json(r#"{"signers":[],"token":"aurora-1"}"#)).await.expect("it was made");
    assert_eq!(ship.token.expose(), "aurora-1");
    let ship = launch(&PLAIN, json(r#"{"token":""}"#)).await.expect("nothing is asked of it");
    assert_eq!(ship.token.expose(), "");

    let large = format!(r#"{{"token":"","name":"{}"}}"#, "x".repeat(64));
    for (reply, expected) in [
        (json("<html>"), "the body is not JSON"),
        (json(""), "the body is not JSON"),
        (json(r#"{"token":7}"#), "the body does not match its schema at token"),
        (json(&large), "the body is larger than the client accepts"),
        (Reply::new(302, "application/json", r#"{"token":""}"#).header("location", "/x"), ""),
        (Reply::new(404, "application/json", r#"{"token":""}"#), "answered with 404"),
    ] {
        let status = reply.status;
        match launch(&WITH_RESULT, reply).await {
            Ok(ship) => assert_eq!((status, ship.token.expose()), (302, ""), "a redirect makes nothing to ask for"),
            Err(error) => assert!(!expected.is_empty() && error.to_string().contains(expected), "{error}"),
        }
    }
}
