//! Examples of the bundles: each decodes into its Rust type and encodes to the same JSON.
#![allow(missing_docs)]

use conformance::case::{ApiCases, Kind, at, bundle, on_the_wire};
use conformance::compare::losses;
use conformance::{dialog360, zapsign};

#[test]
fn dialog360_examples() {
    round_trip(&dialog360::CASES);
}

#[test]
fn zapsign_examples() {
    round_trip(&zapsign::CASES);
}

fn round_trip<C>(cases: &ApiCases<C>) {
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
    fn without<C>(cases: &ApiCases<C>) -> Vec<String> {
        let bodies = cases.bodies.iter().filter(|case| case.examples.is_empty() && !case.media.is_empty());
        bodies.map(|case| format!("{} {:?} {:?}", case.operation, case.kind, case.status)).collect()
    }
    assert_eq!([without(&dialog360::CASES), without(&zapsign::CASES)].concat(), Vec::<String>::new());
}

/// Changes of the vendor's API that a response survives.
#[test]
fn answers_survive_additions_and_nulls() {
    for body in dialog360::CASES.bodies.iter().chain(zapsign::CASES.bodies).filter(|body| body.kind != Kind::Request) {
        let bundle = bundle(if dialog360::CASES.bodies.iter().any(|known| std::ptr::eq(known, body)) {
            dialog360::CASES.bundle
        } else {
            zapsign::CASES.bundle
        });
        for example in body.examples.iter().filter(|_| body.media == "application/json") {
            let mut value = at(&bundle, example.pointer).clone();
            if let Some(map) = value.as_object_mut() {
                map.insert("a_field_of_the_future".into(), serde_json::json!({"nested": [1, null]}));
            }
            if let Err(error) = (body.recode)(value.to_string().as_bytes()) {
                panic!("{} {:?} {}: {error}", body.operation, body.status, example.name);
            }
        }
    }
}
