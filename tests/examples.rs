//! Examples of the bundles: each decodes into its Rust type and encodes to the same JSON.
#![allow(missing_docs)]

use conformance::APIS;
use conformance::case::{ApiCases, BodyCase, Kind, at, bundle, on_the_wire};
use conformance::compare::losses;
use serde_json::Value;

#[test]
fn examples_survive_a_round_trip() {
    APIS.iter().for_each(|cases| round_trip(cases));
}

fn round_trip(cases: &ApiCases) {
    let bundle = bundle(cases.bundle);
    let mut faults = Vec::new();
    for case in cases.bodies {
        for example in case.examples {
            let value = at(&bundle, example.pointer);
            let name = format!("{} {:?} {:?} {}", case.operation, case.kind, case.status, example.name);
            match (case.recode)(&on_the_wire(case.media, value)) {
                Ok(recoded) => faults.extend(losses(value, &recoded).into_iter().map(|loss| format!("{name}: {loss}"))),
                Err(error) => faults.push(format!("{name}: {error}")),
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Every body has an example, since one without would not be tested here.
#[test]
fn every_body_has_an_example() {
    let without = |cases: &&ApiCases| -> Vec<String> {
        let bodies = cases.bodies.iter().filter(|case| case.examples.is_empty() && !case.media.is_empty());
        bodies.map(|case| format!("{} {:?} {:?}", case.operation, case.kind, case.status)).collect()
    };
    assert_eq!(APIS.iter().flat_map(without).collect::<Vec<_>>(), Vec::<String>::new());
}

/// Changes of the vendor's API that a response survives.
#[test]
fn answers_survive_additions_and_nulls() {
    for cases in APIS {
        let bundle = bundle(cases.bundle);
        for body in cases.bodies.iter().filter(|body| body.kind != Kind::Request) {
            survive(&bundle, body);
        }
    }
}

fn survive(bundle: &Value, body: &BodyCase) {
    for example in body.examples.iter().filter(|_| body.media == "application/json") {
        let mut value = at(bundle, example.pointer).clone();
        if let Some(map) = value.as_object_mut() {
            map.insert("a_field_of_the_future".into(), serde_json::json!({"nested": [1, null]}));
        }
        if let Err(error) = (body.recode)(value.to_string().as_bytes()) {
            panic!("{} {:?} {}: {error}", body.operation, body.status, example.name);
        }
    }
}
