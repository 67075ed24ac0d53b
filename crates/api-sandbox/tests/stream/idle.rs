//! `Sandbox::idle` waits for calls of vendors, and not for pages.

use std::future::ready;
use std::time::Duration;

use api_sandbox::{Fault, FaultRule, Sandbox};
use reqwest::Method;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::yield_now;
use tokio::time::timeout;

use super::clock::hold_clock;
use super::control::control;
use super::events::Events;
use super::{sandbox, zapsign};

#[tokio::test]
async fn an_open_page_does_not_hold_up_idle() {
    let sandbox = sandbox().await;
    let address = sandbox.url().strip_prefix("http://").expect("http").to_owned();
    let mut stream = Events::open(sandbox.url(), "").await;
    stream.first_page().await;
    let kept = reqwest::Client::new();
    for path in ["/sandbox/state", "/sandbox/assets/page.css", "/"] {
        kept.get(format!("{}{path}", sandbox.url())).send().await.expect("an answer");
    }
    // A browser opens connections in advance. After the answer, this one is accepted.
    let _silent = TcpStream::connect(&address).await.expect("it listens");
    control(&sandbox, "GET", "health", "").await;
    timeout(Duration::from_secs(10), sandbox.idle()).await.expect("nobody calls a vendor");
    zapsign(&sandbox, Method::GET, "/api/v1/docs/", Value::Null).await;
    stream.until(|event| event.name == "request").await;
}

/// Returns `true` if the sandbox is idle now.
async fn is_idle(sandbox: &Sandbox) -> bool {
    tokio::select! { biased; () = sandbox.idle() => true, () = ready(()) => false }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_in_progress_holds_up_idle() {
    let _hold = hold_clock();
    let sandbox = sandbox().await;
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().expect("it builds");
    // The connection is that of a page first.
    let page = reqwest::Client::new();
    for client in [&client, &page] {
        let call = async |path: &str| client.get(format!("{}{path}", sandbox.url())).send().await.expect("an answer");
        call("/sandbox/state").await.bytes().await.expect("a body");
        sandbox.inject(FaultRule::next(1, Fault::Delay { milliseconds: 1_000 }));
        let before = sandbox.request_count();
        let slow = call("/api/v1/docs/");
        tokio::pin!(slow);
        while sandbox.request_count() == before {
            tokio::select! { biased; _ = &mut slow => panic!("it is slow"), () = yield_now() => {} }
        }
        for _ in 0..10 {
            control(&sandbox, "GET", "health", "").await;
            assert!(!is_idle(&sandbox).await, "a call is in progress");
        }
        tokio::time::advance(Duration::from_millis(1_001)).await;
        slow.await.bytes().await.expect("a body");
        // A control endpoint makes the connection one of a page again.
        call("/sandbox/state").await.bytes().await.expect("a body");
        let mut looks = 0;
        while !is_idle(&sandbox).await {
            control(&sandbox, "GET", "health", "").await;
            looks += 1;
            assert!(looks < 1_000, "no call is in progress");
        }
    }
}

#[tokio::test]
async fn a_stream_ends_with_the_sandbox() {
    let sandbox = sandbox().await;
    let mut stream = Events::open(sandbox.url(), "").await;
    stream.first_page().await;
    assert_eq!(control(&sandbox, "GET", "health", "").await.0, 200);
    drop(sandbox);
    let ended = async { while let Ok(Some(_)) = stream.response.chunk().await {} };
    timeout(Duration::from_secs(10), ended).await.expect("it ends");
}
