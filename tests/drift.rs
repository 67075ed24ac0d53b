//! Changes of the vendor's API: each is reported once, without a value, and nothing else is reported.
#![allow(missing_docs)]

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use api_runtime::{DriftKind, DriftMonitor, RetryPolicy, SchemaTable};
use conformance::APIS;
use conformance::case::{ApiCases, BodyCase, ClientSettings, Kind, at, bundle, on_the_wire};
use conformance::changes::{Change, changes};
use conformance::recorder::{Recorder, Reply};
use conformance::{dialog360, zapsign};
use serde_json::{Value, json};

use dialog360_api::schemas::SCHEMAS as DIALOG360;
use zapsign_api::schemas::SCHEMAS as ZAPSIGN;

/// Returns a monitor that compares every body.
fn monitor() -> DriftMonitor {
    DriftMonitor::default().sample_every(1)
}

fn observe(monitor: &DriftMonitor, table: &'static SchemaTable, case: &BodyCase, body: &[u8]) {
    match (case.kind, case.status) {
        (Kind::Response, Some(status)) => monitor.observe_response(table, case.operation, status, body),
        (Kind::Event, _) => monitor.observe_delivery(table, body),
        _ => {}
    }
}

/// Operation, status, pointer, kind and count.
type Finding = (Option<&'static str>, Option<u16>, String, DriftKind, u64);

fn found(monitor: &DriftMonitor) -> Vec<Finding> {
    let findings = monitor.findings().into_iter();
    findings.map(|drift| (drift.operation, drift.status, drift.pointer, drift.kind, drift.count)).collect()
}

fn received(cases: &ApiCases) -> impl Iterator<Item = &'static BodyCase> {
    cases.bodies.iter().filter(|case| case.kind != Kind::Request)
}

#[test]
fn the_examples_hold_nothing_that_the_spec_does_not_know() {
    for cases in APIS {
        let (monitor, bundle) = (monitor(), bundle(cases.bundle));
        let mut examples = 0;
        for case in received(cases) {
            for example in case.examples {
                observe(&monitor, cases.table, case, &on_the_wire(case.media, at(&bundle, example.pointer)));
                examples += 1;
            }
        }
        assert!(examples > 0, "{}", cases.name);
        assert_eq!(monitor.findings(), []);
    }
}

#[test]
fn every_change_of_every_body_is_reported_once() {
    fn check(cases: &ApiCases) -> (BTreeSet<DriftKind>, BTreeSet<DriftKind>) {
        let bundle = bundle(cases.bundle);
        let (mut nested, mut in_unions) = (BTreeSet::new(), BTreeSet::new());
        for case in received(cases) {
            for change in changes(&bundle, case) {
                let monitor = monitor();
                observe(&monitor, cases.table, case, change.body.to_string().as_bytes());
                let mut expected = (Some(case.operation), case.status, change.pointer.clone(), change.kind, 1);
                if case.kind == Kind::Event && change.pointer.is_empty() {
                    continue;
                }
                if case.kind == Kind::Event && change.pointer == format!("/{}", cases.table.event_key) {
                    let kind =
                        if change.kind == DriftKind::MissingField { change.kind } else { DriftKind::UnknownEvent };
                    expected = (None, None, change.pointer.clone(), kind, 1);
                }
                assert_eq!(found(&monitor), [expected], "{} {:?}: {}", case.operation, case.status, change.body);
                if change.pointer.matches('/').count() > 1 {
                    nested.insert(change.kind);
                }
                if change.in_union {
                    in_unions.insert(change.kind);
                }
            }
        }
        (nested, in_unions)
    }
    use DriftKind::{MissingField, UnexpectedNull, UnexpectedType, UnknownField, UnknownValue};
    let all = BTreeSet::from([UnknownField, MissingField, UnknownValue, UnexpectedType, UnexpectedNull]);
    assert_eq!(check(&zapsign::CASES), (all.clone(), all.clone()));
    let (nested, in_unions) = check(&dialog360::CASES);
    assert_eq!(nested, all);
    assert!(in_unions.contains(&UnexpectedType), "{in_unions:?}");
}

/// Settings of a client that reports to a monitor and asks once.
fn reporting<'s>(url: &'s str, http: &reqwest::Client, monitor: &DriftMonitor) -> ClientSettings<'s> {
    let (http, monitor) = (Some(http.clone()), Some(monitor.clone()));
    ClientSettings { http, monitor, retry: RetryPolicy::never(), ..ClientSettings::at(url) }
}

/// Returns the deepest change of each kind, and the deepest inside a union.
fn deepest(changes: Vec<Change>) -> Vec<Change> {
    let mut kept: Vec<Change> = Vec::new();
    for change in changes {
        let depth = |change: &Change| change.pointer.matches('/').count();
        match kept.iter_mut().find(|known| (known.kind, known.in_union) == (change.kind, change.in_union)) {
            Some(known) if depth(known) >= depth(&change) => {}
            Some(known) => *known = change,
            None => kept.push(change),
        }
    }
    kept
}

