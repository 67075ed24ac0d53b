//! One request with headers, body, answer and the command that repeats it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use api_sandbox::{Fault, FaultRule, FaultStage, Sandbox};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::control::control;
use super::events::Events;
use super::{create_document, list_documents, sandbox, zapsign};

async fn detail(sandbox: &Sandbox, number: u64, query: &str) -> Value {
    let (status, detail) = control(sandbox, "GET", &format!("requests/{number}{query}"), "").await;
    assert_eq!(status, 200, "{detail}");
    detail
}

/// Returns the arguments that a shell gives to the `curl` of a command.
fn arguments(command: &str) -> Vec<String> {
    let script = format!("curl() {{ printf '%s\\0' \"$@\"; }}\n{command}");
    let variables = BTreeMap::from([
        ("ZAPSIGN_API_TOKEN", "zapsign-token"),
        ("D360_API_KEY", "partner-key"),
        ("DIALOG360_BEARER_TOKEN", "bearer"),
        ("DIALOG360_D360_API_KEY", "channel-key"),
        ("PWNED", "expanded"),
    ]);
    // The body that some commands read.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(folder.join("body"), "").expect("a file");
    let mut shell = Command::new("sh");
    let output = shell.args(["-c", &script]).current_dir(folder).env_clear().envs(variables).output().expect("a shell");
    assert!(output.status.success() && output.stderr.is_empty(), "{command}\n{output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    text.split_terminator('\0').map(str::to_owned).collect()
}

#[tokio::test]
async fn a_request_is_shown_with_its_answer_and_without_its_credential() {
    let sandbox = sandbox().await;
    create_document(&sandbox, "Lease").await;
    let shown = detail(&sandbox, 1, "").await;
    assert_eq!(
        (&shown["number"], &shown["operation"], &shown["status"]),
        (&json!(1), &json!("create_document"), &json!(200))
    );
    assert_eq!(
        (&shown["headers"]["content-type"], &shown["headers"]["authorization"]),
        (&json!("application/json"), &Value::Null)
    );
    assert!(shown["headers"].as_object().is_some_and(|headers| headers.contains_key("authorization")));
    let body = shown["body"].as_str().expect("a text");
    assert_eq!(serde_json::from_str::<Value>(body).expect("json")["name"], "Lease");
    let answer = &shown["answer"];
    assert_eq!(
        (&answer["status"], &answer["faulted"], &answer["headers"]["content-type"]),
        (&json!(200), &json!(false), &json!("application/json"))
    );
    let body: Value = serde_json::from_str(answer["body"].as_str().expect("a text")).expect("json");
    assert_eq!((&body["name"], &body["signers"][0]["name"]), (&json!("Lease"), &json!("Ana")));
    let recorded = sandbox.requests().remove(0);
    let kept = recorded.answer.as_ref().expect("an answer");
    assert_eq!((kept.status, kept.faulted, recorded.vendor), (200, false, Some("zapsign")));
    assert_eq!(serde_json::from_slice::<Value>(&kept.body).expect("json"), body);
    assert!(!format!("{recorded:?}{kept:?}").contains("Lease"), "{recorded:?}{kept:?}");
    for number in ["2", "0", "x", "-1"] {
        let (status, error) = control(&sandbox, "GET", &format!("requests/{number}"), "").await;
        assert_eq!((status, error["error"].is_string()), (404, true), "{number}");
    }
}

#[tokio::test]
async fn an_answer_that_a_fault_took_is_shown_as_it_was() {
    let sandbox = sandbox().await;
    let status =
        |stage| Fault::Status { status: 503, body: "busy".to_owned(), media_type: "text/plain".to_owned(), stage };
    for (fault, answer) in [
        (Some(status(FaultStage::AfterHandler)), json!([200, true])),
        (Some(status(FaultStage::BeforeHandler)), json!([null, null])),
        (Some(Fault::Delay { milliseconds: 1 }), json!([200, false])),
        (Some(Fault::SlowDrip { milliseconds: 1, pieces: 2 }), json!([200, false])),
        (Some(Fault::Garbage), json!([200, true])),
        (None, json!([200, false])),
    ] {
        fault.iter().cloned().for_each(|fault| sandbox.inject(FaultRule::next(1, fault)));
        zapsign(&sandbox, Method::GET, "/api/v1/docs/", Value::Null).await;
        let shown = detail(&sandbox, sandbox.request_count(), "").await;
        assert_eq!(json!([shown.pointer("/answer/status"), shown.pointer("/answer/faulted")]), answer, "{fault:?}");
        if answer[0] == 200 {
            assert!(shown["answer"]["body"].as_str().is_some_and(|body| body.contains("\"results\"")), "{shown}");
        }
    }
}

#[tokio::test]
async fn a_large_body_is_cut_and_a_binary_one_is_base64() {
    let sandbox = sandbox().await;
    let large = format!("{}{}", "x".repeat(64 * 1024 - 1), "é".repeat(10));
    for body in [large.clone().into_bytes(), vec![0xff, 0, 1], b"a\0b".to_vec()] {
        Client::new().post(format!("{}/api/v1/docs/", sandbox.url())).body(body).send().await.expect("an answer");
    }
    let shown = detail(&sandbox, 1, "").await;
    assert_eq!((shown["body"].as_str().map(str::len), &shown["body_truncated"]), (Some(64 * 1024 - 1), &json!(true)));
    let shown = detail(&sandbox, 1, "?full=true").await;
    assert_eq!((shown["body"].as_str(), &shown["body_truncated"]), (Some(large.as_str()), &json!(false)));
    assert!(shown["curl"].as_str().is_some_and(|curl| curl.ends_with(" --data-binary @- < body")), "{}", shown["curl"]);
    let shown = detail(&sandbox, 2, "").await;
    assert_eq!((&shown["body"], &shown["body_base64"]), (&json!("/wAB"), &json!(true)));
    let shown = detail(&sandbox, 3, "").await;
    assert_eq!((&shown["body"], &shown["body_base64"]), (&json!("a\0b"), &json!(false)));
    assert!(!shown["curl"].as_str().expect("a command").contains('\0'));
}

#[tokio::test]
async fn a_shell_runs_the_command_of_a_request_as_it_was() {
    let sandbox = sandbox().await;
    let hostile = "it's $PWNED `id` \"x\" \\ \n ; rm -rf !x é";
    create_document(&sandbox, hostile).await;
    let command = detail(&sandbox, 1, "").await["curl"].as_str().expect("a command").to_owned();
    assert!(
        command.starts_with("curl -X POST ") && command.contains("\"Authorization: Bearer $ZAPSIGN_API_TOKEN\""),
        "{command}"
    );
    let told = arguments(&command);
    let url = format!("{}/api/v1/docs/", sandbox.url());
    let body = String::from_utf8(sandbox.requests()[0].body.to_vec()).expect("text");
    assert!(body.contains("it's $PWNED `id`"));
    assert_eq!(told[..3], ["-X", "POST", &url]);
    assert!(told.contains(&"Authorization: Bearer zapsign-token".to_owned()), "{told:?}");
    assert!(told.contains(&"content-type: application/json".to_owned()), "{told:?}");
    assert_eq!(told[told.len() - 2..], ["--data-raw", &body]);

    let path = "/api/v1/docs/?page=1&name='$PWNED'&ids[]=1";
    zapsign(&sandbox, Method::GET, path, Value::Null).await;
    let told = arguments(detail(&sandbox, 2, "").await["curl"].as_str().expect("a command"));
    let sent = sandbox.requests()[1].uri.to_string();
    assert_eq!(told[..2], ["--globoff", &format!("{}{sent}", sandbox.url())]);
    assert!(sent.contains("$PWNED"), "{sent}");

    // A method and the names of headers may have letters that a shell knows.
    let method = Method::from_bytes(b"A'$PWNED`id`").expect("a method");
    let request = Client::new().request(method, format!("{}/api/v1/../docs", sandbox.url()));
    let request =
        request.header("x-`id`-token", "secret").header("idempotency-key", "'$PWNED'").header("cookie", "secret");
    request.header("x-$pwned-token", "secret").header("x-user-token", "secret").send().await.expect("an answer");
    let command = detail(&sandbox, 3, "").await["curl"].as_str().expect("a command").to_owned();
    let told = arguments(&command);
    assert_eq!(told[..2], ["-X", "A'$PWNED`id`"]);
    assert!(told.contains(&"idempotency-key: '$PWNED'".to_owned()), "{told:?}");
    assert!(!command.contains("secret") && !told.iter().any(|word| word.contains("`id`-token")), "{command}");
}

#[tokio::test]
async fn a_command_has_variables_and_masks_in_place_of_secrets() {
    let sandbox = sandbox().await;
    let post = async |path: &str, headers: &[(&str, &str)], body: &str| {
        let request = Client::new().post(format!("{}{path}", sandbox.url())).body(body.to_owned());
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.send().await.expect("an answer");
        detail(&sandbox, sandbox.request_count(), "").await["curl"].as_str().expect("a command").to_owned()
    };
    let json = ("content-type", "application/json");
    for (path, headers, body, word) in [
        (
            "/api/v2/token",
            &[json][..],
            r#"{"username": "me", "password": "s3cret"}"#,
            r#"{"username":"me","password":"***"}"#,
        ),
        ("/api/v2/partners/x/clients", &[("x-api-key", "s3cret")], "{ }", "{ }"),
        ("/api/v2/partners/x/clients", &[("x-api-key", "s3cret")], "{}", "X-API-Key: partner-key"),
        ("/api/v2/partners/x/clients", &[("authorization", "Bearer s3cret")], "{}", "Authorization: Bearer bearer"),
        (
            "/v1/configs/webhook",
            &[("d360-api-key", "s3cret")],
            r#"{"headers": {"a": "s3cret"}}"#,
            "d360-api-key: channel-key",
        ),
        ("/v1/configs/webhook", &[json], r#"{"headers": {"a": "s3cret"}}"#, r#"{"headers":{"a":"***"}}"#),
        ("/api/v1/docs/", &[("authorization", "Basic s3cret")], "not json, s3cret", "@-"),
        ("/nowhere", &[("authorization", "s3cret")], r#"{"password": "s3cret"}"#, "@-"),
    ] {
        let command = post(path, headers, body).await;
        let told = arguments(&command);
        assert!(told.iter().any(|told| told == word), "{path}: {word} is not in {told:?}");
        assert!(!command.contains("s3cret"), "{command}");
    }
    list_documents(&sandbox).await;
}

#[tokio::test]
async fn a_large_text_of_a_fault_is_neither_repeated_in_rows_nor_kept_without_limit() {
    let sandbox = sandbox().await;
    let fault = Fault::Status {
        status: 503,
        body: "x".repeat(100 * 1024 * 1024),
        media_type: "text/plain".to_owned(),
        stage: FaultStage::BeforeHandler,
    };
    sandbox.inject(FaultRule::next(9, fault));
    for _ in 0..3 {
        assert_eq!(zapsign(&sandbox, Method::GET, "/api/v1/docs/", Value::Null).await, 503);
    }
    // As many as take 256 MiB.
    assert_eq!((sandbox.request_count(), sandbox.requests().len()), (3, 2));
    let mut stream = Events::open(sandbox.url(), "").await;
    stream.first_page().await;
    assert!(stream.all.len() < 64 * 1024, "{}", stream.all.len());
    let (_, rows) = control(&sandbox, "GET", "requests", "").await;
    assert_eq!(rows[1]["fault"]["body"].as_str().map(str::len), Some(2_048));
}
