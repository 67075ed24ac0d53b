//! Client-side rate limiter: calls wait for a slot under the published limits, and the server rejects none.
#![allow(missing_docs)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use conformance::virtual_time::VirtualTime;
use dialog360_api::types::{CreateClient, PartnerId};
use dialog360_api::{Client, RetryPolicy};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::Instant;

const WINDOW: Duration = Duration::from_secs(5);
const DAY: Duration = Duration::from_secs(86_400);

/// Server that enforces the vendor's limit: one call in five seconds for each e-mail address.
#[derive(Default)]
struct Vendor {
    last: Mutex<HashMap<String, Instant>>,
    accepted: Mutex<Vec<Instant>>,
    refused: Mutex<usize>,
}

impl Vendor {
    async fn start(self: &Arc<Self>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let vendor = Arc::clone(self);
        let app = Router::new().fallback(move |request: Request| answer(Arc::clone(&vendor), request));
        tokio::spawn(async move { axum::serve(listener, app).await });
        url
    }

    fn accepted(&self) -> Vec<Instant> {
        self.accepted.lock().expect("nobody panicked").clone()
    }

    fn refused(&self) -> usize {
        *self.refused.lock().expect("nobody panicked")
    }
}

async fn answer(vendor: Arc<Vendor>, request: Request) -> Response {
    let body = to_bytes(request.into_body(), usize::MAX).await.expect("a body");
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    let email = body["email"].as_str().expect("an e-mail").to_owned();
    let now = Instant::now();
    let last = vendor.last.lock().expect("nobody panicked").insert(email, now);
    if last.is_some_and(|last| now - last < WINDOW) {
        *vendor.refused.lock().expect("nobody panicked") += 1;
        return Response::builder().status(429).body(Body::empty()).expect("a response");
    }
    vendor.accepted.lock().expect("nobody panicked").push(now);
    let response = Response::builder().header("content-type", "application/json");
    let done = json!({"meta": {"developer_message": "", "http_code": 200, "success": true}, "status_code": 200});
    response.body(Body::from(done.to_string())).expect("a response")
}

fn client(url: &str) -> Client {
    Client::builder().api_key("key").base_url(url).attempt_timeout(DAY).time_limit(DAY).build().expect("it builds")
}

async fn create(client: Client, email: String) -> Result<(), dialog360_api::Error> {
    let partner = PartnerId::new("exmplePA").expect("an id");
    let body = CreateClient::builder().name("Acme").email(email).build();
    client.create_client().partner_id(&partner).body(&body).send().await.map(drop)
}

/// Advances the clock until the calls have ended. A step is one window, and the server must have received every call
/// that was due.
async fn finish(time: &VirtualTime, calls: &mut JoinSet<Result<(), dialog360_api::Error>>, step: Duration) -> Duration {
    let start = Instant::now();
    let mut last = start;
    while !calls.is_empty() {
        let before = calls.len();
        for _ in 0..200 {
            time.settle().await;
            while let Some(ended) = calls.try_join_next() {
                ended.expect("no panic").expect("it succeeds");
                last = Instant::now();
            }
            if calls.len() < before || calls.is_empty() {
                break;
            }
        }
        if !calls.is_empty() {
            tokio::time::advance(step).await;
        }
    }
    last - start
}

#[tokio::test(start_paused = true)]
async fn a_thousand_calls_of_one_scope_take_their_turns() {
    let time = VirtualTime::hold();
    let vendor = Arc::new(Vendor::default());
    let client = client(&vendor.start().await);
    let mut calls = JoinSet::new();
    for _ in 0..1000 {
        calls.spawn(create(client.clone(), "it@acme.example".to_owned()));
    }
    let took = finish(&time, &mut calls, WINDOW).await;
    assert_eq!((vendor.accepted().len(), vendor.refused()), (1000, 0));
    let ideal = WINDOW * 999;
    assert!(took >= ideal && took <= ideal.mul_f64(1.01), "{took:?} instead of {ideal:?}");
}

