//! Statuses and behaviors as a page shows them, and rows that no longer pass a filter.

use api_sandbox::{Behavior, Fault, FaultRule, InboxAnswer, Trigger};
use reqwest::{Client, redirect::Policy};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::control::control;
use super::events::{Event, Events};
use super::{sandbox, told};

#[tokio::test]
async fn a_filter_finds_the_status_that_the_client_got() {
    let sandbox = sandbox().await;
    let client = Client::builder().redirect(Policy::none()).build().expect("a client");
    for (number, fault) in (1_u64..).zip(Fault::every_kind()) {
        sandbox.inject(FaultRule::next(1, fault.clone()));
        let url = format!("{}/api/v1/docs/", sandbox.url());
        let request = client.get(url).bearer_auth(&sandbox.credentials().api_token);
        let status = request.send().await.ok().map(|answer| answer.status().as_u16());
        let (_, shown) = control(&sandbox, "GET", &format!("requests/{number}"), "").await;
        assert_eq!(shown["client_status"], json!(status), "{fault:?}");
        let found = |status: u16| {
            let path = format!("requests?after={}&status={}xx", number - 1, status / 100);
            let sandbox = &sandbox;
            async move { control(sandbox, "GET", &path, "").await.1.as_array().map(Vec::len) }
        };
        for class in [200, 300, 400, 500] {
            let matches = status.is_some_and(|status| status / 100 == class / 100);
            assert_eq!(found(class).await, Some(usize::from(matches)), "{fault:?} {class}");
        }
    }
}

#[tokio::test]
async fn a_request_is_cancelled_if_its_client_closes_the_connection() {
    let sandbox = sandbox().await;
    sandbox.inject(FaultRule::next(1, Fault::Delay { milliseconds: 3_600_000 }));
    let mut stream = Events::open(sandbox.url(), "").await;
    stream.first_page().await;
    let address = sandbox.url().strip_prefix("http://").expect("http");
    let mut client = TcpStream::connect(address).await.expect("it listens");
    client.write_all(b"GET /api/v1/docs/ HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("it is open");
    let events = stream.until(|event| event.name == "request").await;
    assert_eq!(told(&events, "request", &["/cancelled"]), [json!([false])]);
    drop(client);
    let events = stream.until(|event| event.name == "request").await;
    assert_eq!(told(&events, "request", &["/number", "/cancelled", "/status"]), [json!([1, true, null])]);
    assert_eq!(control(&sandbox, "GET", "requests?status=failed", "").await.1[0]["number"], 1);
    assert!(sandbox.requests()[0].cancelled);
    super::list_documents(&sandbox).await;
    assert!(!sandbox.requests()[1].cancelled);
}

#[tokio::test]
async fn a_reader_is_told_what_became_of_a_delivery_that_no_longer_passes() {
    let sandbox = sandbox().await;
    sandbox.answer_inbox("a", InboxAnswer::status(503));
    for _ in 0..2 {
        sandbox.trigger(Trigger::event("doc_viewed").url(sandbox.inbox_url("a"))).expect("it is delivered");
    }
    sandbox.delivered().await;
    let mut stream = Events::open(sandbox.url(), "?status=failed").await;
    let page = stream.first_page().await;
    assert_eq!(told(&page, "delivery", &["/id", "/delivered"]), [json!([1, false]), json!([2, false])]);
    sandbox.answer_inbox("a", InboxAnswer::status(200));
    assert_eq!(control(&sandbox, "POST", "deliveries/1/replay", "").await.0, 200);
    stream.until(|event| event.name == "delivery" && event.data["id"] == 1 && event.data["delivered"] == true).await;

    sandbox.trigger(Trigger::event("doc_viewed").url(sandbox.inbox_url("a"))).expect("it is delivered");
    sandbox.delivered().await;
    assert_eq!(control(&sandbox, "POST", "deliveries/2/replay", "").await.0, 200);
    let is_last = |event: &Event| event.name == "delivery" && event.data["id"] == 2 && event.data["delivered"] == true;
    let events = stream.until(is_last).await;
    assert!(told(&events, "delivery", &["/id"]).iter().all(|id| id[0] == 2), "3 has never passed: {events:?}");
    let page = Events::open(sandbox.url(), "?status=failed").await.first_page().await;
    assert_eq!(told(&page, "delivery", &["/id"]), [Value::Null; 0], "a new reader is told of none that is delivered");
}

#[tokio::test]
async fn a_change_of_the_behaviors_is_told() {
    let sandbox = sandbox().await;
    let mut stream = Events::open(sandbox.url(), "").await;
    assert_eq!(told(&stream.first_page().await, "behaviors", &["/0"]), [json!([null])]);
    sandbox.set_behaviors([Behavior::NoApiPlan]);
    let events = stream.until(|event| event.name == "behaviors").await;
    assert_eq!(told(&events, "behaviors", &["/0", "/1"]), [json!(["no-api-plan", null])]);
}

#[tokio::test]
async fn deliveries_come_a_page_at_a_time() {
    let sandbox = sandbox().await;
    for _ in 0..4 {
        sandbox.trigger(Trigger::event("doc_viewed").url(sandbox.inbox_url("a"))).expect("it is delivered");
    }
    for (query, ids) in [("", json!([1, 2, 3, 4])), ("?after=1&limit=2", json!([2, 3])), ("?limit=0", json!([]))] {
        let (_, listed) = control(&sandbox, "GET", &format!("deliveries{query}"), "").await;
        let listed: Value = listed.as_array().expect("a list").iter().map(|delivery| delivery["id"].clone()).collect();
        assert_eq!(listed, ids, "{query}");
    }
}
