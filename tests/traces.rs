//! Spans and events of a call, which never contain secrets, ids, queries, headers or bodies.
#![allow(missing_docs)]

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use api_runtime::{
    RateLimitStore, RateLimits, Settlement, SlotRequest, StoreError, StoreFuture, StoreOutage, TakenSlots,
};
use conformance::APIS;
use conformance::case::{AnyClient, ApiCases, ClientSettings, at, bundle, on_the_wire};
use conformance::recorder::{Recorder, Reply};
use conformance::virtual_time::VirtualTime;
use dialog360_api::types::{CreateClient, PartnerId};
use http::Method;
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt as _};

/// Subscriber that records every span and event, at every level.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<String>>);

struct Writer<'s>(&'s mut String);

impl Visit for Writer<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}

impl<S: Subscriber> Layer<S> for Everything {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let mut text = self.0.lock().expect("nobody panicked");
        let metadata = attributes.metadata();
        let _ = write!(text, "{} span {} target={}", metadata.level(), metadata.name(), metadata.target());
        attributes.record(&mut Writer(&mut text));
        text.push('\n');
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        values.record(&mut Writer(&mut self.0.lock().expect("nobody panicked")));
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = self.0.lock().expect("nobody panicked");
        let _ = write!(text, "{} event target={}", event.metadata().level(), event.metadata().target());
        event.record(&mut Writer(&mut text));
        text.push('\n');
    }
}

impl Everything {
    fn take(&self) -> String {
        std::mem::take(&mut self.0.lock().expect("nobody panicked"))
    }
}

#[tokio::test]
async fn a_call_tells_what_it_did_and_nothing_else() {
    let everything = Everything::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(everything.clone()));
    let refusal = json!({"meta": {"developer_message": "answer-marker", "http_code": 404, "success": false,
        "360dialog_trace_id": "trace-1"}});
    let recorder =
        Recorder::start(Reply::new(404, "application/json", refusal.to_string()).header("x-m", "header-marker")).await;
    let client =
        dialog360_api::Client::builder().api_key("key-marker").base_url(recorder.url()).build().expect("it builds");
    let partner = PartnerId::new("id-marker").expect("an id");
    let body = CreateClient::builder().name("body-marker").email("m@acme.example").build();
    let outcome =
        client.create_client().partner_id(&partner).body(&body).header("x-mine", "header-marker").send().await;
    assert!(outcome.is_err());
    let outcome = client.request(Method::POST, "/path/id-marker").query("q", "query-marker").send().await;
    assert!(outcome.is_err());

    let told = everything.take();
    assert!(!told.contains("marker"), "{told}");
    let spans: Vec<&str> = told.lines().filter(|line| line.contains(" span ")).collect();
    assert!(
        spans.len() == 2 && spans[1].contains("otel.name=\"request\"") && !spans[1].contains("url.template"),
        "{told}"
    );
    let port = recorder.url().rsplit(':').next().expect("a port");
    for line in spans {
        assert!(line.contains(&format!("server.address=\"127.0.0.1\" server.port={port}")), "{line}");
    }
    for expected in [
        "INFO span api_call target=dialog360_api",
        "DEBUG event target=dialog360_api",
        "error.type=\"404\"",
        "otel.name=\"create_client\"",
        "http.request.method=\"POST\"",
        "url.template=\"/api/v2/partners/{partner_id}/account_sharing/clients\"",
        "http.request.resend_count=0",
        "http.response.status_code=404",
        "trace_id=\"trace-1\"",
        "duration_ms=",
    ] {
        assert!(told.contains(expected), "no {expected} in {told}");
    }
}

#[tokio::test]
async fn a_429_that_the_own_count_does_not_explain_is_a_warning() {
    let everything = Everything::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(everything.clone()));
    let recorder = Recorder::start(Reply::new(429, "", "")).await;
    for (pacing, warnings) in [(true, 1), (false, 0)] {
        let client = zapsign_api::Client::builder().api_token("key").base_url(recorder.url()).rate_limiting(pacing);
        let client = client.retry(zapsign_api::RetryPolicy::never()).build().expect("it builds");
        assert!(client.get_plan().send().await.is_err());
        let told = everything.take();
        let found: Vec<&str> = told.lines().filter(|line| line.starts_with("WARN event target=zapsign_api")).collect();
        assert_eq!(found.len(), warnings, "{told}");
        for line in found {
            assert!(
                line.contains("status_code=429")
                    && line.contains("operation=\"get_plan\"")
                    && line.contains("the client's count does not reach"),
                "{line}"
            );
        }
    }
}

/// Store that can't be asked for the first two times, and never again after the third.
#[derive(Default)]
struct Away(AtomicU32);

