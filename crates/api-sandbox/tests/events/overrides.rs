//! Overrides of an event's body.

use api_sandbox::{Trigger, TriggerError};
use serde_json::{Value, json};

use super::{control, start};

#[tokio::test]
async fn an_override_that_the_schema_does_not_admit_is_refused() {
    let sandbox = start().await;
    let url = sandbox.inbox_url("any");
    let unchecked = "`unchecked` sends a field that the schema does not know";
    let states = "one of `em-curso`";
    for (event, pointer, value, said) in [
        ("doc_viewed", "/signers/0/nmae", json!("x"), format!("there is no `/signers/0/nmae`; the most similar one is `/signers/0/name`: {unchecked}")),
        ("doc_viewed", "/signer/0/email", json!("x"), format!("there is no `/signer/0/email`; the most similar one is `/signers/0/email`: {unchecked}")),
        ("doc_viewed", "/signer_who_viewed/sent_on", json!("x"), format!("there is no `/signer_who_viewed/sent_on`; the most similar one is `/signer_who_viewed/sent_at`: {unchecked}")),
        ("channel_running", "/data/setup_info/phonenumber", json!("x"), format!("there is no `/data/setup_info/phonenumber`; the most similar one is `/data/setup_info/phone_number`: {unchecked}")),
        ("doc_viewed", "/signers/0/name/first", json!("x"), format!("there is no `/signers/0/name/first`; the most similar one is `/signers/0/name`: {unchecked}")),
        ("doc_viewed", "name", json!("x"), "`name` is no JSON pointer: it begins with `/`, as in `/name`".to_owned()),
        ("doc_viewed", "/signers/1/name", json!("x"), "there is no `/signers/1`: the list has 1 item; set `/signers` as a whole".to_owned()),
        ("doc_viewed", "/signers/0/times_viewed", json!("2"), "`/signers/0/times_viewed` takes an integer, not a string".to_owned()),
        ("doc_viewed", "/signers/0/times_viewed", json!(1.5), "`/signers/0/times_viewed` takes an integer, not a number".to_owned()),
        ("doc_viewed", "/signers/0", json!({"token": "t", "status": "new", "name": 7}), "`/signers/0/name` takes a string, not an integer".to_owned()),
        ("doc_viewed", "/signers/0", json!({"token": "t", "status": "new"}), "`/signers/0` lacks `name`".to_owned()),
        ("doc_viewed", "/signers", json!([{"token": "t", "status": "new", "name": "x", "nmae": "y"}]), format!("there is no `/signers/0/nmae`; the most similar one is `/signers/0/name`: {unchecked}")),
        ("doc_viewed", "/name", json!(null), "`/name` is not nullable: it takes a string".to_owned()),
        ("doc_viewed", "/created_at", json!("yesterday"), "`/created_at` takes a string of the format `date-time`; `unchecked` sends another value".to_owned()),
        ("doc_viewed", "/created_at", json!(7), "`/created_at` takes a string of the format `date-time`, not an integer".to_owned()),
        ("doc_viewed", "/template", json!("t"), "`/template` takes an object or null, not a string".to_owned()),
        ("channel_running", "/data/client_id", json!(7), "`/data/client_id` takes a string or null, not an integer".to_owned()),
        ("doc_viewed", "/signers/0/status_code", json!("seen"), "`/signers/0/status_code` takes one of `not-opened`, `opened`, `signed`, `refused` or an integer or null; `unchecked` sends another value".to_owned()),
        ("doc_viewed", "/status", json!("sgined"), states.to_owned()),
        ("doc_created", "/event_type", json!("doc_sigend"), "`/event_type` is `doc_created` in this event: trigger the other event; `unchecked` sends another value".to_owned()),
        ("channel_live", "/event", json!("channel_running"), "`/event` is `channel_live` in this event: trigger the other event; `unchecked` sends another value".to_owned()),
        ("channel_live", "/event", json!(null), "`/event` is `channel_live` in this event: trigger the other event; `unchecked` sends another value".to_owned()),
    ] {
        let error = sandbox.trigger(Trigger::event(event).url(&url).set(pointer, value.clone())).expect_err(pointer);
        let TriggerError::Override(reason) = &error else { panic!("{error}") };
        if said == states {
            assert!(reason.starts_with("`/status` takes one of `") && reason.contains("`signed`, "), "{reason}");
        } else {
            assert_eq!(*reason, said);
        }
        let body = json!({"url": url, "set": {pointer: value}});
        let answer = control(&sandbox, reqwest::Method::POST, &format!("events/{event}"), &body).await;
        assert_eq!(answer, (400, json!({"error": error.to_string()})));
    }
    assert!(sandbox.deliveries().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn what_a_vendor_may_add_is_sent_unchecked() {
    let sandbox = start().await;
    let url = sandbox.inbox_url("any");
    let trigger = Trigger::event("doc_viewed")
        .url(&url)
        .set("/event_type", "doc_paused")
        .set("/status", "paused")
        .set("/signers/0/mood/today", "good")
        .set("/name", Value::Null)
        .unchecked();
    assert_eq!(sandbox.trigger(trigger), Ok(1));
    let body: Value = serde_json::from_slice(&sandbox.next_received("any").await.body).expect("json");
    assert_eq!(body["event_type"], "doc_paused");
    assert_eq!((&body["status"], &body["signers"][0]["mood"]), (&json!("paused"), &json!({"today": "good"})));
    assert!(body["name"].is_null());
    let beyond = Trigger::event("doc_viewed").url(&url).set("/signers/4", json!({})).unchecked();
    assert!(matches!(sandbox.trigger(beyond), Err(TriggerError::Override(_))), "there is no such place");
}

#[tokio::test]
async fn an_open_object_takes_any_key_and_objects_on_the_way_are_made() {
    let sandbox = start().await;
    let url = sandbox.inbox_url("any");
    let trigger = Trigger::event("doc_viewed")
        .url(&url)
        .set("/signers/0/digital_certificate", json!({"issuer": "Example CA"}))
        .set("/signers/0/digital_certificate/serial", 7)
        .set("/template/token", "t-1")
        .set("/metadata", json!([{"key": "contract", "value": "17"}]));
    assert_eq!(sandbox.trigger(trigger), Ok(1));
    let body: Value = serde_json::from_slice(&sandbox.next_received("any").await.body).expect("json");
    assert_eq!(body["signers"][0]["digital_certificate"], json!({"issuer": "Example CA", "serial": 7}));
    assert_eq!((&body["template"], &body["metadata"][0]["value"]), (&json!({"token": "t-1"}), &json!("17")));
}

#[tokio::test]
async fn a_pointer_of_many_tokens_is_refused() {
    let sandbox = start().await;
    let trigger = |tokens| Trigger::event("doc_viewed").url(sandbox.inbox_url("any")).set("/a".repeat(tokens), 1);
    // A value so deep in others would use up the stack.
    for (tokens, is_taken) in [(32, true), (33, false), (100_000, false)] {
        let taken = sandbox.trigger(trigger(tokens).unchecked());
        assert_eq!(taken.is_ok(), is_taken, "{tokens}");
        if let Err(error) = taken {
            assert_eq!(error.to_string(), format!("a JSON pointer has {tokens} tokens: give at most 32"));
        }
    }
}
