//! Spans and events of a call, which never contain secrets, ids, queries, headers or bodies.
#![allow(missing_docs)]

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use conformance::APIS;
use conformance::case::{AnyClient, ApiCases, ClientSettings, at, bundle, on_the_wire};
use conformance::recorder::{Recorder, Reply};
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
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
        let _ = write!(text, "{} span {}", attributes.metadata().level(), attributes.metadata().name());
        attributes.record(&mut Writer(&mut text));
        text.push('\n');
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        values.record(&mut Writer(&mut self.0.lock().expect("nobody panicked")));
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = self.0.lock().expect("nobody panicked");
        let _ = write!(text, "{} event", event.metadata().level());
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
    let partner = dialog360_api::types::PartnerId::new("id-marker").expect("an id");
    let body = dialog360_api::types::CreateClient::builder().name("body-marker").email("m@acme.example").build();
    let outcome =
        client.create_client().partner_id(&partner).body(&body).header("x-mine", "header-marker").send().await;
    assert!(outcome.is_err());
    let outcome = client
        .request(dialog360_api::operations::CREATE_CLIENT.method.clone(), "/path/id-marker")
        .query("q", "query-marker")
        .send()
        .await;
    assert!(outcome.is_err());

    let told = everything.take();
    assert!(!told.contains("marker"), "{told}");
    for expected in [
        "INFO span api_call",
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
        let found: Vec<&str> = told.lines().filter(|line| line.starts_with("WARN event")).collect();
        assert_eq!(found.len(), warnings, "{told}");
        for line in found {
            assert!(line.contains("status_code=429") && line.contains("own count does not reach"), "{line}");
        }
    }
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
