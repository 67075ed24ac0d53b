use std::sync::LazyLock;

use api_runtime::DriftMonitor;
use arbitrary::{Result, Unstructured};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::APIS;
use crate::case::{ApiCases, Kind, at, bundle};
use crate::compare::losses;
use crate::mutation::{MARKER, encode, mutate, odd_text};

fn examples(cases: &ApiCases) -> Vec<Value> {
    let bundle = bundle(cases.bundle);
    let events = cases.bodies.iter().filter(|case| case.kind == Kind::Event);
    events.flat_map(|case| case.examples).map(|example| at(&bundle, example.pointer).clone()).collect()
}

static DELIVERIES: LazyLock<Vec<Value>> = LazyLock::new(|| APIS.iter().flat_map(|cases| examples(cases)).collect());

/// Claims [`raw_delivery`] for mutated and broken deliveries, one or several in a body.
///
/// # Errors
///
/// None for lack of bytes: missing bytes count as zeros.
pub fn delivery(bytes: &[u8]) -> Result<()> {
    let mut bytes = Unstructured::new(bytes);
    let mut value = bytes.choose(&DELIVERIES)?.clone();
    if bytes.ratio(1, 4)? {
        let other = bytes.choose(&DELIVERIES)?.clone();
        value = json!([value, other]);
    }
    for _ in 0..bytes.int_in_range(0..=3)? {
        mutate(&mut value, &mut bytes)?;
    }
    open_data_survives(&value, odd_text(&mut bytes)?);
    raw_delivery(&encode(&value, &mut bytes)?);
    Ok(())
}

/// Claims that no delivery is lost: it is kept whole, or as a type that encodes to the same, or its bytes are returned. An
/// event whose text is read again has the same key.
pub fn raw_delivery(body: &[u8]) {
    /// The two enums have no trait in common.
    macro_rules! one {
        ($api:ident) => {
            let read = $api::webhooks::Event::from_slice(body);
            if let Ok(event) = &read {
                let again = $api::webhooks::Event::from_slice(event.text().as_bytes()).ok();
                assert_eq!(again.map(|again| again.dedupe_key()), Some(event.dedupe_key()));
            }
            match read {
                Err(invalid) => {
                    assert_eq!(invalid.body(), body);
                    assert!(serde_json::from_slice::<Value>(body).is_err(), "it can be read");
                }
                Ok($api::webhooks::Event::Unknown(event)) => {
                    assert_eq!(serde_json::from_slice(body).ok().as_ref(), Some(event.body()));
                    assert_eq!(serde_json::to_vec(&event).ok().as_deref(), Some(body.trim_ascii()));
                }
                Ok(event) => {
                    assert_eq!(event.text(), String::from_utf8_lossy(body.trim_ascii()));
                    let encoded = serde_json::to_vec(&event).unwrap_or_default();
                    let again = $api::webhooks::Event::from_slice(&encoded);
                    let again = again.ok().filter(|again| again.name() == event.name());
                    assert_eq!(again.map(|again| serde_json::to_vec(&again).unwrap_or_default()), Some(encoded));
                }
            }
        };
    }
    one!(dialog360_api);
    one!(zapsign_api);
    let monitor = DriftMonitor::default();
    monitor.observe_delivery(&dialog360_api::schemas::SCHEMAS, body);
    monitor.observe_delivery(&zapsign_api::schemas::SCHEMAS, body);
    assert!(!format!("{:?}", monitor.findings()).contains(MARKER));
    match dialog360_api::webhooks::parse_delivery(body) {
        Err(invalid) => assert_eq!(invalid.body(), body),
        Ok(events) => {
            let list = serde_json::from_slice::<Vec<&RawValue>>(body);
            assert_eq!(events.len(), list.map_or(1, |list| list.len()));
        }
    }
}

/// Claims that an unknown key is kept where the spec allows any key.
fn open_data_survives(value: &Value, key: String) {
    const OPEN: [&str; 4] =
        ["account_violation", "account_restriction", "phone_number_quality_changed", "waba_template_category_changed"];
    if !value["event"].as_str().is_some_and(|event| OPEN.contains(&event)) || !value["data"].is_object() {
        return;
    }
    let mut value = value.clone();
    let key = format!("new {key}");
    value["data"][&key] = json!({"nested": [1, null]});
    if let Ok(event) = dialog360_api::webhooks::Event::from_slice(value.to_string().as_bytes()) {
        let encoded = serde_json::to_value(&event).unwrap_or_default();
        assert_eq!(losses(&value["data"][&key], &encoded["data"][&key]), Vec::<String>::new(), "{key:?}");
    }
}
