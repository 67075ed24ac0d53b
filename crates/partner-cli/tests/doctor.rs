//! `partner doctor`: what it finds wrong, with which exit code, and never a secret.
#![allow(missing_docs)]

mod program;

use api_sandbox::Sandbox;
use partner_cli::ExitCode;
use program::{ClosedPort, Program, RawServer, Run};
use serde_json::{Value, json};

const SECRET: &str = "s3cret-token";

/// Returns result and detail of each check, by API and name.
fn checks(outcome: &Run) -> Vec<(String, String, String)> {
    let rows: Value = serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("no JSON: {outcome:?}"));
    let text = |row: &Value, key: &str| row[key].as_str().expect("a text").to_owned();
    let rows = rows.as_array().expect("a list").iter();
    rows.map(|row| (format!("{} {}", text(row, "api"), text(row, "check")), text(row, "result"), text(row, "detail")))
        .collect()
}

/// Checks the result of a check and a part of its detail.
fn assert_check(outcome: &Run, name: &str, result: &str, detail: &str) {
    let checks = checks(outcome);
    let found = checks.iter().find(|(check, ..)| check == name).unwrap_or_else(|| panic!("no {name}: {checks:?}"));
    assert!(found.1 == result && found.2.contains(detail), "{found:?} is not {result}, {detail}");
}

fn zapsign(url: &str) -> Program {
    Program::default().with("PARTNER_URL", url).with("ZAPSIGN_API_TOKEN", SECRET)
}

#[tokio::test]
async fn all_is_well_with_a_sandbox() {
    let sandbox = Sandbox::builder().start().await.expect("it starts");
    let known = sandbox.credentials();
    let program = Program::default()
        .with("PARTNER_URL", sandbox.url())
        .with("ZAPSIGN_API_TOKEN", &known.api_token)
        .with("D360_API_KEY", &known.api_key)
        .with("D360_PARTNER_ID", &known.partner_id);
    let outcome = program.run(&["doctor"]).await;
    assert_eq!((outcome.code, outcome.stderr.as_str()), (ExitCode::Done, ""), "{outcome:?}");
    outcome.hides(&known.api_token).hides(&known.api_key);
    assert_check(&outcome, "all profiles", "skipped", "neither PARTNER_CONFIG nor HOME is set");
    for (api, source) in [("zapsign", "ZAPSIGN_API_TOKEN"), ("dialog360", "D360_API_KEY")] {
        assert_check(&outcome, &format!("{api} credential"), "ok", &format!("key of {source}"));
        assert_check(&outcome, &format!("{api} address"), "ok", "http://127.0.0.1:");
        assert_check(&outcome, &format!("{api} proxy"), "skipped", "none is used for this machine");
        assert_check(&outcome, &format!("{api} connection"), "ok", "without TLS, on this machine");
        assert_check(&outcome, &format!("{api} account"), "ok", "the credential is accepted");
        assert_check(&outcome, &format!("{api} drift"), "ok", "fits the spec");
    }
    assert_check(&outcome, "zapsign account", "ok", "status ");
    assert_check(&outcome, "dialog360 account", "ok", "brand_name ");
    let table = program.clone().on_a_terminal().run(&["doctor"]).await;
    assert!(table.stdout.contains("the credential is accepted") && !table.stdout.contains('{'), "{table:?}");
    let verbose = program.run_alone(&["doctor", "--verbose"]).await;
    verbose.hides(&known.api_token).hides(&known.api_key);
    assert!(verbose.stderr.contains("partner: get_plan: attempt 1: 200"), "{verbose:?}");
}

#[tokio::test]
async fn a_refused_credential_is_told() {
    let sandbox = Sandbox::builder().start().await.expect("it starts");
    let outcome = zapsign(sandbox.url()).run(&["doctor"]).await;
    let error = outcome.hides(SECRET).error(ExitCode::Credential);
    assert_eq!(error["message"], "failed: account of zapsign");
    assert_check(&outcome, "zapsign account", "failed", "check that it belongs to this environment");
    assert_check(&outcome, "dialog360 credential", "skipped", "set D360_API_KEY or DIALOG360_BEARER_TOKEN");

    let program = Program::default().with("PARTNER_URL", sandbox.url()).with("D360_API_KEY", SECRET);
    let outcome = program.run(&["doctor"]).await;
    assert_eq!(outcome.code, ExitCode::Done, "{outcome:?}");
    assert_check(&outcome, "dialog360 account", "warning", "set D360_PARTNER_ID");
    let outcome = program.with("D360_PARTNER_ID", "sandboxPA").run(&["doctor"]).await;
    outcome.hides(SECRET).error(ExitCode::Credential);
    assert_check(&outcome, "dialog360 account", "failed", "401");
}

#[tokio::test]
async fn no_credential_at_all_is_a_failure() {
    let outcome = Program::default().run(&["doctor"]).await;
    let error = outcome.error(ExitCode::Credential);
    assert!(error["message"].as_str().is_some_and(|text| text.contains("no credential at all")), "{error}");
    let outcome = Program::default().run(&["doctor", "zapsign"]).await;
    outcome.error(ExitCode::Credential);
    assert_check(&outcome, "zapsign credential", "failed", "set ZAPSIGN_API_TOKEN");
    assert!(checks(&outcome).iter().all(|(check, ..)| !check.starts_with("dialog360")), "{outcome:?}");
    let outcome = Program::default().stdin("x").run(&["doctor", "--token-stdin"]).await;
    assert!(outcome.message(ExitCode::Usage).contains("`doctor zapsign`"), "{outcome:?}");
}

