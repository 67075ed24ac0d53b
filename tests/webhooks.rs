//! Webhook deliveries: every event of the specs decodes into its type, and none is ever lost.
#![allow(missing_docs)]

use std::sync::{Arc, Mutex};

use conformance::case::{ApiCases, Kind, at, bundle};
use conformance::compare::losses;
use conformance::{dialog360, zapsign};
use dialog360_api::webhooks::Signature;
use serde_json::{Value, json};
use zapsign_api::types::WebhookHeader;
use zapsign_api::webhooks::Event;

#[path = "../crates/zapsign-api/examples/webhook.rs"]
mod example;
#[path = "../crates/dialog360-api/examples/webhook.rs"]
mod signed_example;

fn deliveries() -> Vec<(&'static str, Value)> {
    deliveries_of(&zapsign::CASES)
}

fn deliveries_of(cases: &ApiCases) -> Vec<(&'static str, Value)> {
    let bundle = bundle(cases.bundle);
    let events = cases.bodies.iter().filter(|case| case.kind == Kind::Event);
    events
        .flat_map(|case| {
            case.examples.iter().map(|e| (case.operation, at(&bundle, e.pointer).clone())).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn every_event_is_read_as_its_type() {
    let deliveries = deliveries();
    let mut names: Vec<&str> = deliveries.iter().map(|(name, _)| *name).collect();
    names.dedup();
    assert_eq!(names, Event::NAMES);
    assert_eq!(names.len(), 13);
    for (name, delivery) in deliveries {
        let event = Event::from_slice(delivery.to_string().as_bytes()).expect("an event");
        assert!(!matches!(event, Event::Unknown(_)), "{name}: {delivery}");
        assert_eq!(event.name(), Some(name));
        let about_a_document = !["email_bounce", "background_check_completed"].contains(&name);
        assert_eq!(event.document_token().is_some(), about_a_document, "{name}");
        if about_a_document {
            assert_eq!(event.document_token().map(|token| token.as_str()), delivery["token"].as_str());
            assert_eq!(event.document_status().map(|status| status.as_str()), delivery["status"].as_str());
        }
        let encoded = serde_json::to_value(&event).expect("it encodes");
        assert_eq!(losses(&delivery, &encoded), Vec::<String>::new(), "{name}");
    }
}

/// A new field, a `null` or another type never loses the event.
#[test]
fn no_change_of_a_field_loses_an_event() {
    for (name, delivery) in deliveries() {
        let fields = delivery.as_object().expect("an object");
        for field in fields.keys() {
            for value in [Value::Null, json!({"of the": "future"})] {
                let mut changed = fields.clone();
                changed.insert("new_field".into(), json!([{"a": 1}]));
                changed.insert(field.clone(), value);
                let changed = Value::Object(changed);
                let event = Event::from_slice(changed.to_string().as_bytes()).expect("JSON is an event");
                if let Event::Unknown(event) = &event {
                    assert_eq!(*event.body(), changed, "{name} {field}");
                }
            }
        }
    }
}

#[test]
fn an_event_of_the_future_encodes_back_unchanged() {
    let delivery = json!({"event_type": "doc_notarised", "token": "3f0c9d1e", "notary": {"name": null}});
    let event = Event::from_slice(delivery.to_string().as_bytes()).expect("an event");
    let Event::Unknown(unknown) = &event else { panic!("{event:?}") };
    assert_eq!((unknown.name(), unknown.mismatch()), (Some("doc_notarised"), None));
    assert_eq!(serde_json::to_value(&event).expect("it encodes"), delivery);
}

#[tokio::test]
async fn the_example_checks_reads_and_dispatches() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let handle: example::Handler =
        Arc::new(move |event| log.lock().expect("nobody panicked").push(event.name().map(ToOwned::to_owned)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/zapsign", listener.local_addr().expect("an address"));
    for empty in ["", " "] {
        assert!(example::secret_header(empty).is_err(), "nothing is received with {empty:?}");
    }
    let header = example::secret_header("the-secret").expect("a secret");
    let registered = WebhookHeader::from(&header);
    let router = example::router(header, handle);
    tokio::spawn(async move { axum::serve(listener, router).await });

    let http = reqwest::Client::new();
    let send = async |secret: &[&str], body: String| {
        let mut request = http.post(&url).body(body);
        for secret in secret {
            request = request.header(&registered.name, *secret);
        }
        request.send().await.expect("it answers").status().as_u16()
    };
    for (_, delivery) in deliveries() {
        assert_eq!(send(&[registered.value.expose()], delivery.to_string()).await, 200);
    }
    assert_eq!(seen.lock().expect("nobody panicked").len(), 13);
    let body = json!({"event_type": "doc_signed"}).to_string();
    for secrets in [&[][..], &["the-secreT"], &["the-secret2"], &["the-secret", "the-secret"]] {
        assert_eq!(send(secrets, body.clone()).await, 401, "{secrets:?}");
    }
    assert_eq!(send(&["the-secret"], "{\"cut".to_owned()).await, 400);
    assert_eq!(seen.lock().expect("nobody panicked").len(), 13);
}

#[tokio::test]
async fn the_example_takes_what_is_signed_under_either_secret() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let handle: signed_example::Handler =
        Arc::new(move |event| log.lock().expect("nobody panicked").push(event.name().map(ToOwned::to_owned)));
    let signature = Signature::new(["the new secret", "the old secret"]).expect("secrets");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/360dialog", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, signed_example::router(signature, handle)).await });

    let http = reqwest::Client::new();
    let send = async |signatures: &[String], body: String| {
        let mut request = http.post(&url).body(body);
        for signature in signatures {
            request = request.header(Signature::HEADER, signature);
        }
        request.send().await.expect("it answers").status().as_u16()
    };
    let sign = |secret: &str, body: &str| Signature::new([secret]).expect("a secret").sign(body.as_bytes());
    let deliveries = deliveries_of(&dialog360::CASES);
    for (number, (_, delivery)) in deliveries.iter().enumerate() {
        let body = delivery.to_string();
        let secret = if number % 2 == 0 { "the new secret" } else { "the old secret" };
        assert_eq!(send(&[sign(secret, &body)], body).await, 200);
    }
    let names: Vec<_> = deliveries.iter().map(|(name, _)| Some((*name).to_owned())).collect();
    assert_eq!(*seen.lock().expect("nobody panicked"), names);

    let body = json!({"id": "e1", "event": "channel_live", "data": {"id": "aaCH"}}).to_string();
    let genuine = sign("the new secret", &body);
    for signatures in
        [vec![], vec![String::new()], vec![sign("another", &body)], vec![genuine.clone(), genuine.clone()]]
    {
        assert_eq!(send(&signatures, body.clone()).await, 401, "{signatures:?}");
    }
    assert_eq!(send(std::slice::from_ref(&genuine), body.replace("aaCH", "abCH")).await, 401);
    let cut = "{\"cut".to_owned();
    assert_eq!(send(&[sign("the new secret", &cut)], cut).await, 400);
    assert_eq!(seen.lock().expect("nobody panicked").len(), names.len());
}
