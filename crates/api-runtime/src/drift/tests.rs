use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::FieldRow::{Optional, Required};
use super::SchemaRow::{self, *};
use super::walk::{compare, looks_like_data};
use super::{Drift, DriftKind, DriftMonitor, EventRow, OperationRow, ResponseRow, SchemaTable};

static SHIP: SchemaRow = Object(&[
    Required("name", &String),
    Optional("crew", &Array(&Object(&[Required("rank", &Enum(&["captain", "mate"])), Optional("age", &Integer)]))),
    Optional("flags", &OpenObject(&[Optional("main", &Boolean)], &Nullable(&Boolean))),
    Optional("class", &IntegerEnum(&[1, 2])),
    Optional("load", &Discriminated("kind", &[("oil", &OIL), ("grain", &Object(&[Required("kind", &String)]))])),
    Optional("port", &OneOf(&[&Object(&[Required("code", &String)]), &Object(&[Required("name", &String)]), &Integer])),
    Optional("notes", &Any),
    Optional("inner", &SHIP),
]);
static OIL: SchemaRow = Object(&[Required("kind", &String), Required("litres", &Number)]);

static TABLE: SchemaTable = SchemaTable {
    crate_name: "ships",
    crate_version: "1.2.3",
    spec_revision: "abc",
    record: |_| (),
    operations: &[OperationRow {
        id: "get_ship",
        responses: &[
            ResponseRow { first: 200, last: 200, body: Some(&SHIP) },
            ResponseRow { first: 404, last: 404, body: None },
            ResponseRow { first: 400, last: 499, body: Some(&Object(&[Required("reason", &String)])) },
        ],
    }],
    event_key: "event",
    events: &[EventRow { name: "launched", body: &Object(&[Required("event", &String), Required("ship", &SHIP)]) }],
};

fn locations(value: &Value) -> Vec<std::string::String> {
    compare(&SHIP, value).by_location.into_keys().map(|(pointer, kind)| format!("{pointer} {}", kind.name())).collect()
}

fn lines(monitor: &DriftMonitor) -> Vec<std::string::String> {
    let findings = monitor.findings();
    findings.iter().map(|drift| format!("{drift} x{}", drift.count)).collect()
}

fn response(monitor: &DriftMonitor, status: u16, body: &Value) {
    monitor.observe_response(&TABLE, "get_ship", status, body.to_string().as_bytes());
}

#[test]
fn each_kind_of_difference_has_a_pointer() {
    for (value, expected) in [
        (json!({"name": "Ana", "crew": [{"rank": "mate", "age": 3}], "flags": {"main": true, "x": null}}), &[][..]),
        (json!({"name": "Ana", "class": 2, "notes": [{"a": 1}], "port": 7, "load": {"kind": "grain"}}), &[]),
        (json!([]), &[" unexpected_type"]),
        (json!({}), &["/name missing_field"]),
        (
            json!({"name": null, "a/b": 1, "rig": 1}),
            &["/* unknown_field", "/name unexpected_null", "/rig unknown_field"],
        ),
        (
            json!({"name": "Ana", "crew": [{"rank": "cook"}, {"rank": "cook", "age": 1.5}, null]}),
            &["/crew/* unexpected_null", "/crew/*/age unexpected_type", "/crew/*/rank unknown_value"],
        ),
        (json!({"name": "Ana", "flags": {"5511900000000": 1}}), &["/flags/* unexpected_type"]),
        (json!({"name": "Ana", "class": 3}), &["/class unknown_value"]),
        (json!({"name": "Ana", "class": 2.5}), &["/class unexpected_type"]),
        (json!({"name": "Ana", "load": {"kind": "oil"}}), &["/load/litres missing_field"]),
        (json!({"name": "Ana", "load": {"kind": "coal", "x": 1}}), &["/load/kind unknown_value"]),
        (json!({"name": "Ana", "load": {}}), &["/load/kind missing_field"]),
        (json!({"name": "Ana", "port": {"name": "x", "sea": 1}}), &["/port/sea unknown_field"]),
        (json!({"name": "Ana", "port": {"name": 7}}), &["/port/name unexpected_type"]),
        (json!({"name": "Ana", "port": {"sea": 7}}), &["/port unexpected_type"]),
        (json!({"name": "Ana", "port": null}), &["/port unexpected_null"]),
        (
            json!({"name": "Ana", "inner": {"inner": {"name": 1}}}),
            &["/inner/inner/name unexpected_type", "/inner/name missing_field"],
        ),
    ] {
        assert_eq!(locations(&value), expected, "{value}");
    }
}

#[test]
fn a_key_that_may_be_data_is_not_shown() {
    for key in ["nome", "sign_order", "first_waba_business_id", "selfie_photo_url2", "X-Trace"] {
        assert!(!looks_like_data(key), "{key}");
    }
    for key in ["", "5511900000000", "a@b.example", "Ana Prado", "2026-01-02", "3f0c9d1e-0000", "joão", &"a".repeat(41)]
    {
        assert!(looks_like_data(key), "{key}");
    }
}

/// Values in nested unions are compared once for each alternative of each, so without a bound the time is exponential.
#[test]
fn the_comparison_of_nested_unions_is_bounded() {
    static TREE: SchemaRow = OneOf(&[
        &Object(&[Required("a", &TREE)]),
        &Object(&[Required("a", &TREE), Optional("b", &Integer)]),
        &Object(&[Required("a", &TREE), Optional("c", &Integer)]),
    ]);
    let mut value = json!(1);
    for _ in 0..100 {
        value = json!({"a": value});
    }
    assert!(compare(&TREE, &value).by_location.len() <= 1);
}

