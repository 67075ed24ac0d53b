//! One call through the generated client against the same call hand-written with reqwest: time and allocations, as
//! ratios. `cargo xtask bench call` prints them.
//!
//! Both talk to the same server on this machine in the same run.
#![allow(missing_docs)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use api_runtime::{Credential, Method, Operation, Pipeline, PipelineBuilder, RateLimitRule, RateLimitScope, Secret};
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use conformance::ratio::{alternate, row, time_row};
use dialog360_api::types::{Acknowledgement, CreateClient, OnboardNumber, OnboardedNumber, PartnerId};
use dialog360_api::{ApiError, Client, DriftMonitor};
use http::HeaderName;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::{Builder, Runtime};

const ROUNDS: usize = 75;
/// Calls of one round. Few enough for a round to be short against the changes of a shared machine, and enough not to count what a side
/// finds cold after another one had its turn: code, and the sockets of 64 connections.
const CALLS: u32 = 1024;
const AT_ONCE: u32 = 64;

const ACKNOWLEDGED: &str =
    r#"{"meta":{"developer_message":"ok","http_code":200,"success":true,"360dialog_trace_id":"t"},"status_code":200}"#;
const ONBOARDED: &str = r#"{"solution_id":"1","waba_external_id":"2","client_id":"exmpleCL","tier":"premium"}"#;

fn main() {
    // `cargo test` builds benches too and runs them with this argument.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let url = serve();
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let sides = Sides::new(url);
    sides.rows(&runtime, "retries, size cap (onboard_number)", Side::Generated, Side::HandWritten);
    sides.rows(&runtime, "and pacing, one budget", Side::Paced, Side::HandWritten);
    sides.rows(
        &runtime,
        "and pacing, a budget for each call (create_client)",
        Side::GeneratedPaced,
        Side::HandWrittenCreate,
    );
    sides.rows(&runtime, "raw request", Side::Raw, Side::HandWritten);
    sides.rows(&runtime, "one answer in 100 compared with the spec, to none", Side::Sampled, Side::Generated);
    sides.rows(&runtime, "each answer compared with the spec, to none", Side::Compared, Side::Generated);
    sides.rows(&runtime, "hand-written, with a time-out", Side::HandWrittenTimeout, Side::HandWritten);
    sides.rows(&runtime, "retries and pacing, to hand-written with a time-out", Side::Paced, Side::HandWrittenTimeout);
}

/// The server has a thread of its own, so that what it allocates is not counted.
fn serve() -> String {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            sender.send(listener.local_addr().expect("an address").to_string()).expect("the benchmark waits");
            let app = Router::new().fallback(async |request: axum::extract::Request| {
                let body = if request.uri().path().ends_with("clients") { ACKNOWLEDGED } else { ONBOARDED };
                let response = Response::builder().header("content-type", "application/json");
                response.body(Body::from(body)).expect("a response")
            });
            axum::serve(listener, app).await.expect("it serves");
        });
    });
    format!("http://{}", receiver.recv().expect("the server starts"))
}

#[derive(Clone, Copy)]
enum Side {
    HandWritten,
    HandWrittenCreate,
    HandWrittenTimeout,
    Generated,
    Paced,
    GeneratedPaced,
    Raw,
    Sampled,
    Compared,
}

/// As `onboard_number`, with a limit that nobody reaches.
static LIMITED: Operation = {
    let mut operation =
        Operation::new("onboard_number", Method::POST, "/api/v2/partners/{partner_id}/account_sharing/numbers", false);
    operation.rate_limits = &[RateLimitRule { requests: 100_000, per_seconds: 1, scope: RateLimitScope::Credential }];
    operation
};

struct Sides {
    url: String,
    http: reqwest::Client,
    /// With a time-out, as every call of the generated client has one.
    http_timeout: reqwest::Client,
    client: Client,
    /// Compares one answer in 100 with the spec.
    sampling: Client,
    /// Compares each answer with the spec.
    comparing: Client,
    pipeline: Pipeline,
    partner: PartnerId,
    number: OnboardNumber,
    counter: AtomicU64,
}

impl Sides {
    fn new(url: String) -> Self {
        Self {
            http: http().build().expect("it builds"),
            http_timeout: http().timeout(Duration::from_secs(60)).build().expect("it builds"),
            pipeline: pipeline(&url),
            client: Client::builder().api_key("key").base_url(&url).build().expect("it builds"),
            sampling: comparing(&url, DriftMonitor::default()),
            comparing: comparing(&url, DriftMonitor::default().sample_every(1)),
            url,
            partner: PartnerId::new("exmplePA").expect("an id"),
            number: OnboardNumber::builder().solution_id("1").waba_external_id("2").build(),
            counter: AtomicU64::new(0),
        }
    }

