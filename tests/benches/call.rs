//! One call through the generated client against the same call hand-written with reqwest: time and allocations, as
//! ratios. `cargo bench -p conformance --bench call` prints them.
//!
//! Both talk to the same server on this machine in the same run, in turns, so that a noisy machine is noisy for both. The
//! control compares the hand-written call with itself.
#![allow(missing_docs)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use dialog360_api::Client;
use dialog360_api::types::{Acknowledgement, CreateClient, OnboardNumber, OnboardedNumber, PartnerId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::{Builder, Runtime};

const ROUNDS: usize = 15;
const CALLS: u32 = 400;
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
    println!("{:<44} {:>9} {:>9} {:>12}", "", "one by one", "64 at once", "allocations");
    sides.row(&runtime, "control: hand-written against itself", Side::HandWritten, Side::HandWritten);
    sides.row(&runtime, "generated, retries on (onboard_number)", Side::Generated, Side::HandWritten);
    sides.row(
        &runtime,
        "generated, retries and pacing on (create_client)",
        Side::GeneratedPaced,
        Side::HandWrittenCreate,
    );
    sides.row(&runtime, "generated, raw request", Side::Raw, Side::HandWritten);
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
    Generated,
    GeneratedPaced,
    Raw,
}

struct Sides {
    url: String,
    http: reqwest::Client,
    client: Client,
    partner: PartnerId,
    number: OnboardNumber,
    counter: AtomicU64,
}

impl Sides {
    fn new(url: String) -> Self {
        Self {
            http: reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("it builds"),
            client: Client::builder().api_key("key").base_url(&url).build().expect("it builds"),
            url,
            partner: PartnerId::new("exmplePA").expect("an id"),
            number: OnboardNumber::builder().solution_id("1").waba_external_id("2").build(),
            counter: AtomicU64::new(0),
        }
    }

    fn row(&self, runtime: &Runtime, name: &str, subject: Side, base: Side) {
        runtime.block_on(async {
            for side in [subject, base] {
                self.calls(side, 50).await;
            }
        });
        let one = self.ratio(runtime, subject, base, async |side| self.calls(side, CALLS).await);
        let many = self.ratio(runtime, subject, base, async |side| self.calls_at_once(side).await);
        let (ours, theirs) = (self.allocations(runtime, subject), self.allocations(runtime, base));
        println!("{name:<44} {one:>9.3} {many:>9.3} {ours:>5} / {theirs} = {:.2}", ours as f64 / theirs as f64);
    }

    /// Median of the ratios of neighbouring runs.
    fn ratio(&self, runtime: &Runtime, subject: Side, base: Side, run: impl AsyncFn(Side)) -> f64 {
        let time = |side| {
            let start = Instant::now();
            runtime.block_on(run(side));
            start.elapsed()
        };
        let mut ratios: Vec<f64> = (0..ROUNDS)
            .map(|round| {
                let (first, second) = if round % 2 == 0 { (subject, base) } else { (base, subject) };
                let (first, second): (Duration, Duration) = (time(first), time(second));
                let (ours, theirs) = if round % 2 == 0 { (first, second) } else { (second, first) };
                ours.as_secs_f64() / theirs.as_secs_f64()
            })
            .collect();
        ratios.sort_by(f64::total_cmp);
        ratios[ROUNDS / 2]
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
                self.hand_written::<_, OnboardedNumber>("numbers", &self.number).await;
            }
            Side::HandWrittenCreate => {
                self.hand_written::<_, Acknowledgement>("clients", &self.new_client()).await;
            }
            Side::Generated => {
                let call = self.client.onboard_number().partner_id(&self.partner).body(&self.number);
                call.send().await.expect("it succeeds");
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

    async fn hand_written<B: Serialize, T: DeserializeOwned>(&self, last: &str, body: &B) -> T {
        let url = format!("{}/api/v2/partners/{}/account_sharing/{last}", self.url, self.partner);
        let response = self
            .http
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
}