#[test]
fn the_first_bodies_are_compared_and_then_a_sample() {
    let monitor = DriftMonitor::default().sample_first(3).sample_every(5);
    let mut counts = Vec::new();
    for _ in 0..14 {
        response(&monitor, 200, &json!({}));
        counts.push(monitor.findings()[0].count);
    }
    assert_eq!(counts, [1, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 5, 5]);

    let never = DriftMonitor::default().sample_first(0).sample_every(0);
    (0..300).for_each(|_| response(&never, 200, &json!({})));
    // Statuses are not sampled.
    (0..300).for_each(|_| response(&never, 503, &json!({})));
    assert_eq!(lines(&never), ["get_ship 503: undocumented_status x300"]);

    let default = DriftMonitor::default();
    (0..220).for_each(|_| response(&default, 200, &json!({})));
    assert_eq!(lines(&default), ["get_ship 200 /name: missing_field x22"]);
}

#[test]
fn a_difference_is_reported_once_and_then_counted() {
    let reported = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&reported);
    let monitor = DriftMonitor::new(move |drift: &Drift| log.lock().expect("nobody panicked").push(drift.clone()));
    let clone = monitor.clone();
    for _ in 0..4 {
        response(&monitor, 200, &json!({"name": 7}));
        response(&clone, 200, &json!({"name": true}));
    }
    let reported = reported.lock().expect("nobody panicked");
    let [first] = reported.as_slice() else { panic!("{reported:?}") };
    assert_eq!((first.count, first.to_string().as_str()), (1, "get_ship 200 /name: unexpected_type (integer)"));
    let [now] = &monitor.findings()[..] else { panic!("one finding") };
    assert_eq!((now.count, now.first_seen), (8, first.first_seen));
    assert!(now.last_seen >= first.last_seen);
}

#[test]
fn findings_are_bounded() {
    let reports = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&reports);
    let monitor = DriftMonitor::new(move |_: &Drift| {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    let keys =
        |first: u8| (first..first + 20).flat_map(|a| (b'a'..=b't').map(move |b| format!("{}{}", a as char, b as char)));
    let body = |first: u8| -> Value {
        keys(first)
            .map(|key| (key, json!(1)))
            .chain([("name".to_owned(), json!("Ana"))])
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    response(&monitor, 200, &body(b'a'));
    assert_eq!((monitor.findings().len(), monitor.overflow()), (256, 400 - 256));
    response(&monitor, 200, &body(b'A'));
    assert_eq!((monitor.findings().len(), monitor.overflow()), (256, 2 * 400 - 256));
    assert_eq!(reports.load(Ordering::SeqCst), 256);
}

/// A callback may use the monitor, and its panic is caught.
#[test]
fn a_callback_runs_outside_of_the_lock() {
    let slot: Arc<Mutex<Option<DriftMonitor>>> = Arc::default();
    let inner = Arc::clone(&slot);
    let monitor = DriftMonitor::new(move |_: &Drift| {
        let monitor = inner.lock().expect("nobody panicked").clone().expect("it is set");
        assert!(monitor.findings().is_empty(), "the callback panics here");
    });
    *slot.lock().expect("nobody panicked") = Some(monitor.clone());
    response(&monitor, 200, &json!({}));
    response(&monitor, 500, &json!({}));
    assert_eq!(monitor.findings().len(), 2);
}

#[test]
fn a_status_has_the_narrowest_schema() {
    let monitor = DriftMonitor::default();
    response(&monitor, 404, &json!({"reason": 7}));
    response(&monitor, 418, &json!({"reason": 7}));
    response(&monitor, 201, &json!({}));
    monitor.observe_response(&TABLE, "request", 500, b"{}");
    monitor.observe_response(&TABLE, "get_ship", 200, b"<html>");
    assert_eq!(
        lines(&monitor),
        [
            "get_ship 418 /reason: unexpected_type (integer) x1",
            "get_ship 201: undocumented_status x1",
            "get_ship 201 /name: missing_field x1"
        ]
    );
}

#[test]
fn deliveries_are_compared_one_by_one() {
    let monitor = DriftMonitor::default();
    for delivery in [
        json!([{"event": "launched", "ship": {"name": "Ana"}}, {"event": "launched", "ship": {"name": "Ana", "rig": 1}}]),
        json!({"event": "sunk"}),
        json!({"event": 7}),
        json!({"ship": 7}),
    ] {
        monitor.observe_delivery(&TABLE, delivery.to_string().as_bytes());
    }
    monitor.observe_delivery(&TABLE, b"{");
    assert_eq!(
        lines(&monitor),
        [
            "launched /ship/rig: unknown_field (integer) x1",
            "webhook /event: unknown_event (string) x2",
            "webhook /event: missing_field x1"
        ]
    );
    let json = serde_json::to_value(&monitor.findings()[0]).expect("it encodes");
    assert_eq!(
        (&json["crate_name"], &json["spec_revision"], &json["kind"], &json["status"], &json["json_type"]),
        (&json!("ships"), &json!("abc"), &json!("unknown_field"), &Value::Null, &json!("integer"))
    );
    assert!(json["first_seen"].as_u64().is_some_and(|seconds| seconds > 1_700_000_000));
    assert_eq!(DriftKind::UnknownEvent.name(), "unknown_event");
}
