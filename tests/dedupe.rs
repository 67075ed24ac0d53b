//! Keys of events for an inbox: deliveries that are one event, and those that are two.
#![allow(missing_docs)]

use std::collections::BTreeMap;

use conformance::case::{ApiCases, Kind, at, bundle};
use conformance::{dialog360, zapsign};
use dialog360_api::webhooks::Event as ChannelEvent;
use serde_json::{Map, Value, json};
use zapsign_api::webhooks::{DedupeKey, Event};

/// Returns the key of a delivery of ZapSign.
fn key(body: &Value) -> DedupeKey {
    Event::from_slice(body.to_string().as_bytes()).expect("an event").dedupe_key()
}

/// Returns the key of a delivery of 360dialog.
fn key_360(body: &Value) -> DedupeKey {
    ChannelEvent::from_slice(body.to_string().as_bytes()).expect("an event").dedupe_key()
}

/// Returns the examples of all events, by their names.
fn deliveries(cases: &ApiCases) -> Vec<(String, Value)> {
    let bundle = bundle(cases.bundle);
    let events = cases.bodies.iter().filter(|case| case.kind == Kind::Event);
    events
        .flat_map(|case| {
            let examples = case.examples.iter();
            examples
                .map(|e| (format!("{} {}", case.operation, e.name), at(&bundle, e.pointer).clone()))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Returns the example of a ZapSign event.
fn delivery(name: &str) -> Value {
    let found = deliveries(&zapsign::CASES).into_iter().find(|(event, _)| event.starts_with(&format!("{name} ")));
    found.expect(name).1
}

/// Returns a body with changed values, by JSON pointer; the value of a new key is added.
fn with(body: &Value, changes: &[(&str, Value)]) -> Value {
    let mut body = body.clone();
    for (pointer, value) in changes {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        body.pointer_mut(parent).expect(pointer)[key] = value.clone();
    }
    body
}

/// Returns the body as a repetition has it, whose links are signed anew.
fn with_new_links(body: &Value) -> Value {
    match body {
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (key.clone(), with_new_links(value))).collect())
        }
        Value::Array(items) => items.iter().map(with_new_links).collect(),
        Value::String(text) if text.starts_with("https://") => {
            format!("{}?X-Amz-Date=20260204T091020Z&X-Amz-Signature=5e1f", text.split('?').next().unwrap_or_default())
                .into()
        }
        other => other.clone(),
    }
}