impl RateLimitStore for Away {
    fn take<'s>(&'s self, _: &'s SlotRequest) -> StoreFuture<'s, TakenSlots> {
        let answers = self.0.fetch_add(1, Ordering::Relaxed) == 2;
        Box::pin(async move {
            if answers { Ok(TakenSlots::Granted { full: false }) } else { Err(StoreError::new("cause: remedy")) }
        })
    }

    fn settle(&self, _: Arc<SlotRequest>, _: Settlement) {}
}

#[tokio::test]
async fn the_beginning_and_the_end_of_an_outage_of_the_store_are_told_once_for_all_clients() {
    let everything = Everything::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(everything.clone()));
    let recorder = Recorder::start(Reply::new(404, "", "")).await;
    let limits = RateLimits::shared(Away::default(), StoreOutage::Refuse);
    let client = zapsign_api::Client::builder().api_token("key").base_url(recorder.url()).rate_limits(limits);
    let client = client.build().expect("it builds");
    for told in [&["WARN"][..], &[], &["INFO"], &["WARN"], &[]] {
        assert!(client.get_plan().send().await.is_err());
        let lines = everything.take();
        let lines: Vec<&str> = lines.lines().filter(|line| line.contains("event target=api_runtime ")).collect();
        assert_eq!(lines.iter().map(|line| &line[..4]).collect::<Vec<_>>(), told, "{lines:?}");
        assert!(lines.iter().all(|line| line.contains("error=cause: remedy") == line.starts_with("WARN")), "{lines:?}");
    }
}

/// `RUST_LOG=zapsign_api=debug` shows the events of that client, and no others.
#[tokio::test]
async fn the_target_is_the_crate_of_the_client() {
    let everything = Everything::default();
    let targets = Targets::new().with_target("zapsign_api", tracing::Level::DEBUG);
    let filtered = everything.clone().with_filter(targets);
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(filtered));
    let recorder = Recorder::start(Reply::new(418, "", "")).await;
    let zapsign = zapsign_api::Client::builder().api_token("key").base_url(recorder.url());
    let zapsign = zapsign.on_drift(zapsign_api::DriftMonitor::default()).build().expect("it builds");
    let dialog360 = dialog360_api::Client::builder().api_key("key").base_url(recorder.url());
    let dialog360 = dialog360.on_drift(dialog360_api::DriftMonitor::default()).build().expect("it builds");
    let partner = PartnerId::new("exmplePA").expect("an id");
    assert!(dialog360.list_clients().partner_id(&partner).send().await.is_err());
    assert_eq!(everything.take(), "");
    assert!(zapsign.get_plan().send().await.is_err());
    let told = everything.take();
    for expected in ["INFO span api_call", "DEBUG event", "WARN event"] {
        let line = told.lines().find(|line| line.starts_with(expected));
        assert!(line.is_some_and(|line| line.contains(" target=zapsign_api ")), "no {expected} in {told}");
    }
    assert!(told.contains("undocumented_status"), "{told}");
}

#[tokio::test]
async fn a_request_without_a_method_has_a_name_and_a_template() {
    let everything = Everything::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(everything.clone()));
    let recorder = Recorder::start(Reply::new(404, "", "")).await;
    let client = zapsign_api::Client::builder().api_token("key").base_url(recorder.url()).build().expect("it builds");
    let request = client.request(Method::PATCH, "/ships/id-marker").name("paint_ship").template("/ships/{id}");
    let error = request.send().await.expect_err("it is refused");
    assert_eq!(error.operation(), "paint_ship");
    assert_eq!(error.to_string(), "paint_ship was answered with 404 Not Found");
    let told = everything.take();
    assert!(told.contains("otel.name=\"paint_ship\"") && told.contains("url.template=\"/ships/{id}\""), "{told}");
    assert!(told.contains("http.request.method=\"PATCH\"") && !told.contains("marker"), "{told}");
    assert_eq!(recorder.take()[0].uri.path(), "/ships/id-marker");
    // A request that can't be sent has its name, too, whenever that is set.
    let error = client.request(Method::GET, "/a/../b").name("list_ships").send().await.expect_err("it is invalid");
    assert!(error.to_string().starts_with("list_ships was not sent"), "{error}");
}

