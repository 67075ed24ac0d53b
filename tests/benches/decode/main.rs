//! Decoding into the generated types against a struct that is written by hand, and against `serde_json::Value`.
//! `cargo xtask bench decode` prints the ratios.
#![allow(missing_docs)]

use std::hint::black_box;
use std::time::Instant;

use conformance::case::{at, bundle};
use conformance::ratio::{alternate, row, time_row};
use conformance::zapsign::CASES;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use zapsign_api::DriftMonitor;
use zapsign_api::schemas::SCHEMAS;
use zapsign_api::types::{DocumentPage, SignerCreated};

const ROUNDS: usize = 60;
const DOCUMENTS: usize = 1000;
/// So that a round of the event is long against the clock.
const EVENTS: usize = 100;

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding is all that is measured")]
struct Page {
    count: i64,
    next: Option<String>,
    previous: Option<String>,
    results: Vec<Summary>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding is all that is measured")]
struct Summary {
    created_at: Option<String>,
    created_through: Option<String>,
    folder_path: Option<String>,
    last_update_at: Option<String>,
    name: String,
    open_id: Option<i64>,
    original_file: Option<String>,
    signed_file: Option<String>,
    signers: Option<Vec<Listed>>,
    status: String,
    token: String,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding is all that is measured")]
struct Listed {
    auth_mode: Option<String>,
    email: Option<String>,
    has_certificate: Option<bool>,
    name: Option<String>,
    order: Option<i64>,
    signing_url: Option<String>,
    status: Option<String>,
}

mod event;

fn main() {
    // `cargo test` builds benches too and runs them with this argument.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let bundle = bundle(CASES.bundle);
    let list = at(&bundle, "/paths/~1api~1v1~1docs~1/get/responses/200/content/application~1json/examples");
    let mut page = list.as_object().and_then(|examples| examples.values().next()).expect("an example")["value"].clone();
    let documents = page["results"].as_array().expect("a list").clone();
    page["results"] = documents.iter().cycle().take(DOCUMENTS).cloned().collect();
    let page = page.to_string();
    rows::<DocumentPage, Page>("list of 1,000 documents", &page, 1);
    let monitor = DriftMonitor::default().sample_every(1);
    let compare = |body: &str| monitor.observe_response(&SCHEMAS, "list_documents", 200, body.as_bytes());
    compared::<DocumentPage>("list of 1,000 documents", &page, 1, compare);

    let callbacks = at(&bundle, "/paths/~1api~1v1~1user~1company~1webhook~1/post/callbacks/created_signer");
    let body = callbacks.as_object().and_then(|paths| paths.values().next()).expect("a path");
    let event = at(body, "/post/requestBody/content/application~1json/examples/delivery/value");
    let event = event.to_string();
    rows::<SignerCreated, event::Created>("largest event", &event, EVENTS);
    compared::<SignerCreated>("largest event", &event, EVENTS, |body| {
        monitor.observe_delivery(&SCHEMAS, body.as_bytes());
    });
    assert_eq!(monitor.findings(), []);
}

/// Measures the comparison of a body with the spec against decoding it.
fn compared<G: DeserializeOwned>(name: &str, body: &str, times: usize, compare: impl Fn(&str)) {
    let all = || (0..times).for_each(|_| compare(black_box(body)));
    let ratios = alternate(ROUNDS, || decode::<G>(body, times), all);
    time_row(&format!("comparing with the spec, to decoding: {name}"), ratios, "");
}

fn rows<G: DeserializeOwned, H: DeserializeOwned>(name: &str, body: &str, times: usize) {
    let generated = alternate(ROUNDS, || decode::<H>(body, times), || decode::<G>(body, times));
    time_row(&format!("decode, to hand-written: {name}"), generated, "1.05");
    let value = alternate(ROUNDS, || decode::<Value>(body, times), || decode::<G>(body, times));
    time_row(&format!("decode, to `Value`: {name}"), value, "");
    let start = Instant::now();
    decode::<G>(body, times);
    let rate = (body.len() * times) as f64 / 1e6 / start.elapsed().as_secs_f64();
    row(&format!("decode, MB/s: {name}"), &format!("{rate:.0}"), "", "");
}

fn decode<T: DeserializeOwned>(body: &str, times: usize) {
    for _ in 0..times {
        black_box(serde_json::from_str::<T>(black_box(body)).expect("it decodes"));
    }
}