/// Returns the body with all keys in the opposite order.
fn reversed(body: &Value) -> Value {
    match body {
        Value::Object(fields) => {
            Value::Object(fields.iter().rev().map(|(key, value)| (key.clone(), reversed(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(reversed).collect(),
        other => other.clone(),
    }
}

/// A changed key makes every delivery that comes again after an update a new one.
#[test]
fn the_keys_of_the_examples_do_not_change_and_all_differ() {
    let zapsign = deliveries(&zapsign::CASES).into_iter().map(|(name, body)| (format!("zapsign {name}"), key(&body)));
    let dialog360 = deliveries(&dialog360::CASES).into_iter();
    let dialog360 = dialog360.map(|(name, body)| (format!("360dialog {name}"), key_360(&body)));
    let keys: BTreeMap<String, DedupeKey> = zapsign.chain(dialog360).collect();
    let mut different: Vec<_> = keys.values().collect();
    different.sort_unstable();
    different.dedup();
    assert_eq!((keys.len(), different.len()), (30, 30));
    insta::assert_json_snapshot!(keys);
}

#[test]
fn three_views_of_one_opening_are_one_event_and_views_of_two_signers_are_two() {
    for (name, signer) in [("doc_viewed", "signer_who_viewed"), ("doc_read_confirmation", "signer_who_read")] {
        let first = delivery(name);
        let of_signer = |field: &str| format!("/{signer}/{field}");
        for views in 2..4 {
            let again = with(
                &first,
                &[
                    (&of_signer("times_viewed"), views.into()),
                    (&of_signer("last_view_at"), format!("2026-02-04T09:08:07.{views}00000Z").into()),
                    ("/last_update_at", format!("2026-02-04T09:08:07.{views}00000Z").into()),
                ],
            );
            assert_eq!(key(&again), key(&first), "{name}");
        }
        let other = with(&first, &[(&of_signer("token"), json!("3f0c9d1e-0000-4000-8000-0000000000b2"))]);
        assert_ne!(key(&other), key(&first), "{name}");
    }
    assert_ne!(
        key(&delivery("doc_viewed")),
        key(&with(&delivery("doc_viewed"), &[("/event_type", "doc_opened".into())]))
    );
}

#[test]
fn a_repetition_with_new_links_is_one_event() {
    let mut with_links = 0;
    for (name, body) in deliveries(&zapsign::CASES) {
        let again = with_new_links(&body);
        with_links += usize::from(again != body);
        // Nothing but the links may tell two alerts apart.
        let is_alert = body["event_type"] == "doc_expiration_alert";
        assert_eq!(key(&again) == key(&body), !is_alert, "{name}");
        assert_eq!(key(&reversed(&body)), key(&body), "{name}");
        let unknown = with(&body, &[("/event_type", "doc_of_the_future".into())]);
        assert_eq!(key(&with_new_links(&unknown)), key(&unknown), "{name}");
    }
    assert_eq!(with_links, 11);
}

#[test]
fn alerts_that_differ_in_anything_are_several_events() {
    let seven_days = delivery("doc_expiration_alert");
    let three_days =
        with(&seven_days, &[("/original_file", json!("https://files.zapsign.example/pdf/a.pdf?signature=2"))]);
    assert_ne!(key(&seven_days), key(&three_days));
    for (pointer, value) in [("/days_left", json!(3)), ("/last_update_at", json!("2026-02-06T04:05:09.101112Z"))] {
        assert_ne!(key(&with(&seven_days, &[(pointer, value)])), key(&seven_days), "{pointer}");
    }
    assert_eq!(key(&reversed(&seven_days)), key(&seven_days), "a repetition of the same body");
}

#[test]
fn a_refusal_and_the_doc_signed_that_crosses_it_are_two_events() {
    let refused = delivery("doc_refused");
    let signed = with(&refused, &[("/event_type", "doc_signed".into())]);
    assert_ne!(key(&refused), key(&signed));
    assert_eq!(key(&signed), key(&with_new_links(&signed)));
    // The same by the company, without a `doc_refused`, of a document that one signer had signed.
    let one_signed = with(&delivery("doc_signed"), &[("/status", "pending".into())]);
    let cancelled = with(&one_signed, &[("/status", "recusado".into())]);
    assert_ne!(key(&one_signed), key(&cancelled));
    let no_signer = with(&cancelled, &[("/signer_who_signed", Value::Null)]);
    assert_eq!(key(&no_signer), key(&with_new_links(&no_signer)));
    assert_ne!(key(&no_signer), key(&with(&no_signer, &[("/status", "signed".into())])));
    for change in [("/rejected_reason", json!("Another reason.")), ("/signers/0/status", json!("refused"))] {
        assert_ne!(key(&with(&refused, &[change])), key(&refused));
    }
}

#[test]
fn doc_signed_of_two_signers_is_two_events_and_of_one_is_one() {
    let first = delivery("doc_signed");
    let second = with(
        &first,
        &[
            ("/signer_who_signed/token", json!("3f0c9d1e-0000-4000-8000-0000000000b2")),
            ("/signer_who_signed/signed_at", json!("2026-02-04T09:10:12.000000Z")),
        ],
    );
    assert_ne!(key(&first), key(&second));
    for pointer in ["/signer_who_signed/token", "/signer_who_signed/signed_at"] {
        assert_ne!(key(&first), key(&with(&first, &[(pointer, second.pointer(pointer).expect("a value").clone())])));
    }
    // The document goes on while the delivery waits for its repetition.
    let again = with(&first, &[("/status", "pending".into()), ("/last_update_at", "2026-02-04T09:10:19Z".into())]);
    assert_eq!(key(&first), key(&again));
}

#[test]
fn the_same_event_of_two_documents_is_two() {
    for (name, body) in deliveries(&zapsign::CASES) {
        let pointer = if body.get("check_id").is_some() { "/check_id" } else { "/token" };
        assert_ne!(key(&with(&body, &[(pointer, "another".into())])), key(&body), "{name}");
    }
}

#[test]
fn an_event_that_happens_again_is_two() {
    for (name, change) in [
        ("signature_notification_sent", ("/created_signer/sent_at", json!("2026-02-06T04:05:09.101112Z"))),
        ("signature_notification_sent", ("/created_signer/notification_channel", json!("email"))),
        ("signer_authentication_failed", ("/last_update_at", json!("2026-02-06T04:05:09.101112Z"))),
        ("signer_authentication_failed", ("/unauthenticated_signer/attempts_used", json!(4))),
        ("doc_expired", ("/expiration_date", json!("2026-03-28T23:59:59.000999+00:00"))),
        ("email_bounce", ("/error", json!("The mailbox is full."))),
        ("email_bounce", ("/email", json!("bento@aurora.example"))),
        ("email_bounce", ("/bounced_at", json!("2026-02-06T04:05:09.101112Z"))),
        ("background_check_completed", ("/status", json!("error"))),
    ] {
        let first = delivery(name);
        assert_ne!(key(&with(&first, &[change])), key(&first), "{name}");
    }
}

/// Two events without what tells events apart would be one, and the second would be lost.
#[test]
fn an_event_without_a_token_is_known_by_its_body() {
    for (name, pointer) in [
        ("doc_created", "/token"),
        ("doc_signed", "/signer_who_signed/token"),
        ("doc_viewed", "/signer_who_viewed/token"),
        ("doc_read_confirmation", "/signer_who_read/token"),
        ("created_signer", "/created_signer/token"),
        ("signature_notification_sent", "/created_signer/token"),
        ("signer_authentication_failed", "/unauthenticated_signer/token"),
    ] {
        let bare = with(&delivery(name), &[(pointer, "".into())]);
        assert_eq!(key(&bare), key(&with_new_links(&bare)), "{name}");
        assert_is_known_by_its_body(name, &bare);
    }
}

/// Asserts that two events are two if anything but the signatures of their links differs, also a field that no type knows.
fn assert_is_known_by_its_body(name: &str, body: &Value) {
    assert_eq!(key(&with_new_links(&reversed(body))), key(body), "{name}");
    for (pointer, value) in [("/last_update_at", json!("2026-02-06T04:05:09Z")), ("/of_the_future", json!(1))] {
        assert_ne!(key(&with(body, &[(pointer, value)])), key(body), "{name} {pointer}");
    }
}

/// Fields that are left could be the same of two events.
#[test]
fn an_event_without_a_field_that_tells_it_apart_is_known_by_its_body() {
    let null = || Value::Null;
    let pending = || json!("pending");
    for (name, changes) in [
        ("doc_signed", &[("/signer_who_signed", null()), ("/status", pending())][..]),
        ("doc_signed", &[("/signer_who_signed", null()), ("/status", json!("of_the_future"))]),
        ("doc_signed", &[("/signer_who_signed/signed_at", null()), ("/status", pending())]),
        ("doc_signed", &[("/signer_who_signed/signed_at", json!("")), ("/status", pending())]),
        ("doc_refused", &[("/signers", json!([]))]),
        ("doc_refused", &[("/signers", null()), ("/rejected_reason", null())]),
        ("doc_refused", &[("/signers/0/token", null())]),
        ("doc_expired", &[("/expiration_date", null())]),
        ("signature_notification_sent", &[("/created_signer/sent_at", null())]),
        ("signer_authentication_failed", &[("/unauthenticated_signer/attempts_used", null())]),
        ("email_bounce", &[]),
        (
            "email_bounce",
            &[("/token", null()), ("/email", null()), ("/type", null()), ("/status", null()), ("/error", null())],
        ),
        ("background_check_completed", &[("/status", json!(""))]),
    ] {
        assert_is_known_by_its_body(&format!("{name} {changes:?}"), &with(&delivery(name), changes));
    }
    let untimed = with(&delivery("signer_authentication_failed"), &[("/last_update_at", null())]);
    assert_ne!(key(&with(&untimed, &[("/of_the_future", 1.into())])), key(&untimed));
}

/// A parameter that is made anew with each link says nothing, and any other may be all that tells two events apart.
#[test]
fn only_the_signature_of_a_link_does_not_count() {
    let of = |link: &str| key(&json!({"event_type": "doc_notarised", "done": {"links": [link]}}));
    let signed = |signature: &str| format!("https://files.zapsign.example/a.pdf?order=1&{signature}#page=2");
    for parameter in
        ["X-Amz-Signature", "X-Amz-Date", "Signature", "Expires", "AWSAccessKeyId", "valid", "signature", "expires"]
    {
        assert_eq!(of(&signed(&format!("{parameter}=a%2B"))), of(&signed(&format!("{parameter}=b"))), "{parameter}");
        assert_eq!(of(&signed(&format!("{parameter}=a"))), of("https://files.zapsign.example/a.pdf?order=1#page=2"));
    }
    for other in [
        "https://files.zapsign.example/a.pdf?order=2#page=2",
        "https://files.zapsign.example/a.pdf?order=1#page=3",
        "https://files.zapsign.example/b.pdf?order=1#page=2",
        "https://files.zapsign.example/a.pdf",
    ] {
        assert_ne!(of(other), of(&signed("signature=a")), "{other}");
    }
    let said = |text: &str| format!("https://files.zapsign.example/a?signature=1 {text}");
    assert_ne!(of(&said("was refused")), of(&said("was taken")), "it is no link but a text");
    assert_ne!(of("a?signature=1"), of("a?signature=2"));
}

#[test]
fn an_unknown_event_is_known_by_its_json_in_any_form() {
    let body = json!({
        "event_type": "doc_notarised", "token": "3f0c9d1e", "notary": {"name": "Ana", "seals": [1, 2]},
        "notarised_at": "2026-02-04T09:10:11Z", "last_update_at": "2026-02-04T09:10:12Z",
    });
    let of = |text: &str| Event::from_slice(text.as_bytes()).expect("an event").dedupe_key();
    assert_eq!(key(&reversed(&body)), key(&body));
    assert_eq!(of(&serde_json::to_string_pretty(&body).expect("it encodes")), key(&body));
    for (pointer, value) in [
        ("/last_update_at", json!("2026-02-04T09:10:19Z")),
        ("/notary/seals", json!([2, 1])),
        ("/notary/name", json!("Bento")),
        ("/notarised_at", json!("2026-02-05T09:10:11Z")),
        ("/token", json!("7a1b2c3d")),
        ("/event_type", json!("doc_sealed")),
    ] {
        assert_ne!(key(&with(&body, &[(pointer, value)])), key(&body), "{pointer}");
    }
    let number = |number: &str| of(&format!(r#"{{"event_type":"doc_notarised","number":{number}}}"#));
    assert_ne!(number("12345678901234567890123"), number("12345678901234567890124"), "every digit counts");
    // An event that the spec lists, in another form.
    let changed = with(&delivery("doc_signed"), &[("/status", 7.into())]);
    assert!(matches!(Event::from_slice(changed.to_string().as_bytes()), Ok(Event::Unknown(_))));
    assert_eq!(key(&reversed(&with_new_links(&changed))), key(&changed));
}

#[test]
fn an_event_of_360dialog_is_known_by_its_id() {
    for (name, body) in deliveries(&dialog360::CASES) {
        let newer = with(&body, &[("/data/modified_at", "2026-02-04T09:10:11Z".into())]);
        assert_eq!(key_360(&newer), key_360(&body), "{name}");
        assert_ne!(key_360(&with(&body, &[("/id", "e2".into())])), key_360(&body), "{name}");
        assert_ne!(key_360(&with(&body, &[("/event", "channel_of_the_future".into())])), key_360(&body), "{name}");
        for id in [Value::Null, "".into()] {
            let bare = with(&body, &[("/id", id)]);
            assert_eq!(key_360(&reversed(&bare)), key_360(&bare), "{name}");
            // A field that no type knows.
            assert_ne!(key_360(&with(&bare, &[("/event_id", "n1".into())])), key_360(&bare), "{name}");
            assert_ne!(key_360(&with(&bare, &[("/data/of_the_future", 1.into())])), key_360(&bare), "{name}");
            if !bare["data"]["id"].is_null() {
                assert_ne!(key_360(&with(&bare, &[("/data/id", "bbCH".into())])), key_360(&bare), "{name}");
            }
        }
    }
    // The events of one body are told apart by what each is.
    let list = json!([{"event": "channel_live", "new": 1}, {"event": "channel_live", "new": 2}]).to_string();
    let events = dialog360_api::webhooks::parse_delivery(list.as_bytes()).expect("events");
    assert_ne!(events[0].dedupe_key(), events[1].dedupe_key());
    assert_eq!(events[1].text(), r#"{"event":"channel_live","new":2}"#);
    // A body of the messaging API: an id that no event's name goes with is not that of a delivery.
    let message = |text: &str| key_360(&json!({"object": "whatsapp", "id": "the-account", "text": text}));
    assert_eq!(message("a"), message("a"));
    assert_ne!(message("a"), message("b"));
    let unlisted = |id: &str, more: u8| key_360(&json!({"event": "channel_moved", "id": id, "data": {"more": more}}));
    assert_eq!(unlisted("e1", 1), unlisted("e1", 2));
    assert_ne!(unlisted("e1", 1), unlisted("e2", 1));
}
