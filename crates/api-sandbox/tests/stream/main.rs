//! Stream of what happens, and the endpoints that a page reads.
#![allow(missing_docs)]

#[path = "../support/clock.rs"]
mod clock;
#[path = "../support/control.rs"]
mod control;
#[path = "../support/events.rs"]
mod events;
mod filters;
mod idle;
mod requests;
mod secrets;

use std::time::Duration;

use api_sandbox::{Fault, FaultRule, FaultStage, RetryAfterHint, Sandbox};
use control::control;
use events::{Event, Events, names};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;

async fn sandbox() -> Sandbox {
    Sandbox::builder().limits(false).start().await.expect("a free port")
}

/// Sends a request with the API token of ZapSign. Returns the status.
async fn zapsign(sandbox: &Sandbox, method: Method, path: &str, body: Value) -> u16 {
    let request = Client::new().request(method, format!("{}{path}", sandbox.url()));
    let request = request.bearer_auth(&sandbox.credentials().api_token).header("content-type", "application/json");
    let body = if body.is_null() { String::new() } else { body.to_string() };
    request.body(body).send().await.expect("an answer").status().as_u16()
}

async fn list_documents(sandbox: &Sandbox) {
    assert_eq!(zapsign(sandbox, Method::GET, "/api/v1/docs/", Value::Null).await, 200);
}

async fn create_document(sandbox: &Sandbox, name: &str) {
    let body = json!({"name": name, "markdown_text": "# Lease", "signers": [{"name": "Ana"}]});
    assert_eq!(zapsign(sandbox, Method::POST, "/api/v1/docs/", body).await, 200);
}

/// Registers a webhook for the events of documents.
async fn subscribe(sandbox: &Sandbox, url: &str) {
    let body = json!({"url": url, "type": ""});
    assert_eq!(zapsign(sandbox, Method::POST, "/api/v1/user/company/webhook/", body).await, 200);
}

/// Returns the values at these pointers in the data of the events with this name.
fn told(events: &[Event], name: &str, pointers: &[&str]) -> Vec<Value> {
    let events = events.iter().filter(|event| event.name == name);
    events.map(|event| pointers.iter().map(|pointer| event.data.pointer(pointer).cloned()).collect()).collect()
}

#[tokio::test]
async fn a_stream_begins_with_what_is_there_and_goes_on_with_what_changes() {
    let sandbox = sandbox().await;
    subscribe(&sandbox, &format!("{}/sandbox/inbox/a", sandbox.url())).await;
    create_document(&sandbox, "Lease").await;
    sandbox.delivered().await;
    let mut stream = Events::open(sandbox.url(), "").await;
    let page = stream.first_page().await;
    assert_eq!(names(&page), ["request", "request", "delivery", "faults", "behaviors", "state", "clock"]);
    assert_eq!(
        told(&page, "request", &["/number", "/operation", "/method", "/status", "/served"]),
        [json!([1, "create_webhook", "POST", 200, true]), json!([2, "create_document", "POST", 200, true]),]
    );
    let request = &page[1].data;
    assert_eq!(
        (&request["vendor"], &request["uri"], &request["fault"]),
        (&json!("zapsign"), &json!("/api/v1/docs/"), &Value::Null)
    );
    assert!(
        request["request_bytes"].as_u64() > Some(60) && request["response_bytes"].as_u64() > Some(500),
        "{request}"
    );
    assert_eq!((request.get("body"), request.get("headers")), (None, None));
    let delivery = &page[2].data;
    assert_eq!(
        told(&page, "delivery", &["/id", "/event", "/delivered", "/in_progress", "/attempts/0/status"]),
        [json!([1, "doc_created", true, false, 200])]
    );
    assert_eq!((delivery.get("body"), delivery.get("headers")), (None, None));
    assert_eq!(page[3].data, control(&sandbox, "GET", "faults", "").await.1);
    assert_eq!(page[4].data, control(&sandbox, "GET", "behaviors", "").await.1);
    assert_eq!(page[5].data, control(&sandbox, "GET", "state", "").await.1);
    assert!(page.is_sorted_by_key(|event| event.id));

    // A request is told as it arrives and once more with its answer.
    sandbox.inject(FaultRule::next(1, Fault::Delay { milliseconds: 1_500 }));
    let faults = stream.until(|event| event.name == "faults").await;
    assert_eq!(faults[0].data[0]["next"], 1);
    list_documents(&sandbox).await;
    let events = stream.until(|event| event.name == "request" && event.data["status"] == 200).await;
    assert_eq!(
        told(&events, "request", &["/number", "/status", "/served", "/fault/kind"]),
        [json!([3, null, false, "delay"]), json!([3, 200, true, "delay"]),]
    );
    assert_eq!(told(&events, "faults", &["/0/hits", "/0/spent"]), [json!([1, true])]);

    sandbox.advance(Duration::from_secs(3600));
    let clock = stream.until(|event| event.name == "clock").await;
    assert!(clock[0].data["now"].as_str() > page[6].data["now"].as_str());
    create_document(&sandbox, "Offer").await;
    let state = stream.until(|event| event.name == "state").await;
    assert_eq!(
        state.last().map(|state| &state.data["zapsign"]["documents"]["latest"][0]["name"]),
        Some(&json!("Offer"))
    );
}

