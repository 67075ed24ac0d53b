//! Failures of calls: their exit codes, and what is told of them.
#![allow(missing_docs)]

mod program;

use std::sync::Arc;

use api_sandbox::{Fault, FaultRule, FaultStage, Sandbox};
use partner_cli::ExitCode;
use program::{ClosedPort, Program, RawServer, Run};
use serde_json::{Value, json};

const LIST: [&str; 3] = ["zapsign", "documents", "list"];
const CREATE: [&str; 6] = ["zapsign", "documents", "create", "--yes", "--body", DOCUMENT];
const DOCUMENT: &str = r##"{"name": "Lease", "markdown_text": "# Lease", "signers": [{"name": "Ana"}]}"##;
/// Repeatable, although it changes something.
const DELETE: [&str; 6] = ["zapsign", "documents", "delete", "--doc-token", "doc-1", "--yes"];
const LOOK: &str = "look with `partner zapsign documents list` if it has, before you send it again";

fn program(url: &str) -> Program {
    Program::default().with("PARTNER_URL", url).with("ZAPSIGN_API_TOKEN", "s3cret-token")
}

/// Runs a command against a sandbox whose calls all meet a fault.
async fn meeting(fault: Fault, command: &[&str]) -> (Run, Sandbox) {
    let sandbox = Sandbox::builder().start().await.expect("it starts");
    sandbox.inject(FaultRule::with_probability(1.0, vec![fault]));
    let program = program(sandbox.url()).with("ZAPSIGN_API_TOKEN", &sandbox.credentials().api_token);
    let outcome = program.run(command).await;
    outcome.hides(&sandbox.credentials().api_token);
    (outcome, sandbox)
}

fn message(error: &Value) -> &str {
    error["message"].as_str().expect("a message")
}

#[tokio::test]
async fn a_refusal_is_told_in_the_vendors_words() {
    let body = json!({"name": ["too long"], "token": "s3cret-of-another"});
    let (outcome, _) = meeting(Fault::json(400, &body), &CREATE).await;
    let error = outcome.hides("s3cret-of-another").error(ExitCode::Refused);
    assert_eq!(error["operation"], "create_document");
    assert_eq!((error["status"].clone(), error["attempts"].clone()), (json!(400), json!(1)));
    assert_eq!(error["may_have_taken_effect"], false);
    assert_eq!(error["body"], json!({"name": ["too long"], "token": "***"}));
    assert!(error["text"].is_null(), "{error}");

    for (status, code) in [(401, ExitCode::Credential), (403, ExitCode::Refused), (404, ExitCode::Refused)] {
        let (outcome, _) = meeting(Fault::json(status, &json!({"detail": "no"})), &LIST).await;
        let error = outcome.error(code);
        assert!(message(&error).contains("; reason: no"), "{error}");
    }
}

#[tokio::test]
async fn an_api_token_that_the_environment_does_not_know_is_no_credential() {
    let sandbox = Sandbox::builder().start().await.expect("it starts");
    let outcome = program(sandbox.url()).run(&LIST).await;
    let error = outcome.hides("s3cret-token").error(ExitCode::Credential);
    assert_eq!(error["status"], 403);
    assert!(message(&error).contains("check that it belongs to this environment"), "{error}");
}

#[tokio::test]
async fn a_busy_vendor_is_to_be_asked_later() {
    let busy = Fault::TooManyRequests { hint: Default::default(), seconds: 0, stage: FaultStage::BeforeHandler };
    let (outcome, _) = meeting(busy, &LIST).await;
    let error = outcome.error(ExitCode::TryLater);
    assert_eq!((error["status"].clone(), error["attempts"].clone()), (json!(429), json!(4)));
}

