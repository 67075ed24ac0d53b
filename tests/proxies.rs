//! Proxies of the environment, through which no request to this machine is sent.
#![allow(missing_docs)]

use std::env;
use std::process::Command;
use std::time::Duration;

use conformance::recorder::{Recorder, Reply};
use dialog360_api::{Client, RetryPolicy};

const BASE_URL: &str = "TEST_BASE_URL";
/// Variables from which reqwest or a tool beside it reads a proxy.
const PROXIES: [&str; 6] = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Runs one of the tests below in a process of its own, whose environment sets a proxy for every scheme.
async fn run(test: &'static str, base_url: String, proxy: String) {
    let child = move || {
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.args(["--exact", test, "--ignored"]).env(BASE_URL, base_url);
        // With this variable, reqwest takes the process for a CGI script and ignores `HTTP_PROXY`.
        command.env_remove("REQUEST_METHOD").env_remove("NO_PROXY").env_remove("no_proxy");
        command.envs(PROXIES.map(|name| (name, proxy.as_str())));
        command.output().expect("it runs")
    };
    let output = tokio::task::spawn_blocking(child).await.expect("no panic");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
}

/// Makes one call, optionally with an HTTP client of the caller's.
async fn call(given: Option<reqwest::Client>) {
    let base_url = env::var(BASE_URL).expect("the parent sets it");
    let builder = Client::builder().api_key("the-key").base_url(base_url).attempt_timeout(Duration::from_secs(30));
    let builder = match given {
        Some(client) => builder.danger_http_client(client),
        None => builder.configure_http(|http| {
            http.proxy(reqwest::Proxy::all(env::var("ALL_PROXY").expect("the parent sets it")).expect("a proxy"))
        }),
    };
    let client = builder.build().expect("it builds");
    client.request(reqwest::Method::GET, "/ships").send().await.expect("it is answered");
}

#[tokio::test]
#[ignore = "runs in a process of its own"]
async fn child_with_our_own_client() {
    call(None).await;
}

#[tokio::test]
#[ignore = "runs in a process of its own"]
async fn child_with_a_given_client() {
    call(Some(reqwest::Client::new())).await;
}

#[tokio::test]
#[ignore = "runs in a process of its own"]
async fn child_with_a_vendor_elsewhere() {
    let base_url = env::var(BASE_URL).expect("the parent sets it");
    let client = Client::builder().api_key("the-key").base_url(base_url).retry(RetryPolicy::never());
    let client = client.build().expect("it builds");
    let error = client.request(reqwest::Method::GET, "/ships").send().await.expect_err("the proxy makes no tunnel");
    assert!(!error.may_have_reached_server(), "{error}");
}

#[tokio::test]
async fn a_proxy_is_asked_for_a_tunnel_and_sees_no_key() {
    let proxy = Recorder::start(Reply::new(403, "", "")).await;
    run("child_with_a_vendor_elsewhere", "https://vendor.example".to_owned(), proxy.url().to_owned()).await;
    let received = proxy.take();
    assert_eq!(received.len(), 1);
    assert_eq!((received[0].method.as_str(), received[0].uri.to_string().as_str()), ("CONNECT", "vendor.example:443"));
    assert!(!format!("{received:?}").contains("the-key"));
}

#[tokio::test]
async fn nothing_for_this_machine_goes_through_a_proxy() {
    let answer = Reply::new(200, "application/json", "{}");
    let (server, proxy) = (Recorder::start(answer.clone()).await, Recorder::start(answer).await);
    let by_name = server.url().replace("127.0.0.1", "localhost");
    for base_url in [server.url(), &by_name] {
        run("child_with_our_own_client", base_url.to_owned(), proxy.url().to_owned()).await;
        let received = server.take();
        assert_eq!(received.len(), 1, "{base_url}");
        assert_eq!(received[0].headers["x-api-key"], "the-key");
        assert!(proxy.take().is_empty(), "{base_url} went through the proxy");
    }

    // The environment does set a proxy: a provided client keeps it.
    run("child_with_a_given_client", server.url().to_owned(), proxy.url().to_owned()).await;
    assert_eq!((server.take().len(), proxy.take().len()), (0, 1));
}