#[tokio::test]
async fn a_filter_is_of_vendor_operation_status_and_text() {
    let sandbox = sandbox().await;
    subscribe(&sandbox, &format!("{}/sandbox/inbox/a", sandbox.url())).await;
    subscribe(&sandbox, "http://127.0.0.1:9/hook").await;
    create_document(&sandbox, "Lease").await;
    assert_eq!(zapsign(&sandbox, Method::GET, "/api/v1/docs/none/", Value::Null).await, 404);
    let token = Client::new().post(format!("{}/api/v2/token", sandbox.url())).body("{}").send().await;
    token.expect("an answer");
    for fault in [
        Fault::TooManyRequests { hint: RetryAfterHint::None, seconds: 0, stage: FaultStage::AfterHandler },
        Fault::Reset { stage: FaultStage::AfterHandler },
    ] {
        sandbox.inject(FaultRule::next(1, fault));
        let _ = Client::new().get(format!("{}/api/v1/users/", sandbox.url())).send().await;
    }
    sandbox.delivered().await;
    for (query, requests, deliveries) in [
        ("?vendor=zapsign", &[1, 2, 3, 4, 6, 7][..], &[1, 2][..]),
        ("?vendor=dialog360", &[5], &[]),
        ("?vendor=zap", &[], &[]),
        ("?operation=Document", &[3, 4], &[]),
        ("?operation=doc_", &[], &[1, 2]),
        ("?status=2xx", &[1, 2, 3], &[1]),
        ("?status=404", &[4], &[]),
        ("?status=429", &[6], &[]),
        ("?status=403", &[], &[]),
        ("?status=failed", &[4, 5, 6, 7], &[2]),
        ("?text=POST+/api/v1/docs", &[3], &[]),
        ("?text=INBOX", &[], &[1]),
        ("?text=docs&status=4xx&vendor=&operation=", &[4], &[]),
    ] {
        let page = Events::open(sandbox.url(), query).await.first_page().await;
        let ids = |name, pointer| {
            let mut ids = told(&page, name, &[pointer]);
            ids.sort_by_key(|id| id[0].as_u64());
            ids.iter().map(|id| id[0].clone()).collect::<Value>()
        };
        assert_eq!(ids("request", "/number"), json!(requests), "{query}");
        assert_eq!(ids("delivery", "/id"), json!(deliveries), "{query}");
        assert_eq!(told(&page, "skipped", &["/requests"]), [Value::Null; 0], "{query}");
        if !query.contains("doc_") {
            let (_, listed) = control(&sandbox, "GET", &format!("requests{query}"), "").await;
            let listed: Vec<&Value> =
                listed.as_array().expect("a list").iter().map(|request| &request["number"]).collect();
            assert_eq!(json!(listed), json!(requests), "{query}");
        }
    }
    for (path, said) in [
        ("stream?status=ok", "there is no status `ok`"),
        ("requests?status=6xx", "there is no status `6xx`"),
        ("stream?state=1", "unknown field"),
    ] {
        let (status, error) = control(&sandbox, "GET", path, "").await;
        assert_eq!((status, error["error"].as_str().is_some_and(|error| error.contains(said))), (400, true), "{error}");
    }
    let (_, limited) = control(&sandbox, "GET", "requests?after=1&limit=2", "").await;
    assert_eq!(
        (&limited[0]["number"], &limited[1]["number"], limited.as_array().map(Vec::len)),
        (&json!(2), &json!(3), Some(2))
    );
    // A stream goes on with what passes.
    let mut stream = Events::open(sandbox.url(), "?status=404").await;
    stream.first_page().await;
    list_documents(&sandbox).await;
    assert_eq!(zapsign(&sandbox, Method::GET, "/api/v1/docs/none/", Value::Null).await, 404);
    let events = stream.until(|event| event.name == "request").await;
    assert_eq!(events.last().map(|event| &event.data["number"]), Some(&json!(9)));
}