async fn over_a_socket(cases: &ApiCases) -> usize {
    let (bundle, http) = (bundle(cases.bundle), reqwest::Client::new());
    let server = Recorder::start(Reply::new(200, "", "")).await;
    let mut operations = BTreeSet::new();
    for case in cases.bodies.iter().filter(|case| case.kind == Kind::Response) {
        let call = cases.calls.iter().find(|call| call.operation == case.operation).expect("each operation has a call");
        let body = call.body.map_or(Value::Null, |pointer| at(&bundle, pointer).clone());
        for change in deepest(changes(&bundle, case)) {
            let status = case.status.expect("an answer has one");
            server.reply(Reply::new(status, case.media, change.body.to_string()));
            let monitor = monitor();
            // The response may or may not decode, which is not tested here.
            let client = (cases.client)(&reporting(server.url(), &http, &monitor));
            let _ = (call.send)(&client, &body).await;
            let expected = (Some(case.operation), Some(status), change.pointer, change.kind, 1);
            assert_eq!(found(&monitor), [expected], "{} {status}: {}", case.operation, change.body);
            operations.insert(case.operation);
        }
    }
    operations.len()
}

#[tokio::test]
async fn every_operation_reports_what_its_answer_holds() {
    let of_json = |bodies: &[BodyCase]| {
        let json = bodies.iter().filter(|case| case.kind == Kind::Response && case.media == "application/json");
        json.map(|case| case.operation).collect::<BTreeSet<_>>().len()
    };
    for cases in APIS {
        assert_eq!(over_a_socket(cases).await, of_json(cases.bodies), "{}", cases.name);
    }
}

const DOCUMENT: &str = "3f0c9d1e-0000-4000-8000-000000000278";

/// Pointers written by hand, so that the tests above do not only agree with themselves.
#[tokio::test]
async fn places_are_as_they_are_in_the_body() {
    let server = Recorder::start(Reply::new(200, "", "")).await;
    let (http, monitor) = (reqwest::Client::new(), monitor());
    let client = (zapsign::CASES.client)(&reporting(server.url(), &http, &monitor));
    let client = client.get::<zapsign_api::Client>();
    let token = zapsign_api::types::DocumentToken::new(DOCUMENT).expect("a token");
    let reply = |body: Value| server.reply(Reply::new(200, "application/json", body.to_string()));
    let signer = |more: Value| {
        let mut signer = json!({"token": DOCUMENT, "status": "new", "name": "Ana Prado"});
        signer.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        signer
    };

    let signers =
        [signer(json!({"nome": "Ana", "ana@signers.example": 1})), signer(json!({"status": "dormindo", "nome": 7}))];
    reply(json!({"token": DOCUMENT, "status": "pending", "name": "Contrato", "signers": signers}));
    let document = client.get_document().doc_token(&token).send().await.expect("it decodes");
    assert_eq!(document.at("/signers/1/nome"), Some(json!(7)));
    assert_eq!(document.at("/signers/0").expect("it is there")["name"], "Ana Prado");
    assert_eq!((document.at("/signers/9"), document.at("signers")), (None, None));
    assert_eq!(document.at("").expect("the body")["name"], "Contrato");

    let of = |monitor: &DriftMonitor| -> Vec<String> {
        monitor.findings().iter().map(|drift| format!("{drift} x{}", drift.count)).collect()
    };
    let first = [
        "get_document 200 /signers/*/*: unknown_field (integer) x1",
        "get_document 200 /signers/*/nome: unknown_field (string) x1",
        "get_document 200 /signers/*/status: unknown_value (string) x1",
    ];
    assert_eq!(of(&monitor), first);

    reply(json!({"token": DOCUMENT, "status": "pending", "signers": [signer(json!({"times_viewed": "3"}))]}));
    client.get_document().doc_token(&token).send().await.expect_err("it does not decode");
    let more = [
        "get_document 200 /name: missing_field x1",
        "get_document 200 /signers/*/times_viewed: unexpected_type (string) x1",
    ];
    assert_eq!(of(&monitor)[3..], more);

    server.reply(Reply::new(418, "application/json", "{}"));
    client.get_document().doc_token(&token).send().await.expect_err("it is refused");
    assert_eq!(of(&monitor)[5..], ["get_document 418: undocumented_status x1"]);
}