#[tokio::test(start_paused = true)]
async fn a_thousand_scopes_do_not_wait_for_each_other_and_are_forgotten() {
    let time = VirtualTime::hold();
    let vendor = Arc::new(Vendor::default());
    let url = vendor.start().await;
    let pipeline =
        api_runtime::PipelineBuilder::new(&url, "conformance").attempt_timeout(DAY).build().expect("it builds");
    let mut calls = JoinSet::new();
    for number in 0..1000 {
        let pipeline = pipeline.clone();
        calls.spawn(async move {
            let body = json!({"email": format!("it@acme{number}.example")});
            let mut call = pipeline.request(&dialog360_api::operations::CREATE_CLIENT);
            call.path("partner_id", "exmplePA").json(&body);
            pipeline.send::<dialog360_api::ApiError>(&mut call).await.map(drop)
        });
    }
    let took = finish(&time, &mut calls, Duration::ZERO).await;
    assert_eq!((vendor.accepted().len(), vendor.refused(), took), (1000, 0, Duration::ZERO));
    assert_eq!(pipeline.tracked_rate_limits(), 1000);
    tokio::time::advance(Duration::from_secs(3600)).await;
    assert_eq!(pipeline.tracked_rate_limits(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_does_not_fit_into_the_call_is_an_error_that_sends_nothing() {
    let time = VirtualTime::hold();
    let vendor = Arc::new(Vendor::default());
    let url = vendor.start().await;
    let client =
        Client::builder().api_key("key").base_url(url).time_limit(Duration::from_secs(4)).build().expect("it builds");
    let step = Duration::from_millis(10);
    time.run(step, create(client.clone(), "it@acme.example".to_owned())).await.0.expect("it succeeds");
    let (outcome, _) = time.run(step, create(client, "it@acme.example".to_owned())).await;
    let error = outcome.expect_err("there is no time");
    assert!(!error.may_have_reached_server());
    assert_eq!(
        error.to_string(),
        "create_client was not sent: rate limit of 1 in 5 s: its turn is in 5 s, which is beyond its `time_limit`; send fewer \
         calls at once, or raise `time_limit`"
    );
    assert_eq!(vendor.accepted().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_is_further_away_than_the_maximum_wait_is_an_error_at_once() {
    let time = VirtualTime::hold();
    let vendor = Arc::new(Vendor::default());
    let url = vendor.start().await;
    let seconds = Duration::from_secs;
    let client = Client::builder().api_key("key").base_url(url).max_wait(seconds(4)).build().expect("it builds");
    let partner = PartnerId::new("exmplePA").expect("an id");
    let body = CreateClient::builder().name("Acme").email("it@acme.example").build();
    let call = || client.create_client().partner_id(&partner).body(&body);
    let step = Duration::from_millis(10);
    time.run(step, call().send()).await.0.expect("it succeeds");

    let (outcome, took) = time.run(step, call().send()).await;
    let error = outcome.expect_err("the client does not wait that long");
    assert!(took < seconds(1) && !error.may_have_reached_server(), "{took:?}");
    assert_eq!(
        error.to_string(),
        "create_client was not sent: rate limit of 1 in 5 s: its turn is in 5 s, which is beyond its `max_wait`; send fewer \
         calls at once, or raise `max_wait`"
    );
    let wait = error.retry_after().expect("it tells when");
    assert!(wait > seconds(4) && wait <= seconds(5), "{wait:?}");

    // A call's own setting wins over the client's. Those in line count, too: the third of three would wait for two windows.
    let first = tokio::spawn({
        let client = client.clone();
        async move {
            let partner = PartnerId::new("exmplePA").expect("an id");
            let body = CreateClient::builder().name("Acme").email("it@acme.example").build();
            client.create_client().partner_id(&partner).body(&body).max_wait(DAY).send().await.map(drop)
        }
    });
    time.settle().await;
    let (outcome, took) = time.run(step, call().max_wait(seconds(6)).send()).await;
    let wait = outcome.expect_err("the client does not wait that long").retry_after().expect("it tells when");
    assert!(took < seconds(1) && wait > seconds(8) && wait <= seconds(10), "{took:?} {wait:?}");
    // On a busy machine each answer takes some steps, and its window begins with it.
    let (outcome, took) = time.run(step, call().max_wait(seconds(20)).send()).await;
    outcome.expect("it succeeds");
    assert!(took > seconds(8) && took < seconds(20), "{took:?}");
    first.await.expect("no panic").expect("it succeeds");
    assert_eq!((vendor.accepted().len(), vendor.refused()), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn pacing_can_be_turned_off_and_a_dropped_call_counts_nowhere() {
    let time = VirtualTime::hold();
    let vendor = Arc::new(Vendor::default());
    let url = vendor.start().await;
    let paced = client(&url);
    let step = Duration::from_millis(10);
    time.run(step, create(paced.clone(), "it@acme.example".to_owned())).await.0.expect("it succeeds");
    // The waiting call is cancelled, and the next one is sent when the first window ends.
    let (outcome, _) = time
        .run(step, tokio::time::timeout(Duration::from_secs(2), create(paced.clone(), "it@acme.example".to_owned())))
        .await;
    assert!(outcome.is_err());
    let (outcome, took) = time.run(step, create(paced, "it@acme.example".to_owned())).await;
    outcome.expect("it succeeds");
    assert!(took < WINDOW, "{took:?}");

    let unpaced = Client::builder()
        .api_key("key")
        .base_url(url)
        .rate_limiting(false)
        .retry(RetryPolicy::never())
        .build()
        .expect("it builds");
    let (outcome, _) = time.run(step, create(unpaced, "it@acme.example".to_owned())).await;
    assert_eq!(outcome.expect_err("the vendor refuses it").status().map(|status| status.as_u16()), Some(429));
}

/// Real threads and real time: no call is lost or hangs when two clones are used from every thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_clones_used_from_64_tasks_lose_nothing() {
    let vendor = Arc::new(Vendor::default());
    let first = client(&vendor.start().await);
    let second = first.clone();
    let mut calls = JoinSet::new();
    for task in 0..64 {
        let client = if task % 2 == 0 { first.clone() } else { second.clone() };
        calls.spawn(async move {
            for call in 0..20 {
                create(client.clone(), format!("it@acme{task}-{call}.example")).await?;
            }
            Ok::<_, dialog360_api::Error>(())
        });
    }
    while let Some(ended) = calls.join_next().await {
        ended.expect("no panic").expect("it succeeds");
    }
    assert_eq!((vendor.accepted().len(), vendor.refused()), (64 * 20, 0));
}