#[tokio::test]
async fn a_vendor_that_is_down_is_to_be_asked_later_if_that_is_safe() {
    let (outcome, _) = meeting(Fault::json(500, &json!({"detail": "down"})), &LIST).await;
    assert_eq!(outcome.error(ExitCode::TryLater)["attempts"], 4);
    let (outcome, _) = meeting(Fault::json(500, &json!({"detail": "down"})), &DELETE).await;
    assert_eq!(outcome.error(ExitCode::TryLater)["retryable"], true);
    let (outcome, _) = meeting(Fault::json(500, &json!({"detail": "down"})), &CREATE).await;
    let error = outcome.error(ExitCode::Unknown);
    assert_eq!((error["attempts"].clone(), error["may_have_taken_effect"].clone()), (json!(1), json!(true)));
    assert!(message(&error).ends_with(LOOK), "{error}");
}

#[tokio::test]
async fn a_call_whose_answer_is_lost_may_have_taken_effect() {
    for stage in [FaultStage::BeforeHandler, FaultStage::AfterHandler] {
        let (outcome, sandbox) = meeting(Fault::Reset { stage }, &CREATE).await;
        let error = outcome.error(ExitCode::Unknown);
        assert!(message(&error).ends_with(LOOK), "{error}");
        assert_eq!(error["may_have_taken_effect"], true);
        assert_eq!(sandbox.request_count(), 1, "it is sent once");
        assert_eq!(sandbox.requests()[0].served, stage == FaultStage::AfterHandler);
    }
    let (outcome, _) = meeting(Fault::Reset { stage: FaultStage::BeforeHandler }, &LIST).await;
    let error = outcome.error(ExitCode::Failed);
    assert_eq!((error["attempts"].clone(), error["may_have_taken_effect"].clone()), (json!(4), json!(false)));
}