#[test]
fn deliveries_are_compared_with_their_event() {
    let monitor = monitor();
    let signed = json!({"event_type": "doc_signed", "token": DOCUMENT, "name": "Contrato", "status": "signed",
        "signer_who_signed": {"token": DOCUMENT, "status": "signed", "name": "Ana", "documento": "390"}});
    for delivery in [signed, json!({"event_type": "doc_notarised", "token": DOCUMENT}), json!({"token": DOCUMENT})] {
        monitor.observe_delivery(&ZAPSIGN, delivery.to_string().as_bytes());
    }
    let list = json!([{"id": "e1", "event": "channel_live", "data": {"id": "aaCH", "status": 7}}]);
    monitor.observe_delivery(&DIALOG360, list.to_string().as_bytes());
    let all: Vec<String> = monitor.findings().iter().map(|drift| format!("{}: {drift}", drift.crate_name)).collect();
    assert_eq!(
        all,
        [
            "zapsign-api: doc_signed /signer_who_signed/documento: unknown_field (string)",
            "zapsign-api: webhook /event_type: unknown_event (string)",
            "zapsign-api: webhook /event_type: missing_field",
            "dialog360-api: channel_live /data/status: unexpected_type (integer)",
        ]
    );
}

thread_local! {
    /// Events that this test's thread recorded.
    static TOLD: RefCell<String> = RefCell::default();
}

/// Subscriber that records events of every thread: one of a single thread may miss events whose call site another
/// thread met first.
struct Events;

struct Fields<'t>(&'t mut String);

impl tracing::field::Visit for Fields<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.0.push_str(&format!(" {field}={value:?}"));
    }
}

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Events {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        TOLD.with_borrow_mut(|told| {
            told.push_str(event.metadata().level().as_str());
            event.record(&mut Fields(told));
            told.push('\n');
        });
    }
}

/// Collects the strings of a value. With `mark` each is first made different from any other text.
fn strings(value: &mut Value, mark: bool, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            if mark {
                *text = format!("{text}~{}~", found.len());
            }
            found.insert(text.clone());
        }
        Value::Array(list) => list.iter_mut().for_each(|item| strings(item, mark, found)),
        Value::Object(map) => map.values_mut().for_each(|item| strings(item, mark, found)),
        _ => {}
    }
}

#[test]
fn no_value_is_reported() {
    use tracing_subscriber::layer::SubscriberExt as _;
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Events)).expect("the only one");
    APIS.iter().for_each(|cases| no_value_of(cases));
}

fn no_value_of(cases: &ApiCases) {
    let bundle = bundle(cases.bundle);
    // Names of keys, operations, events and types are not values, and digits of a time are the report's.
    let names = keys(&bundle);
    let mut known: BTreeMap<String, bool> = BTreeMap::new();
    let mut is_known = |value: &str| {
        let is_known = || names.contains(value) || value.bytes().all(|byte| byte.is_ascii_digit());
        *known.entry(value.to_owned()).or_insert_with(is_known)
    };
    for case in received(cases) {
        for mut change in changes(&bundle, case) {
            for mark in [false, true] {
                let mut values = BTreeSet::new();
                strings(&mut change.body, mark, &mut values);
                let monitor = monitor();
                observe(&monitor, cases.table, case, change.body.to_string().as_bytes());
                let findings = monitor.findings();
                assert!(!findings.is_empty(), "{}: {}", case.operation, change.pointer);
                let told = TOLD.take();
                assert_eq!(told.matches("WARN").count(), findings.len(), "{told}");
                let shown: String = findings.iter().map(|drift| format!("{drift}\n{drift:?}\n")).collect();
                let all = told + &shown + &serde_json::to_string(&findings).expect("it encodes");
                for value in values.iter().filter(|value| value.len() >= 4) {
                    assert!(!all.contains(value.as_str()) || !mark && is_known(value), "{value}: {all}");
                }
            }
        }
    }
}

/// Returns every key of a document, and the names of its operations and types.
fn keys(value: &Value) -> String {
    let below = |(key, value): (&String, &Value)| match value {
        Value::String(name) if key == "operationId" || key == "type" => format!("{key} {name} "),
        value => format!("{key} {}", keys(value)),
    };
    match value {
        Value::Object(map) => map.iter().map(below).collect(),
        Value::Array(list) => list.iter().map(keys).collect(),
        _ => String::new(),
    }
}

#[test]
fn payload_tells_what_the_spec_does_not_know_beside_what_was_lost() {
    let folder = std::env::temp_dir().join(format!("payload-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("body.json");
    for (more, code, shown, told) in [
        (json!({}), 0, "lossless\n", ""),
        (json!({"status": "dormindo"}), 0, "lossless\n", "drift: get_document 200 /status: unknown_value (string)\n"),
        (json!({"nome": "Ana"}), 1, "/nome: lost\n", "drift: get_document 200 /nome: unknown_field (string)\n"),
    ] {
        let mut body = json!({"token": DOCUMENT, "status": "pending", "name": "Contrato"});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        std::fs::write(&file, body.to_string()).expect("a file");
        let mut payload = std::process::Command::new(env!("CARGO_BIN_EXE_payload"));
        let payload =
            payload.args(["zapsign", "get_document", "response", "200"]).arg(&file).output().expect("it runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(
            (payload.status.code(), text(&payload.stdout), text(&payload.stderr)),
            (Some(code), shown.into(), told.into())
        );
    }
    std::fs::remove_dir_all(folder).expect("it was there");
}