#[tokio::test]
async fn what_keeps_a_connection_from_being_made_is_told_apart() {
    let closed = ClosedPort::take();
    let no_http = RawServer::start("this is no HTTP\r\n\r\n");
    let no_tls = no_http.url.replace("http://", "https://");
    for (url, detail) in [
        (closed.url.as_str(), "no connection to the host can be made"),
        (&no_http.url, "did not answer as an HTTP server does"),
        (&no_tls, "the host was reached, and TLS failed"),
        ("no url", "the address can't be used"),
    ] {
        // Without the proxy that the environment of the tests may name.
        let outcome = zapsign(url).run_alone(&["doctor", "zapsign"]).await;
        outcome.hides(SECRET).error(ExitCode::Failed);
        assert_check(&outcome, "zapsign connection", "failed", detail);
        assert!(checks(&outcome).iter().all(|(check, ..)| check != "zapsign account"), "nothing is sent: {outcome:?}");
    }
    assert!(no_http.heads().iter().all(|head| !head.contains(SECRET)));
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_told() {
    let plan = json!({"name": "Acme", "status": "paid"}).to_string();
    for (date, direction) in
        [("Sun, 06 Nov 1994 08:49:37 GMT", "ahead of"), ("Fri, 06 Nov 2093 08:49:37 GMT", "behind")]
    {
        let answer = RawServer::json("200 OK", &plan).replace("\r\n\r\n", &format!("\r\ndate: {date}\r\n\r\n"));
        let outcome = zapsign(&RawServer::start(&answer).url).run(&["doctor", "zapsign"]).await;
        assert_eq!(outcome.error(ExitCode::Failed)["message"], "failed: clock of zapsign");
        assert_check(&outcome, "zapsign clock", "failed", direction);
        assert_check(&outcome, "zapsign account", "ok", "name Acme, status paid");
    }
    let outcome = zapsign(&RawServer::start(&RawServer::json("200 OK", &plan)).url).run(&["doctor", "zapsign"]).await;
    assert_eq!(outcome.code, ExitCode::Done, "{outcome:?}");
    assert_check(&outcome, "zapsign clock", "skipped", "does not tell its time");
}

#[tokio::test]
async fn what_differs_from_the_spec_is_told() {
    let plan = json!({"name": "Acme", "status": "paid", "new_field": "value-marker"}).to_string();
    let outcome = zapsign(&RawServer::start(&RawServer::json("200 OK", &plan)).url).run(&["doctor", "zapsign"]).await;
    assert_eq!(outcome.code, ExitCode::Done, "{outcome:?}");
    assert_check(&outcome, "zapsign drift", "warning", "get_plan 200 /new_field: unknown_field");
    outcome.hides("value-marker");
}

#[tokio::test]
async fn an_account_without_a_plan_has_a_credential_that_works() {
    let answer = RawServer::json("404 Not Found", "\"No plan has been found.\"");
    let outcome = zapsign(&RawServer::start(&answer).url).run(&["doctor", "zapsign"]).await;
    assert_eq!(outcome.code, ExitCode::Done, "{outcome:?}");
    assert_check(&outcome, "zapsign account", "warning", "the credential is accepted");
}

#[tokio::test]
async fn the_highest_exit_code_is_that_of_the_run() {
    let body = json!({"detail": format!("no {SECRET}")}).to_string();
    let answer = RawServer::json("503 Service Unavailable", &body)
        .replace("\r\n\r\n", "\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n");
    let outcome = zapsign(&RawServer::start(&answer).url).run(&["doctor", "zapsign"]).await;
    let error = outcome.hides(SECRET).error(ExitCode::TryLater);
    assert_eq!(error["message"], "failed: clock of zapsign, account of zapsign");
}

#[tokio::test]
async fn a_profile_that_others_can_read_ends_the_checks() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("p.toml");
    std::fs::write(&config, format!("[profiles.a.zapsign]\napi_tokn = \"{SECRET}\"\n")).expect("written");
    let program = zapsign("http://127.0.0.1:9").with("PARTNER_CONFIG", config.to_str().expect("a path"));
    let outcome = program.run(&["doctor"]).await;
    outcome.hides(SECRET).error(ExitCode::Credential);
    assert_eq!(checks(&outcome).len(), 1, "{outcome:?}");
}

#[tokio::test]
async fn a_proxy_is_told_without_its_password() {
    let proxy = RawServer::start("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
    let host = proxy.url.trim_start_matches("http://");
    let program = zapsign("https://nothing.invalid").with("HTTPS_PROXY", &format!("http://ana:s3cret-of-proxy@{host}"));
    let outcome = program.run_alone(&["doctor", "zapsign"]).await;
    outcome.hides("s3cret-of-proxy").error(ExitCode::Failed);
    assert_check(&outcome, "zapsign proxy", "ok", &format!("HTTPS_PROXY names {host}"));
    assert_check(&outcome, "zapsign connection", "failed", "the proxy makes no connection");
    assert!(proxy.heads()[0].starts_with("CONNECT nothing.invalid:443 "), "{:?}", proxy.heads());
}