/// Runs a command whose time does not begin to run out before its request has come, however slow the machine is.
async fn run_out_of_time(command: &[&str]) -> Run {
    let server = Arc::new(RawServer::silent());
    let program = program(&server.url);
    // The paused clock stands still as long as a blocking task runs, and then goes on to the next end of a wait.
    let arrival = tokio::task::spawn_blocking(move || {
        while server.heads().is_empty() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        server
    });
    let begin = tokio::time::Instant::now();
    let (outcome, server) = tokio::join!(program.run(command), arrival);
    drop(server);
    assert!(begin.elapsed().as_secs() <= 2, "the limit is that of --timeout, by the paused clock");
    outcome
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_not_answered_in_time_may_have_taken_effect() {
    let outcome = run_out_of_time(&[&CREATE[..], &["--timeout", "1"]].concat()).await;
    let error = outcome.error(ExitCode::Unknown);
    assert!(message(&error).contains("the time ran out") && message(&error).ends_with(LOOK), "{error}");
    let outcome = run_out_of_time(&[&LIST[..], &["--timeout", "1"]].concat()).await;
    assert!(message(&outcome.error(ExitCode::Failed)).contains("the time ran out"), "{outcome:?}");
}

#[tokio::test]
async fn a_call_without_a_connection_was_not_sent() {
    let closed = ClosedPort::take();
    for command in [&LIST[..], &CREATE] {
        let error = program(&closed.url).run(command).await.error(ExitCode::Failed);
        assert!(message(&error).contains("no connection could be made"), "{error}");
        assert!(message(&error).contains("the server did not receive the request"), "{error}");
        assert_eq!(error["may_have_taken_effect"], false);
    }
}

#[tokio::test]
async fn a_success_that_is_cut_or_empty_is_not_understood() {
    let (outcome, sandbox) = meeting(Fault::CutBody, &CREATE).await;
    let error = outcome.error(ExitCode::NotUnderstood);
    assert!(message(&error).contains("whose status was 200") && error["body"].is_null(), "{error}");
    assert!(sandbox.requests()[0].served);
    // A read has no effect to be unsure of.
    let (outcome, _) = meeting(Fault::CutBody, &LIST).await;
    assert_eq!(outcome.error(ExitCode::Failed)["status"], 200);

    let (outcome, _) = meeting(Fault::json(200, &json!({"name": "Lease"})), &CREATE).await;
    let error = outcome.error(ExitCode::NotUnderstood);
    assert!(message(&error).contains("the body has nothing at /token"), "{error}");
    assert_eq!(error["body"], json!({"name": "Lease"}));
    let (outcome, _) = meeting(Fault::Garbage, &CREATE).await;
    outcome.error(ExitCode::NotUnderstood);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = RawServer::start(&RawServer::json("200 OK", "{}"));
    let (outcome, _) = meeting(Fault::Redirect { location: server.url.clone() }, &LIST).await;
    assert_eq!(outcome.error(ExitCode::Failed)["status"], 302);
    assert!(server.heads().is_empty());
}

#[tokio::test]
async fn verbose_tells_attempts_and_waits_and_no_secret() {
    let sandbox = Sandbox::builder().start().await.expect("it starts");
    let known = sandbox.credentials();
    let program = program(sandbox.url()).with("ZAPSIGN_API_TOKEN", &known.api_token);
    sandbox.inject(FaultRule::next(1, Fault::json(500, &json!({"detail": "body-marker"}))));
    let outcome = program.run_alone(&["zapsign", "documents", "get", "--doc-token", "id-marker", "--verbose"]).await;
    assert_eq!(outcome.code, ExitCode::Refused, "{outcome:?}");
    let log: Vec<&str> = outcome.stderr.lines().filter_map(|line| line.strip_prefix("partner: ")).collect();
    assert!(log[0].starts_with("credential: key of ZAPSIGN_API_TOKEN; address: http://127.0.0.1:"), "{log:?}");
    assert_eq!(log[1], "get_document GET /api/v1/docs/{doc_token}/: begins");
    assert_eq!(log[2], "get_document: the answer differs from the spec: undocumented_status");
    assert!(log[3].starts_with("get_document: attempt 1: 500 after "), "{log:?}");
    assert!(log[4].starts_with("get_document: the attempt failed and the request is sent again, in "), "{log:?}");
    assert!(log[6].starts_with("get_document: attempt 2: 404 after "), "{log:?}");
    for marker in [known.api_token.as_str(), "id-marker", "body-marker"] {
        assert!(log.iter().all(|line| !line.contains(marker)), "{log:?}");
    }
}

#[tokio::test]
async fn verbose_tells_of_drift() {
    let body = json!({"name": "Acme", "status": "paid", "new_field": "value-marker"}).to_string();
    let server = RawServer::start(&RawServer::json("200 OK", &body));
    let outcome = program(&server.url).run_alone(&["zapsign", "account", "get-plan", "-v"]).await;
    let told = "get_plan: the answer differs from the spec at /new_field: unknown_field";
    assert!(outcome.stderr.contains(told) && !outcome.stderr.contains("value-marker"), "{outcome:?}");
    assert!(program(&server.url).run(&["zapsign", "account", "get-plan"]).await.stderr.is_empty());
}

/// Runs the program as a process of its own, interrupts it once a request has come, and returns exit code and error.
#[cfg(unix)]
fn interrupted(server: &RawServer, command: &[&str]) -> (Option<i32>, Value) {
    use std::process::{Command, Stdio};

    let mut child = Command::new(env!("CARGO_BIN_EXE_partner"))
        .args(command)
        .env_clear()
        .env("PARTNER_URL", &server.url)
        .env("ZAPSIGN_API_TOKEN", "s3cret-token")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    while server.heads().is_empty() {
        assert_eq!(child.try_wait().expect("its state"), None, "it has ended before its request came");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let killed = Command::new("/bin/sh").args(["-c", &format!("kill -INT {}", child.id())]).status();
    assert!(killed.expect("a shell").success());
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8(output.stderr).expect("text");
    let report: Value = serde_json::from_str(&stderr).unwrap_or_else(|_| panic!("no JSON: {stderr}"));
    (output.status.code(), report["error"].clone())
}

#[cfg(unix)]
#[test]
fn an_interrupted_call_may_have_taken_effect() {
    let (code, error) = interrupted(&RawServer::silent(), &CREATE);
    assert_eq!(code, Some(5), "{error}");
    assert!(message(&error).starts_with("create_document was interrupted after it was sent"), "{error}");
    assert!(message(&error).ends_with(LOOK), "{error}");
    let (code, error) = interrupted(&RawServer::silent(), &LIST);
    assert_eq!((code, message(&error)), (Some(130), "list_documents was interrupted; it has changed nothing"));
}
