//! Filters: the server reads the object that was built, after URL decoding.
#![allow(missing_docs)]

use conformance::recorder::{Recorder, Reply};
use dialog360_api::types::{ChannelFilter, ClientId, PartnerId};
use dialog360_api::{Client, Sort};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn set_up() -> (tokio::runtime::Runtime, Recorder, Client) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let recorder = runtime.block_on(Recorder::start(Reply::new(200, "application/json", "{}")));
    let client =
        Client::builder().api_key("key").base_url(recorder.url()).rate_limiting(false).build().expect("it builds");
    (runtime, recorder, client)
}

/// Returns the decoded query of the one request received.
fn query(recorder: &Recorder) -> Map<String, Value> {
    let received = recorder.take();
    assert_eq!(received.len(), 1);
    let query = received[0].uri.query().unwrap_or_default().to_owned();
    url::form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.into_owned(), value.into_owned().into()))
        .collect()
}

#[test]
fn known_and_unknown_fields_ids_and_nulls_are_sent() {
    let (runtime, recorder, client) = set_up();
    let partner = PartnerId::new("exmplePA").expect("an id");
    let owner = ClientId::new("exmpleCL").expect("an id");
    let filter = ChannelFilter::new()
        .status("running")
        .client_id(&owner)
        .field("setup_info.region", "eu")
        .terminated_at(())
        .is_migrated(true);
    let sort = Sort::descending("created_at");
    let call = client.list_channels().partner_id(&partner).filters(&filter).sort(&sort).limit(50).offset(100);
    runtime.block_on(call.send()).expect("it succeeds");
    let query = query(&recorder);
    let sent: Value = serde_json::from_str(query["filters"].as_str().expect("text")).expect("JSON");
    assert_eq!(
        sent,
        json!({"status": "running", "client_id": "exmpleCL", "setup_info.region": "eu", "terminated_at": null, "is_migrated": true})
    );
    assert_eq!(
        (&query["sort"], &query["limit"], &query["offset"]),
        (&json!("-created_at"), &json!("50"), &json!("100"))
    );
    assert_eq!(Sort::ascending("name").to_string(), "name");
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        "[\"'&#%+=?/\\\\ {}\u{0}-\u{1f}é🚢]{0,20}".prop_map(Value::from),
    ]
}

#[test]
fn whatever_is_built_is_what_arrives() {
    let (runtime, recorder, client) = set_up();
    let partner = PartnerId::new("exmplePA").expect("an id");
    let mut runner = proptest::test_runner::TestRunner::default();
    let fields = proptest::collection::btree_map("[a-z_.\"&#%é]{1,12}", value(), 0..6);
    let outcome = runner.run(&fields, |fields| {
        let built = fields.iter().fold(ChannelFilter::new(), |filter, (name, value)| filter.field(name, value.clone()));
        runtime.block_on(client.list_channels().partner_id(&partner).filters(&built).send()).expect("it succeeds");
        let query = query(&recorder);
        let sent: Value = serde_json::from_str(query["filters"].as_str().expect("text")).expect("JSON");
        prop_assert_eq!(sent, Value::Object(fields.into_iter().collect()));
        Ok(())
    });
    outcome.expect("every filter arrives");
}
