//! Rate limits in the place of the published ones, and responses that tell of none. An hour that passes is the sandbox's.
#![allow(missing_docs)]

#[path = "support/program.rs"]
mod program;

use std::time::Duration;

use api_sandbox::{RateLimit, Sandbox, SandboxBuilder};
use reqwest::{Client, Response};
use serde_json::json;

use self::program::{command, run};

const HOUR: Duration = Duration::from_secs(3600);

/// Headers that tell of rate limits.
const HINTS: [&str; 5] =
    ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "ratelimit-policy", "retry-after"];

async fn start(builder: SandboxBuilder) -> Sandbox {
    builder.start().await.expect("a free port")
}

async fn list_users(url: &str) -> Response {
    let token = api_sandbox::Credentials::default().api_token;
    Client::new().get(format!("{url}/api/v1/users/")).bearer_auth(token).send().await.expect("an answer")
}

async fn create_client(url: &str, email: &str) -> Response {
    let request = Client::new().post(format!("{url}/api/v2/partners/sandboxPA/account_sharing/clients"));
    let key = api_sandbox::Credentials::default().api_key;
    let request = request.header("x-api-key", key).header("content-type", "application/json");
    request.body(json!({"name": "Acme", "email": email}).to_string()).send().await.expect("an answer")
}

#[tokio::test]
async fn a_limit_of_an_api_takes_the_place_of_the_published_one() {
    let sandbox = start(Sandbox::builder().rate_limit(RateLimit::new("zapsign", 2, HOUR))).await;
    let statuses = async || {
        let mut statuses = Vec::new();
        for _ in 0..3 {
            statuses.push(list_users(sandbox.url()).await.status().as_u16());
        }
        statuses
    };
    assert_eq!(statuses().await, [200, 200, 429]);
    sandbox.advance(HOUR / 2);
    assert_eq!(statuses().await, [429, 429, 429]);
    sandbox.advance(HOUR / 2);
    assert_eq!(statuses().await, [200, 200, 429], "those that were refused do not count");
    sandbox.reset();
    assert_eq!(statuses().await, [200, 200, 429], "the limit stays");
    let refused = list_users(sandbox.url()).await;
    assert_eq!(refused.headers()["ratelimit-policy"], r#""0";q=2;w=3600"#);
    assert!(HINTS.iter().all(|name| refused.headers().contains_key(*name)), "{:?}", refused.headers());
    assert_eq!(create_client(sandbox.url(), "it@acme.example").await.status(), 200);
    assert_eq!(create_client(sandbox.url(), "it@acme.example").await.status(), 429, "another API keeps its own");
}

#[tokio::test]
async fn a_limit_of_an_operation_is_counted_as_the_published_one() {
    let operation = &dialog360_api::operations::CREATE_CLIENT;
    let builder = Sandbox::builder().rate_limit(RateLimit::new(operation, 9, HOUR));
    let sandbox = start(builder.rate_limit(RateLimit::new(operation, 2, HOUR))).await;
    let mut statuses = Vec::new();
    for email in ["a@acme.example", "b@acme.example", "a@acme.example", "a@acme.example", "b@acme.example"] {
        statuses.push(create_client(sandbox.url(), email).await.status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 429, 200], "two for each address, by the limit that was set last");
}

#[tokio::test]
async fn an_operation_without_a_limit_of_its_own_keeps_that_of_its_api() {
    let builder = Sandbox::builder().rate_limit(RateLimit::new("list_users", 1, HOUR));
    let sandbox = start(builder.rate_limit(RateLimit::new("zapsign", 3, HOUR))).await;
    let first = list_users(sandbox.url()).await;
    assert_eq!(
        (first.status().as_u16(), &first.headers()["ratelimit-policy"]),
        (200, &r#""0";q=1;w=3600, "1";q=3;w=3600"#.parse().expect("a header"))
    );
    assert_eq!(list_users(sandbox.url()).await.status(), 429);
}

#[tokio::test]
async fn no_header_tells_of_a_limit() {
    let builder = Sandbox::builder().rate_limit(RateLimit::new("zapsign", 1, HOUR)).rate_limit_headers(false);
    let sandbox = start(builder).await;
    for status in [200, 429] {
        let answer = list_users(sandbox.url()).await;
        assert_eq!(answer.status(), status);
        assert!(HINTS.iter().all(|name| !answer.headers().contains_key(*name)), "{:?}", answer.headers());
    }
}

#[tokio::test]
async fn the_published_limits_do_not_count_if_none_is_enforced() {
    let sandbox = start(Sandbox::builder().rate_limit(RateLimit::new("zapsign", 1, HOUR)).limits(false)).await;
    for _ in 0..2 {
        assert_eq!(list_users(sandbox.url()).await.status(), 200);
    }
}

#[tokio::test]
#[should_panic(expected = "there is no API and no operation `zapsing`; the most similar one is `zapsign`")]
async fn a_limit_of_nothing_is_refused() {
    let _ = start(Sandbox::builder().rate_limit(RateLimit::new("zapsing", 1, HOUR))).await;
}

#[tokio::test]
async fn the_command_line_sets_them_too() {
    let flags = ["--port", "0", "--rate-limit", "zapsign=1/1h", "--rate-limit", "create_client=2/1h"];
    let program = run(&[("SANDBOX_NO_RATE_LIMIT_HEADERS", "1")], &flags);
    assert_eq!(list_users(&program.url).await.status(), 200);
    let refused = list_users(&program.url).await;
    assert_eq!((refused.status().as_u16(), refused.headers().contains_key("retry-after")), (429, false));

    let program = run(&[("SANDBOX_RATE_LIMIT", "zapsign=9/1h,create_client=2/1h")], &["--port", "0"]);
    for status in [200, 200, 429] {
        assert_eq!(create_client(&program.url, "it@acme.example").await.status(), status);
    }

    let output = command(&[], &["--rate-limit", "zapsing=40/2s"]).output().expect("it starts");
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(
        stderr.contains("there is no API and no operation `zapsing`; the most similar one is `zapsign`"),
        "{stderr}"
    );
}