#[tokio::test]
async fn an_attempt_that_is_sent_again_is_a_warning_with_its_reason() {
    let everything = Everything::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(everything.clone()));
    let recorder = Recorder::start(Reply::new(503, "text/plain", "answer-marker").header("x-m", "header-marker")).await;
    let policy = dialog360_api::RetryPolicy::default().max_attempts(3).initial_backoff(Duration::from_millis(1));
    let client = dialog360_api::Client::builder().api_key("key-marker").base_url(recorder.url()).retry(policy);
    let client = client.build().expect("it builds");
    let partner = PartnerId::new("id-marker").expect("an id");
    assert!(client.list_clients().partner_id(&partner).header("x-mine", "header-marker").send().await.is_err());
    assert_eq!(recorder.take().len(), 3);
    let told = everything.take();
    assert!(!told.contains("marker"), "{told}");
    let warnings: Vec<&str> = told.lines().filter(|line| line.starts_with("WARN event target=dialog360_api")).collect();
    assert_eq!(warnings.len(), 2, "the last attempt is not sent again: {told}");
    for (number, line) in warnings.into_iter().enumerate() {
        let count = format!("http.request.resend_count={} ", number + 1);
        for expected in ["operation=\"list_clients\"", &count, "error.type=\"503\"", "wait_ms="] {
            assert!(line.contains(expected), "no {expected} in {line}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_wait_is_told_before_it_begins() {
    let everything = Everything::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(everything.clone()));
    let time = VirtualTime::hold();
    let step = Duration::from_millis(10);
    let done = json!({"meta": {"developer_message": "", "http_code": 200, "success": true}, "status_code": 200});
    let recorder = Recorder::start(Reply::new(200, "application/json", done.to_string())).await;
    let client = dialog360_api::Client::builder().api_key("key").base_url(recorder.url()).build().expect("it builds");
    let partner = PartnerId::new("id-marker").expect("an id");
    let body = CreateClient::builder().name("Acme").email("marker@acme.example").build();
    let call = || client.create_client().partner_id(&partner).body(&body);
    // One call in five seconds for each e-mail address.
    time.run(step, call().send()).await.0.expect("it succeeds");
    assert!(!everything.take().contains("rate_limit"));

    let mut waiting = std::pin::pin!(call().send());
    tokio::select! {
        biased;
        _ = &mut waiting => panic!("it does not wait"),
        () = time.settle() => {}
    }
    let told = everything.take();
    let lines: Vec<&str> = told.lines().filter(|line| line.contains("waits for its turn")).collect();
    let [line] = lines[..] else { panic!("{told}") };
    for expected in [
        "INFO event target=dialog360_api",
        "operation=\"create_client\"",
        "rate_limit.requests=1 rate_limit.per_seconds=5 rate_limit.scope=\"/email\" rate_limit.requested_by_server=false",
    ] {
        assert!(line.contains(expected), "no {expected} in {line}");
    }
    let wait = line.split("wait_ms=").nth(1).and_then(|rest| rest.split(' ').next()).expect("a wait");
    assert!((4_500..=5_000).contains(&wait.parse::<u64>().expect("a number")), "{line}");
    time.run(step, waiting).await.0.expect("it succeeds");
    assert!(!everything.take().contains("rate_limit"), "it is told once");

    // A short wait is not told.
    tokio::time::advance(Duration::from_millis(4_500)).await;
    time.run(step, call().send()).await.0.expect("it succeeds");
    let told = everything.take();
    assert!(told.contains("api_call") && !told.contains("rate_limit") && !told.contains("marker"), "{told}");
}

/// Every operation of both APIs with every example: no text of a request or response is recorded.
#[tokio::test]
async fn no_operation_tells_what_it_sends_or_receives() {
    let everything = Everything::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(everything.clone()));
    let recorder = Recorder::start(Reply::new(200, "", "")).await;
    let mut texts = vec!["key-marker".to_owned(), "exmplePA".to_owned()];
    for cases in APIS {
        let client = (cases.client)(&ClientSettings { secret: "key-marker", ..ClientSettings::at(recorder.url()) });
        send_all(cases, &client, &recorder, &mut texts).await;
    }
    // Names of operations and path templates are told, and some values are words of theirs.
    let rows = APIS.iter().flat_map(|cases| cases.operations);
    let names: String = rows.map(|row| format!("{} {} ", row.id, row.path)).collect();
    texts.retain(|text| !names.contains(text));
    let told = everything.take();
    assert!(told.lines().count() > 2, "{told}");
    for text in texts {
        assert!(!told.contains(&text), "`{text}` is told");
    }
}

async fn send_all(cases: &ApiCases, client: &AnyClient, recorder: &Recorder, texts: &mut Vec<String>) {
    let bundle = bundle(cases.bundle);
    for case in cases.calls {
        let (status, media, pointer) = case.answer.expect("an answer");
        let answer = if pointer.is_empty() { Value::Null } else { at(&bundle, pointer).clone() };
        recorder.reply(Reply::new(status, media, on_the_wire(media, &answer)));
        let body = case.body.map_or(Value::Null, |pointer| at(&bundle, pointer).clone());
        if let Err(failure) = (case.send)(client, &body).await {
            panic!("{} {}: {}", case.operation, case.name, failure.printed);
        }
        texts.extend([&body, &answer].into_iter().flat_map(long_texts));
    }
}

/// Returns the long strings of a value, since short words may be part of an operation's name.
fn long_texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if text.len() > 8 => vec![text.clone()],
        Value::Array(list) => list.iter().flat_map(long_texts).collect(),
        Value::Object(map) => map.values().flat_map(long_texts).collect(),
        _ => Vec::new(),
    }
}
