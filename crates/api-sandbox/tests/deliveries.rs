//! Deliveries: attempts, retries by the clock, replays, and the answers of the receiver.
#![allow(missing_docs)]

#[path = "support/clock.rs"]
mod clock;
#[path = "support/control.rs"]
mod control;

use std::collections::{HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api_sandbox::{Delivery, DeliveryOutcome, Sandbox, Seed, Trigger};
use axum::Router;
use axum::body::Bytes;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use clock::hold_clock;
use control::control;
use dialog360_api::webhooks::Signature;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use zapsign_api::types;
use zapsign_api::webhooks::SecretHeader;

/// Receiver of deliveries with the answers that it is told to give, and then 200.
#[derive(Clone, Default)]
struct Receiver {
    url: String,
    answers: Arc<Mutex<VecDeque<(StatusCode, &'static str)>>>,
    came: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
    connections: Arc<Mutex<HashSet<SocketAddr>>>,
}

impl Receiver {
    async fn start(answers: &[(u16, &'static str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook?secret=s", listener.local_addr().expect("an address"));
        let answers = answers.iter().map(|(status, body)| (StatusCode::from_u16(*status).expect("a status"), *body));
        let receiver = Self { url, answers: Arc::new(Mutex::new(answers.collect())), ..Self::default() };
        let Self { answers, came, connections, .. } = receiver.clone();
        let take = move |ConnectInfo(address): ConnectInfo<SocketAddr>, headers: HeaderMap, body: Bytes| async move {
            connections.lock().expect("it is free").insert(address);
            came.lock().expect("it is free").push((headers, body));
            let answer = answers.lock().expect("it is free").pop_front();
            let (status, body) = answer.unwrap_or((StatusCode::OK, "taken"));
            let headers = [("retry-after", "7"), ("set-cookie", "session=s"), ("location", "/other")];
            (status, headers, body).into_response()
        };
        let app = Router::new().fallback(take).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        receiver
    }

    fn came(&self) -> Vec<(HeaderMap, Bytes)> {
        self.came.lock().expect("it is free").clone()
    }
}

async fn sandbox() -> Sandbox {
    Sandbox::builder().limits(false).start().await.expect("a free port")
}

async fn create_document(sandbox: &Sandbox) {
    let builder = zapsign_api::Client::builder().api_token(sandbox.credentials().api_token.as_str());
    let client = builder.base_url(sandbox.url()).rate_limiting(false).build().expect("it builds");
    let body = types::CreateDocument::builder()
        .name("Lease")
        .content(types::CreateDocumentContent::MarkdownText("# Contract".into()));
    client.create_document().body(&body.build()).send().await.expect("it is created");
}

async fn zapsign_webhook(sandbox: &Sandbox, url: &str) {
    zapsign_webhook_with(sandbox, url, "X-Webhook-Secret", "shared").await;
}

/// Registers a webhook of ZapSign's with this header.
async fn zapsign_webhook_with(sandbox: &Sandbox, url: &str, name: &'static str, value: &str) {
    let builder = zapsign_api::Client::builder().api_token(sandbox.credentials().api_token.as_str());
    let client = builder.base_url(sandbox.url()).rate_limiting(false).build().expect("it builds");
    let header = SecretHeader::new(name, value).expect("a secret");
    let body = types::CreateWebhook::builder().url(url).type_("".into()).headers(vec![(&header).into()]).build();
    client.create_webhook().body(&body).send().await.expect("it is registered");
}

/// Registers a webhook of 360dialog's, and creates a client.
async fn create_client(sandbox: &Sandbox, url: &str) {
    let credentials = sandbox.credentials();
    let builder = dialog360_api::Client::builder().api_key(credentials.api_key.as_str()).base_url(sandbox.url());
    let client = builder.build().expect("it builds");
    let partner = dialog360_api::types::PartnerId::new(credentials.partner_id.as_str()).expect("an id");
    let body = dialog360_api::types::SetWebhookUrl::builder().webhook_url(url).build();
    client.set_webhook_url().partner_id(&partner).body(&body).send().await.expect("it is set");
    let body = dialog360_api::types::CreateClient::builder().name("Acme").email("it@acme.example").build();
    client.create_client().partner_id(&partner).body(&body).send().await.expect("it is created");
}

async fn settled(sandbox: &Sandbox, id: u64) -> Delivery {
    sandbox.delivered().await;
    sandbox.delivery(id).expect("it is kept")
}

/// Returns the status of each attempt, and if it is a replay.
fn attempts(delivery: &Delivery) -> Vec<(u16, bool)> {
    let attempts = delivery.attempts.iter();
    let status = |outcome| match outcome {
        DeliveryOutcome::Answered(status) => status,
        _ => 0,
    };
    attempts.map(|attempt| (status(attempt.outcome), attempt.replay)).collect()
}

#[tokio::test(start_paused = true)]
async fn zapsign_tries_once_more_after_five_seconds_and_a_half() {
    let _hold = hold_clock();
    let sandbox = sandbox().await;
    let receiver = Receiver::start(&[(503, "busy"), (200, "taken"), (404, ""), (302, ""), (201, "")]).await;
    zapsign_webhook(&sandbox, &receiver.url).await;
    create_document(&sandbox).await;
    let delivery = settled(&sandbox, 1).await;
    assert_eq!((attempts(&delivery), delivery.is_delivered()), (vec![(503, false)], false));
    assert_eq!(delivery.retry_at, Some(delivery.attempts[0].time + Duration::from_millis(5500)));
    let answer = &delivery.attempts[0];
    assert_eq!(answer.response_body, "busy");
    let names = answer.response_headers.keys().map(|name| name.as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["content-type", "location", "retry-after"], "a cookie is not kept");
    let shown = format!("{delivery:?}");
    assert!(shown.contains("Answered(503)") && !shown.contains("busy") && !shown.contains("hook"), "{shown}");

    sandbox.advance(Duration::from_secs(5));
    assert_eq!(settled(&sandbox, 1).await.attempts.len(), 1);
    sandbox.advance(Duration::from_secs(1));
    let delivery = settled(&sandbox, 1).await;
    assert_eq!((attempts(&delivery), delivery.is_delivered()), (vec![(503, false), (200, false)], true));
    assert_eq!(receiver.came()[0].1, receiver.came()[1].1);

    // Nothing after the second failure; a redirect is one, and is not followed.
    create_document(&sandbox).await;
    sandbox.delivered().await;
    sandbox.advance(Duration::from_secs(3600));
    let delivery = settled(&sandbox, 2).await;
    assert_eq!((attempts(&delivery), delivery.retry_at), (vec![(404, false), (302, false)], None));
    create_document(&sandbox).await;
    assert!(settled(&sandbox, 3).await.is_delivered(), "any 2xx is a success");
    assert_eq!(receiver.came().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn dialog360_tries_again_after_any_answer_but_200() {
    let _hold = hold_clock();
    let sandbox = sandbox().await;
    let receiver = Receiver::start(&[(201, ""), (500, ""), (202, "")]).await;
    create_client(&sandbox, &receiver.url).await;
    let mut seconds = Vec::new();
    for number in 1..=3 {
        let delivery = settled(&sandbox, 1).await;
        assert_eq!((delivery.attempts.len(), delivery.is_delivered()), (number, false));
        let last = delivery.attempts.last().expect("one").time;
        seconds.push(delivery.retry_at.map(|at| at.duration_since(last).expect("it comes later").as_secs()));
        sandbox.advance(Duration::from_secs(60));
    }
    assert_eq!(seconds, [Some(10), Some(60), None]);
    sandbox.advance(Duration::from_secs(86400));
    let delivery = settled(&sandbox, 1).await;
    assert_eq!(attempts(&delivery), [(201, false), (500, false), (202, false)]);
}

#[tokio::test]
async fn no_connection_stays_open_after_an_attempt() {
    let sandbox = sandbox().await;
    let receiver = Receiver::start(&[]).await;
    zapsign_webhook(&sandbox, &receiver.url).await;
    for _ in 0..3 {
        create_document(&sandbox).await;
        sandbox.delivered().await;
    }
    let connections = receiver.connections.lock().expect("it is free").len();
    assert_eq!((receiver.came().len(), connections), (3, 3));
}

#[tokio::test]
async fn a_content_type_that_is_registered_is_sent_alone() {
    let sandbox = sandbox().await;
    let receiver = Receiver::start(&[]).await;
    zapsign_webhook_with(&sandbox, &receiver.url, "Content-Type", "application/vnd.acme+json").await;
    zapsign_webhook(&sandbox, &receiver.url).await;
    create_document(&sandbox).await;
    sandbox.delivered().await;
    let came = receiver.came();
    let types = came.iter().map(|(headers, _)| headers.get_all("content-type").iter().collect());
    let types: Vec<Vec<_>> = types.collect();
    assert_eq!(types.concat(), ["application/vnd.acme+json", "application/json"]);
}

#[tokio::test]
async fn a_url_to_which_nothing_is_sent_any_more_has_no_task() {
    let sandbox = sandbox().await;
    let before = Handle::current().metrics().num_alive_tasks();
    for number in 0..100 {
        let trigger = Trigger::event("doc_viewed").url(format!("http://127.0.0.1:9/{number}"));
        sandbox.trigger(trigger).expect("it is sent");
    }
    sandbox.delivered().await;
    assert_eq!(sandbox.deliveries().len(), 100);
    let left = Handle::current().metrics().num_alive_tasks() - before;
    assert!(left < 10, "{left} tasks are left");
}

#[tokio::test(start_paused = true)]
async fn a_replay_is_the_same_event_in_one_attempt() {
    let _hold = hold_clock();
    let sandbox = sandbox().await;
    let receiver = Receiver::start(&[(500, ""), (500, ""), (500, ""), (500, "")]).await;
    zapsign_webhook(&sandbox, &receiver.url).await;
    create_document(&sandbox).await;
    create_client(&sandbox, &receiver.url).await;
    sandbox.delivered().await;
    assert!(sandbox.replay_delivery(2) && !sandbox.replay_delivery(3));
    let replayed = settled(&sandbox, 2).await;
    assert_eq!(attempts(&replayed), [(500, false), (500, true)]);
    sandbox.advance(Duration::from_secs(6));
    assert_eq!(attempts(&settled(&sandbox, 1).await), [(500, false), (500, false)], "the only retry");
    assert_eq!(sandbox.replay_failed(), [1, 2]);
    let (document, client) = (settled(&sandbox, 1).await, settled(&sandbox, 2).await);
    assert_eq!(attempts(&document), [(500, false), (500, false), (200, true)]);
    assert!(document.is_delivered() && client.is_delivered() && sandbox.replay_failed().is_empty());
    // What a replay delivered is not tried again.
    assert_eq!(client.retry_at, None);
    sandbox.advance(Duration::from_secs(3600));
    assert_eq!(settled(&sandbox, 2).await.attempts.len(), 3);

    let came = receiver.came();
    let secret = sandbox.credentials().platform_secret.clone().expect("a secret");
    let signature = Signature::new([secret.as_str()]).expect("a secret");
    let of_client = came.iter().filter(|(_, body)| body.windows(14).any(|text| text == b"client_created"));
    let (mut count, mut bodies) = (0, Vec::new());
    for (headers, body) in of_client {
        signature.verify_request(headers, body).expect("it is signed");
        count += 1;
        bodies.push(body);
    }
    bodies.dedup();
    assert_eq!((count, bodies.len()), (3, 1), "the same id of the event");
    let with_secret = came.iter().filter(|(headers, _)| headers.get("x-webhook-secret").is_some());
    assert_eq!(with_secret.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn deliveries_are_shown_and_replayed_by_hand() {
    let _hold = hold_clock();
    let sandbox = sandbox().await;
    let long: &'static str = Box::leak("x".repeat(70_000).into_boxed_str());
    let receiver = Receiver::start(&[(500, long)]).await;
    zapsign_webhook(&sandbox, &receiver.url).await;
    zapsign_webhook(&sandbox, "http://127.0.0.1:9/").await;
    create_document(&sandbox).await;
    let (_, all) = control(&sandbox, "GET", "deliveries?wait=true", "").await;
    let attempt = &all[0]["attempts"][0];
    assert_eq!(
        (&attempt["status"], &attempt["failure"], &attempt["replay"]),
        (&json!(500), &json!(null), &json!(false))
    );
    assert_eq!(attempt["headers"]["retry-after"], "7");
    assert_eq!(attempt["body"].as_str().map(str::len), Some(64 * 1024));
    assert_eq!((&all[0]["vendor"], &all[0]["delivered"]), (&json!("zapsign"), &json!(false)));
    assert!(all[0]["time"].is_string() && all[0]["retry_at"].is_string());
    assert_eq!(all[1]["attempts"][0]["failure"], "unreachable");
    assert_eq!(control(&sandbox, "GET", "deliveries?after=1", "").await.1.as_array().map(Vec::len), Some(1));

    let (status, replayed) = control(&sandbox, "POST", "deliveries/1/replay", "").await;
    assert_eq!((status, replayed), (200, json!({"replayed": [1]})));
    sandbox.delivered().await;
    let (_, delivery) = control(&sandbox, "GET", "deliveries/1", "").await;
    assert_eq!((&delivery["delivered"], &delivery["attempts"][1]["replay"]), (&json!(true), &json!(true)));
    assert_eq!(delivery["attempts"][1]["body"], "taken");
    let failed = control(&sandbox, "POST", "deliveries/replay", r#"{"failed": true}"#).await;
    assert_eq!(failed, (200, json!({"replayed": [2]})));

    for (method, path, body, status) in [
        ("GET", "deliveries?wait=yes", "", 400),
        ("GET", "deliveries?since=1", "", 400),
        ("GET", "deliveries/9", "", 404),
        ("GET", "deliveries/x", "", 404),
        ("POST", "deliveries/9/replay", "", 404),
        ("POST", "deliveries/replay", r#"{"failed": false}"#, 400),
        ("POST", "deliveries/replay", r#"{"all": true}"#, 400),
    ] {
        let (answered, error) = control(&sandbox, method, path, body).await;
        assert_eq!((answered, error["error"].is_string()), (status, true), "{path} {body}: {error}");
    }
}

#[tokio::test]
async fn the_clock_goes_ahead_and_never_back() {
    let sandbox = sandbox().await;
    let now = sandbox.now();
    let error = sandbox.set_clock(now - Duration::from_secs(1)).expect_err("it is in the past");
    assert!(error.to_string().ends_with("and the clock does not go back: set a later time, or start another sandbox"));
    sandbox.set_clock(now + Duration::from_secs(3600)).expect("it is ahead");
    assert!(sandbox.now() >= now + Duration::from_secs(3600) && sandbox.now() < now + Duration::from_secs(3660));
    for body in [
        r#"{"set": "2001-02-03T04:05:06Z"}"#,
        r#"{"advance": "-1h"}"#,
        r#"{"advance": 1}"#,
        r#"{"advance": "1mo"}"#,
        "{}",
    ] {
        let (status, error) = control(&sandbox, "POST", "clock", body).await;
        assert_eq!((status, error["error"].is_string()), (400, true), "{body}: {error}");
    }
    let (_, set) = control(&sandbox, "POST", "clock", r#"{"set": "2100-02-03T04:05:06Z"}"#).await;
    assert_eq!(set, json!({"now": "2100-02-03T04:05:06Z"}));
    let (_, advanced) = control(&sandbox, "POST", "clock", r#"{"advance": "1h"}"#).await;
    let shown = control(&sandbox, "GET", "clock", "").await.1["now"].as_str().expect("a time").to_owned();
    assert!(shown.starts_with("2100-02-03T05:") && advanced["now"].as_str() <= Some(&shown), "{advanced} {shown}");
    let (_, days) = control(&sandbox, "POST", "clock", r#"{"advance": "1w 2d"}"#).await;
    assert!(days["now"].as_str().is_some_and(|now| now.starts_with("2100-02-12T05:")), "{days}");
    // The end of the calendar is no end of the sandbox.
    sandbox.advance(Duration::MAX);
    assert_eq!(control(&sandbox, "GET", "requests", "").await.0, 200);
    create_document(&sandbox).await;
}

#[tokio::test]
async fn no_delivery_goes_to_an_endpoint_of_the_sandbox_that_is_no_inbox() {
    let sandbox = sandbox().await;
    let (_, port) = sandbox.url().rsplit_once(':').expect("a port");
    let paths = ["deliveries/1/replay", "reset", "./events/../deliveries/1/replay"];
    let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("0.0.0.0:{port}")];
    for (host, path) in hosts.iter().flat_map(|host| paths.map(|path| (host, path))) {
        zapsign_webhook(&sandbox, &format!("http://{host}/sandbox/{path}")).await;
    }
    zapsign_webhook(&sandbox, &format!("{}/sandbox/inbox/a", sandbox.url())).await;
    create_document(&sandbox).await;
    sandbox.delivered().await;
    sandbox.advance(Duration::from_secs(3600));
    sandbox.delivered().await;
    let deliveries = sandbox.deliveries();
    assert_eq!(deliveries.len(), 10);
    for delivery in &deliveries {
        let outcome = match delivery.url.as_str() {
            url if url.contains("/inbox/") => DeliveryOutcome::Answered(200),
            // It is no address of this machine, and refused before.
            url if url.contains("0.0.0.0") => DeliveryOutcome::NotOnThisMachine,
            _ => DeliveryOutcome::OwnEndpoint,
        };
        let outcomes: Vec<_> = delivery.attempts.iter().map(|attempt| attempt.outcome).collect();
        assert_eq!(outcomes, [outcome], "{}", delivery.url);
    }
    let (_, shown) = control(&sandbox, "GET", "deliveries/1", "").await;
    assert_eq!(
        (&shown["attempts"][0]["failure"], &shown["attempts"][0]["status"]),
        (&json!("own_endpoint"), &json!(null))
    );

    let anywhere = Sandbox::builder().limits(false).deliver_anywhere(true).allow_host("0.0.0.0").start().await;
    let anywhere = anywhere.expect("a free port");
    let url = anywhere.url().replace("127.0.0.1", "0.0.0.0");
    zapsign_webhook(&anywhere, &format!("{url}/sandbox/deliveries/1/replay")).await;
    create_document(&anywhere).await;
    // It would deliver itself for ever.
    let delivery = tokio::time::timeout(Duration::from_secs(20), settled(&anywhere, 1)).await.expect("it ends");
    assert_eq!(delivery.outcome(), Some(DeliveryOutcome::OwnEndpoint));
}

#[tokio::test]
async fn no_delivery_acts_as_a_signer() {
    let seed = json!({"zapsign": {"documents": [{"name": "Lease", "signers": [{"token": "ana", "name": "Ana"}]}]}});
    let builder = Sandbox::builder().load(Seed::from_json(&seed.to_string()).expect("a seed")).deliver_anywhere(true);
    let sandbox = builder.allow_host("0.0.0.0").limits(false).start().await.expect("a free port");
    let builder = zapsign_api::Client::builder().api_token(sandbox.credentials().api_token.as_str());
    let client = builder.base_url(sandbox.url()).rate_limiting(false).build().expect("it builds");
    let page = format!("{}/verificar/ana/read", sandbox.url());
    for host in ["127.0.0.1", "localhost", "d360.localhost", "0.0.0.0"] {
        let url = page.replace("127.0.0.1", host);
        let body = types::CreateWebhook::builder().url(url).type_("doc_read_confirmation".into()).build();
        client.create_webhook().body(&body).send().await.expect("it is registered");
    }
    sandbox.confirm_reading("ana").expect("it is not signed");
    // Each would confirm the reading again, and that would be delivered again.
    tokio::time::timeout(Duration::from_secs(20), sandbox.delivered()).await.expect("it ends");
    let outcomes: Vec<_> = sandbox.deliveries().iter().map(Delivery::outcome).collect();
    assert_eq!(outcomes, [Some(DeliveryOutcome::OwnEndpoint); 4]);
}

#[tokio::test]
async fn the_body_of_a_delivery_is_kept_as_it_was_sent() {
    let sandbox = sandbox().await;
    let receiver = Receiver::start(&[]).await;
    zapsign_webhook(&sandbox, &receiver.url).await;
    create_document(&sandbox).await;
    let delivery = settled(&sandbox, 1).await;
    assert_eq!(delivery.text(), &receiver.came()[0].1);
    assert_eq!(delivery.body()["name"], "Lease");
    let (_, shown) = control(&sandbox, "GET", "deliveries/1", "").await;
    assert_eq!(shown["body"], delivery.body());
    let copy = delivery.clone();
    assert_eq!(copy.text().as_ptr(), delivery.text().as_ptr(), "a copy of a delivery has no copy of its body");
}