    fn rows(&self, runtime: &Runtime, name: &str, subject: Side, base: Side) {
        runtime.block_on(async {
            for side in [subject, base] {
                self.calls(side, CALLS).await;
            }
        });
        let one_by_one = |side| runtime.block_on(self.calls(side, CALLS));
        let at_once = |side| runtime.block_on(self.calls_at_once(side));
        let one_by_one = alternate(ROUNDS, || one_by_one(base), || one_by_one(subject));
        time_row(&format!("call, one by one: {name}"), one_by_one, "1.00");
        let at_once = alternate(ROUNDS, || at_once(base), || at_once(subject));
        time_row(&format!("call, {AT_ONCE} at once: {name}"), at_once, "1.00");
        let (ours, theirs) = (self.allocations(runtime, subject), self.allocations(runtime, base));
        row(&format!("call, allocations: {name}"), &format!("{ours} / {theirs}"), "", "64");
    }

    fn allocations(&self, runtime: &Runtime, side: Side) -> u64 {
        const SAMPLES: u32 = 100;
        let info = allocation_counter::measure(|| runtime.block_on(self.calls(side, SAMPLES)));
        info.count_total / u64::from(SAMPLES)
    }

    async fn calls(&self, side: Side, calls: u32) {
        for _ in 0..calls {
            self.call(side).await;
        }
    }

    async fn calls_at_once(&self, side: Side) {
        use futures_util::StreamExt as _;
        futures_util::stream::iter(0..CALLS).for_each_concurrent(AT_ONCE as usize, |_| self.call(side)).await;
    }

    async fn call(&self, side: Side) {
        match side {
            Side::HandWritten => {
                hand_written::<_, OnboardedNumber>(&self.http, self.address("numbers"), &self.number).await;
            }
            Side::HandWrittenCreate => {
                hand_written::<_, Acknowledgement>(&self.http, self.address("clients"), &self.new_client()).await;
            }
            Side::HandWrittenTimeout => {
                hand_written::<_, OnboardedNumber>(&self.http_timeout, self.address("numbers"), &self.number).await;
            }
            Side::Generated | Side::Sampled | Side::Compared => {
                let client = match side {
                    Side::Sampled => &self.sampling,
                    Side::Compared => &self.comparing,
                    _ => &self.client,
                };
                let call = client.onboard_number().partner_id(&self.partner).body(&self.number);
                call.send().await.expect("it succeeds");
            }
            Side::Paced => {
                let mut call = self.pipeline.request(&LIMITED);
                call.path("partner_id", self.partner.as_str()).json(&self.number);
                let answer = self.pipeline.send::<ApiError>(&mut call).await.expect("it succeeds");
                answer.json::<OnboardedNumber, ApiError>().expect("it decodes");
            }
            Side::GeneratedPaced => {
                let body = self.new_client();
                self.client.create_client().partner_id(&self.partner).body(&body).send().await.expect("it succeeds");
            }
            Side::Raw => {
                let path = "/api/v2/partners/exmplePA/account_sharing/numbers";
                let call = self.client.request(reqwest::Method::POST, path).json(&self.number);
                call.send().await.expect("it succeeds");
            }
        }
    }

    /// A limit is counted by the e-mail, so each call has its own.
    fn new_client(&self) -> CreateClient {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        CreateClient::builder().name("Acme").email(format!("it{number}@acme.example")).build()
    }

    fn address(&self, last: &str) -> String {
        format!("{}/api/v2/partners/{}/account_sharing/{last}", self.url, self.partner)
    }
}

fn pipeline(url: &str) -> Pipeline {
    let key = Credential::header(HeaderName::from_static("x-api-key"), &Secret::new("key")).expect("a header");
    PipelineBuilder::new(url, "conformance").credential(key).build().expect("it builds")
}

fn comparing(url: &str, monitor: DriftMonitor) -> Client {
    Client::builder().api_key("key").base_url(url).on_drift(monitor).build().expect("it builds")
}

fn http() -> reqwest::ClientBuilder {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none())
}

async fn hand_written<B: Serialize, T: DeserializeOwned>(http: &reqwest::Client, url: String, body: &B) -> T {
    let response = http
        .post(url)
        .header("x-api-key", "key")
        .header("user-agent", "hand-written")
        .header("accept", "application/json")
        .json(body)
        .send()
        .await
        .expect("it succeeds");
    assert!(response.status().is_success());
    response.json().await.expect("it decodes")
}
