//! Protection of the machine that the sandbox runs on: host names, origins, fault rules, deliveries, memory.
#![allow(missing_docs)]

#[path = "support/clock.rs"]
mod clock;

use std::sync::mpsc::channel;
use std::time::Duration;

use api_sandbox::Sandbox;
use axum::Router;
use axum::routing::post;
use clock::hold_clock;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;
use zapsign_api::types;

const RULE: &str = r#"{"faults": [{"kind": "cut_body"}], "next": 1}"#;

async fn sandbox() -> Sandbox {
    Sandbox::builder().limits(false).allow_host("ci").start().await.expect("a free port")
}

async fn add_fault(sandbox: &Sandbox, headers: &[(&str, &str)], rule: &str) -> Response {
    let mut request = Client::new().post(format!("{}/sandbox/faults", sandbox.url())).body(rule.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.expect("an answer")
}

#[tokio::test]
async fn a_name_elsewhere_that_leads_here_reads_and_changes_nothing() {
    let sandbox = sandbox().await;
    let get = async |host: &str, path: &str| {
        let request = Client::new().get(format!("{}{path}", sandbox.url())).header("host", host);
        request.send().await.expect("an answer").status()
    };
    for path in ["/sandbox/requests", "/api/v1/docs/", "/files/x/original.pdf"] {
        assert_eq!(get("rebound.example:4360", path).await, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(sandbox.request_count(), 0, "a vendor never heard of it");
    for host in ["localhost:4360", "[::1]", "d360.localhost", "ci:80"] {
        assert_eq!(get(host, "/sandbox/requests").await, StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn a_page_of_another_origin_reads_and_changes_nothing() {
    let sandbox = sandbox().await;
    let here = sandbox.url();
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1"] {
        assert_eq!(add_fault(&sandbox, &[("origin", origin)], RULE).await.status(), StatusCode::FORBIDDEN, "{origin}");
    }
    for (headers, status) in [
        (&[("origin", "https://evil.example")][..], StatusCode::FORBIDDEN),
        (&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")], StatusCode::FORBIDDEN),
        (&[("sec-fetch-site", "same-site"), ("sec-fetch-mode", "cors")], StatusCode::FORBIDDEN),
        (&[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")], StatusCode::OK),
        (&[("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")], StatusCode::OK),
    ] {
        let get = Client::new().get(format!("{here}/sandbox/requests"));
        let get = headers.iter().fold(get, |get, (name, value)| get.header(*name, *value));
        let answer = get.send().await.expect("an answer");
        assert_eq!(answer.status(), status, "{headers:?}");
        assert!(answer.headers().get("access-control-allow-origin").is_none(), "a browser keeps it from the page");
    }
    for headers in [&[][..], &[("origin", here)]] {
        assert_eq!(add_fault(&sandbox, headers, RULE).await.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_rule_that_can_not_be_followed_is_refused_when_it_is_added() {
    let sandbox = sandbox().await;
    for (rule, said) in [
        (r#"{"faults": [], "next": 1}"#, "`faults` is empty: name at least one"),
        (
            r#"{"faults": [{"kind": "cut_body"}], "probability": 1.5}"#,
            "`probability` is 1.5: give a number from 0 to 1",
        ),
        (r#"{"faults": [{"kind": "cut_body"}], "next": 0}"#, "`next` is 0: give at least 1"),
        (r#"{"faults": [{"kind": "status", "status": 99}], "next": 1}"#, "`status` is 99: give one from 200 to 599"),
        (
            r#"{"faults": [{"kind": "slow_drip", "milliseconds": 1, "pieces": 0}], "next": 1}"#,
            "`pieces` is 0: give at least 1",
        ),
        (
            r#"{"faults": [{"kind": "too_many_requests", "hint": "retry_after_date", "seconds": 1000000000000}], "next": 1}"#,
            "`seconds` is 1000000000000: give at most 3155760000 with `retry_after_date`",
        ),
        (
            r#"{"faults": [{"kind": "redirect", "location": "a\nb"}], "next": 1}"#,
            "`location` holds a character that a header can't carry",
        ),
        (
            r#"{"faults": [{"kind": "cut_body"}], "operation": "creat_client", "next": 1}"#,
            "there is no operation `creat_client`; the most similar one is `create_client`",
        ),
    ] {
        let answer = add_fault(&sandbox, &[], rule).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{rule}");
        let body: Value = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("json");
        assert_eq!(body, json!({"error": said}));
    }
}

fn connect(sandbox: &Sandbox) -> zapsign_api::Client {
    let builder = zapsign_api::Client::builder().api_token(sandbox.credentials().api_token.as_str());
    builder.base_url(sandbox.url()).rate_limiting(false).build().expect("it builds")
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_hangs_holds_up_no_other() {
    // An attempt to deliver times out after 10 seconds, which don't pass.
    let _hold = hold_clock();
    let sandbox = sandbox().await;
    let client = connect(&sandbox);
    let hanging = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let (events, came) = channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let addresses = [&hanging, &listener].map(|listener| listener.local_addr().expect("an address"));
    let app = Router::new().route("/", post(async move || events.send(()).expect("somebody waits")));
    tokio::spawn(async move { axum::serve(listener, app).await });
    for address in addresses {
        let body = types::CreateWebhook::builder().url(format!("http://{address}/")).type_("".into()).build();
        client.create_webhook().body(&body).send().await.expect("it is registered");
    }
    let body = types::CreateDocument::builder()
        .name("Lease")
        .content(types::CreateDocumentContent::MarkdownText("# Contract".into()))
        .build();
    client.create_document().body(&body).send().await.expect("it is created");
    // The first receiver accepts the connection and never answers.
    let came = spawn_blocking(move || came.recv_timeout(Duration::from_secs(60))).await.expect("no panic");
    assert_eq!(came, Ok(()));
    assert!(sandbox.deliveries().iter().any(|delivery| delivery.outcome().is_none()), "the other one still hangs");
}

#[tokio::test]
async fn a_header_that_no_delivery_could_carry_is_not_registered() {
    let sandbox = sandbox().await;
    let client = connect(&sandbox);
    for (name, value) in
        [("host", "evil.example"), ("Content-Length", "0"), ("x y", "z"), ("x-secret", "a\r\nx-more: b")]
    {
        let header = types::WebhookHeader::builder().name(name).value(value).build();
        let body = types::CreateWebhook::builder().url("http://127.0.0.1:9/").type_("".into()).headers(vec![header]);
        let error = client.create_webhook().body(&body.build()).send().await.expect_err("it is refused");
        assert_eq!(error.status(), Some(StatusCode::BAD_REQUEST), "{name}");
    }
}

#[tokio::test]
async fn bodies_that_were_kept_give_way_to_newer_ones() {
    let sandbox = sandbox().await;
    let body = vec![b'x'; 60 * 1024 * 1024];
    for _ in 0..6 {
        let request = Client::new().post(format!("{}/api/v1/docs/", sandbox.url())).body(body.clone());
        request.send().await.expect("an answer");
    }
    let kept = sandbox.requests();
    assert_eq!((sandbox.request_count(), kept.len(), kept[0].number), (6, 4, 3));
}
