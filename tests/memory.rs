//! Memory of decoding is proportional to the body, for every body.
#![allow(missing_docs)]

use conformance::APIS;
use conformance::case::{ApiCases, at, bundle, on_the_wire};
use serde_json::{Map, Value};

/// Length of the measured body, in bytes. A shorter one measures mostly the fixed cost of decoding.
const SIZE: usize = 16 * 1024;
/// Maximum memory in multiples of the body, for the worst type and body. An empty object in a list is three bytes and
/// becomes a whole struct, in a list that doubles as it grows. So the cap on responses bounds memory too.
const MULTIPLE: u64 = 2500;

#[test]
fn no_body_takes_more_than_a_multiple_of_its_size() {
    let measured = APIS.iter().map(|cases| measure(cases)).sum::<usize>();
    assert!(measured > 300, "{measured} bodies");
}

/// Fills each list and each object of every body with the smallest items that it may have.
fn measure(cases: &ApiCases) -> usize {
    let bundle = bundle(cases.bundle);
    let mut measured = 0;
    for case in cases.bodies {
        let Some(example) = case.examples.first() else { continue };
        let example = at(&bundle, example.pointer);
        let mut pointers = Vec::new();
        walk(example, "", &mut pointers);
        for pointer in pointers {
            let body = on_the_wire("application/json", &filled(example, &pointer));
            let info = allocation_counter::measure(|| drop((case.recode)(&body)));
            let multiple = info.bytes_max / body.len() as u64;
            assert!(
                multiple <= MULTIPLE,
                "{} {:?} at {pointer}: {multiple} times its size",
                case.operation,
                case.status
            );
            measured += 1;
        }
    }
    measured
}

fn filled(example: &Value, pointer: &str) -> Value {
    let mut body = example.clone();
    let empty = || Value::Object(Map::new());
    match body.pointer_mut(pointer) {
        Some(Value::Array(list)) => *list = vec![empty(); SIZE / "{},".len()],
        Some(Value::Object(map)) => map.extend((0..SIZE / r#""000":{},"#.len()).map(|n| (format!("{n:x}"), empty()))),
        _ => {}
    }
    body
}

fn walk(value: &Value, pointer: &str, pointers: &mut Vec<String>) {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(k, v)| (k.replace('~', "~0").replace('/', "~1"), v)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => return,
    };
    pointers.push(pointer.to_owned());
    for (key, value) in inside {
        walk(value, &format!("{pointer}/{key}"), pointers);
    }
}