#[tokio::test]
async fn a_stream_resumes_after_the_last_event_that_was_read() {
    let sandbox = sandbox().await;
    list_documents(&sandbox).await;
    list_documents(&sandbox).await;
    let page = Events::open(sandbox.url(), "").await.first_page().await;
    let (first, last) = (page[0].id, page.last().expect("a clock").id);
    let numbers = async |query: &str, id: Option<u64>| {
        let page = Events::resume(sandbox.url(), query, id).await.first_page().await;
        (told(&page, "request", &["/number"]), names(&page).contains(&"reset"))
    };
    assert_eq!(numbers("", Some(first)).await, (vec![json!([2])], false));
    assert_eq!(numbers("", Some(last)).await, (vec![], false));
    list_documents(&sandbox).await;
    assert_eq!(numbers("", Some(last)).await, (vec![json!([3])], false));
    assert_eq!(numbers(&format!("?last_event_id={last}"), None).await, (vec![json!([3])], false));
    // A browser repeats the query, in which an older one may be.
    assert_eq!(numbers(&format!("?last_event_id={first}"), Some(last)).await, (vec![json!([3])], false));
    let all = vec![json!([1]), json!([2]), json!([3])];
    for other in [0, 7, u64::MAX] {
        assert_eq!(numbers("", Some(other)).await, (all.clone(), true), "an id of another sandbox");
    }
    let other = self::sandbox().await;
    let page = Events::resume(other.url(), "", Some(last)).await.first_page().await;
    assert_eq!(names(&page), ["reset", "faults", "behaviors", "state", "clock"], "this sandbox was started later");
}

#[tokio::test]
async fn a_reset_tells_that_the_rows_are_gone() {
    let sandbox = sandbox().await;
    list_documents(&sandbox).await;
    let mut stream = Events::open(sandbox.url(), "").await;
    let page = stream.first_page().await;
    create_document(&sandbox, "Lease").await;
    stream.until(|event| event.name == "state").await;
    sandbox.reset();
    list_documents(&sandbox).await;
    let events = stream.until(|event| event.name == "request" && event.data["status"] == 200).await;
    assert_eq!(names(&events)[0], "reset");
    assert_eq!(events.last().map(|event| &event.data["number"]), Some(&json!(3)));
    let resumed = Events::resume(sandbox.url(), "", page.last().map(|clock| clock.id)).await.first_page().await;
    assert_eq!((names(&resumed)[0], told(&resumed, "request", &["/number"])), ("reset", vec![json!([3])]));
    let fresh = Events::open(sandbox.url(), "").await.first_page().await;
    assert_eq!(names(&fresh), ["request", "faults", "behaviors", "state", "clock"]);
    assert_eq!(fresh[3].data["zapsign"]["documents"]["count"], 0);
}

#[tokio::test]
async fn the_first_page_has_the_newest_rows_and_tells_of_the_others() {
    let sandbox = sandbox().await;
    let client = Client::new();
    for _ in 0..205 {
        client.get(format!("{}/api/v1/docs/", sandbox.url())).send().await.expect("an answer");
    }
    let page = Events::open(sandbox.url(), "").await.first_page().await;
    let numbers = told(&page, "request", &["/number"]);
    assert_eq!((numbers.len(), &numbers[0], &numbers[199]), (200, &json!([6]), &json!([205])));
    assert_eq!(told(&page, "skipped", &["/requests", "/deliveries"]), [json!([5, 0])]);
    let page = Events::open(sandbox.url(), "?text=none").await.first_page().await;
    assert_eq!(names(&page), ["faults", "behaviors", "state", "clock"], "those that do not pass are not missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_does_not_read_misses_rows_and_costs_no_memory() {
    let sandbox = sandbox().await;
    let address = sandbox.url().strip_prefix("http://").expect("http").parse().expect("an address");
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(16 * 1024).expect("a size");
    let mut slow = socket.connect(address).await.expect("it listens");
    slow.write_all(b"GET /sandbox/stream HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("it is open");
    let mut quick = Events::open(sandbox.url(), "").await;
    let client = Client::new();
    // More than the buffers of sockets hold: each row has a text of 12 KB, since JSON escapes its characters.
    let (body, stage) = ("\u{1}".repeat(2_048), FaultStage::AfterHandler);
    let large = Fault::Status { status: 500, body, media_type: "text/plain".to_owned(), stage };
    sandbox.inject(FaultRule::with_probability(1.0, vec![large]));
    const REQUESTS: u64 = 1_200;
    for number in 1..=REQUESTS {
        client.get(format!("{}/api/v1/docs/", sandbox.url())).send().await.expect("an answer");
        if number % 100 == 0 {
            let is_last = |event: &Event| event.data["number"] == number && event.data["served"] == true;
            let events = quick.until(is_last).await;
            assert!(!names(&events).contains(&"skipped"), "a quick reader misses nothing");
        }
    }
    let mut came = Vec::new();
    let mut buffer = vec![0; 1 << 20];
    // What the slow reader gets at last is what its sockets held, and then the newest rows.
    let last = format!("{{\"number\":{REQUESTS},");
    let mut searched = 0;
    while !String::from_utf8_lossy(&came[searched..]).contains(&last) {
        searched = came.len().saturating_sub(last.len());
        let read = tokio::time::timeout(Duration::from_secs(20), slow.read(&mut buffer)).await;
        let read = read.expect("something comes").expect("it reads");
        assert!(read > 0);
        came.extend_from_slice(&buffer[..read]);
    }
    let text = String::from_utf8_lossy(&came);
    assert!(text.contains("event: skipped\n"), "it missed some");
    let rows = text.matches("event: request\n").count();
    assert!(rows < 1_000, "{rows} rows were kept for it");
}
