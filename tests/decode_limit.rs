//! Memory of decoding: any response or delivery takes at most its body and 128 MiB.
#![allow(missing_docs)]

use std::collections::BTreeSet;

use conformance::case::{ApiCases, ClientSettings, at, bundle, on_the_wire};
use conformance::recorder::{Recorder, Reply};
use conformance::{dialog360, zapsign};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

const LIMIT: u64 = 128 << 20;
/// Memory that a call takes beside the body, in bytes.
const CALL: u64 = 2 << 20;
/// Length of a body just below the client's cap, in bytes.
const HUGE: usize = 63 << 20;
const FILLED: &str = "what is filled in";

/// Server on threads of its own, so that its memory is not counted.
struct Server {
    recorder: Recorder,
    _threads: Runtime,
}

impl Server {
    fn start() -> Self {
        let threads = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        Self { recorder: threads.block_on(Recorder::start(Reply::new(200, "", ""))), _threads: threads }
    }
}

#[test]
fn no_list_of_360dialog_takes_more_than_its_body_and_the_limit() {
    let server = Server::start();
    measure(&server.recorder, &dialog360::CASES);
}

#[test]
fn no_list_of_zapsign_takes_more_than_its_body_and_the_limit() {
    let server = Server::start();
    measure(&server.recorder, &zapsign::CASES);
}

/// Fills each list and each object of every response that is a list with as much as the limit allows, and its items
/// with much more.
fn measure(recorder: &Recorder, cases: &ApiCases) {
    let client = (cases.client)(&ClientSettings::at(recorder.url()));
    let bundle = bundle(cases.bundle);
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (mut seen, mut worst, mut decoded, mut refused) = (BTreeSet::new(), (0, String::new()), 0, (0, 0));
    for case in cases.calls {
        let (status, media, pointer) = case.answer.expect("every operation has a success");
        if !(case.operation.starts_with("list_") || case.operation == "get_check_details")
            || !seen.insert(case.operation)
        {
            continue;
        }
        let sent = case.body.map_or(Value::Null, |pointer| at(&bundle, pointer).clone());
        let example = at(&bundle, pointer);
        let mut places = Vec::new();
        walk(example, "", &mut places);
        let items = places.iter().find(|place| example.pointer(place).is_some_and(Value::is_array)).expect("a list");
        for place in &places {
            let mut fillings = fillings(example.pointer(place).expect("it was walked to"));
            if place == items {
                fillings.push((format!("[{}{{}}]", "{},".repeat(HUGE / 3)), true));
            }
            for (filling, huge) in fillings {
                let body = filled(example, place, &filling);
                let size = body.len() as u64;
                recorder.reply(Reply::new(status, media, body));
                let mut outcome = None;
                let info = allocation_counter::measure(|| {
                    outcome = Some(runtime.block_on((case.send)(&client, &sent)).map(drop));
                });
                let taken = info.bytes_max;
                assert!(taken <= size + LIMIT + CALL, "{} at {place}: {taken} bytes for {size}", case.operation);
                let too_many = matches!(outcome, Some(Err(failure)) if failure.printed.contains("`max_decoded_bytes`"));
                assert_eq!(too_many, huge, "{} at {place}: {size} bytes", case.operation);
                if huge {
                    refused = (refused.0 + 1, refused.1.max(taken));
                    // A body that arrives in chunks is joined in a buffer that doubles; nothing else is taken.
                    assert!(taken <= 3 * size + CALL, "{} at {place}: {taken} bytes for {size}", case.operation);
                    println!("{}: {size} bytes took {taken}", case.operation);
                } else {
                    decoded += 1;
                    worst = worst.max((taken, format!("{} at {place}, {size} bytes", case.operation)));
                }
                recorder.take();
            }
        }
    }
    println!("{decoded} bodies within the limit took at most {} bytes: {}", worst.0, worst.1);
    println!("{} bodies of {HUGE} bytes took at most {} bytes", refused.0, refused.1);
    assert!(decoded > 30 && refused.0 >= 3, "{decoded} {refused:?}");
}

/// Returns the fillings of a list or an object, as large as the limit allows. No other content takes more.
fn fillings(value: &Value) -> Vec<(String, bool)> {
    let list = |item: &str, count: usize| format!("[{}]", vec![item; count].join(","));
    let object = |value: &str, count: usize| {
        let members: Vec<String> = (0..count).map(|number| format!(r#""{number:x}":{value}"#)).collect();
        format!("{{{}}}", members.join(","))
    };
    match value {
        Value::Array(items) => {
            let own = items.first().filter(|item| item.is_object()).map(Value::to_string);
            let items = ["{}", r#"{"":0}"#, "[0]", "0"].map(ToOwned::to_owned).into_iter().chain(own);
            items.map(|item| (list(&item, most(&item, 0)), false)).collect()
        }
        Value::Object(_) => {
            ["0", r#"{"":0}"#].map(|value| (object(value, most(value, 352)), false)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the maximum number of items that the limit allows, less some for the values beside them. A list that is one
/// item longer than a power of two has just grown.
fn most(item: &str, key: u64) -> usize {
    let nested = item.bytes().filter(|byte| b"{[,".contains(byte)).count() as u64;
    let keys = item.bytes().filter(|byte| *byte == b':').count() as u64;
    let is_struct = key == 0 && (item.starts_with('{') || item.starts_with('['));
    let inner = item.matches(['{', '[']).count() as u64 * 7680;
    let counted = 416 + nested * 416 + keys * 352 + key + if is_struct { inner } else { 0 };
    let most = (LIMIT * 9 / 10 / counted) as usize;
    let grown = most.next_power_of_two() / 2 + 1;
    grown.min(most)
}

fn filled(example: &Value, place: &str, filling: &str) -> Vec<u8> {
    let mut body = example.clone();
    *body.pointer_mut(place).expect("it was walked to") = json!(FILLED);
    let body = String::from_utf8(on_the_wire("application/json", &body)).expect("text");
    body.replacen(&format!("\"{FILLED}\""), filling, 1).into_bytes()
}

/// Collects the pointers of the lists and objects of a body; of each list, those of one item.
fn walk(value: &Value, place: &str, places: &mut Vec<String>) {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(k, v)| (k.replace('~', "~0").replace('/', "~1"), v)).collect(),
        Value::Array(list) => list.first().map(|value| ("0".to_owned(), value)).into_iter().collect(),
        _ => return,
    };
    places.push(place.to_owned());
    for (key, value) in inside {
        walk(value, &format!("{place}/{key}"), places);
    }
}

#[test]
fn a_page_of_a_thousand_documents_decodes() {
    let server = Server::start();
    let client = zapsign_api::Client::builder().api_token("token").base_url(server.recorder.url()).rate_limiting(false);
    let client = client.build().expect("it builds");
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let bundle = bundle(zapsign::CASES.bundle);
    let case = zapsign::CASES.calls.iter().find(|case| case.operation == "list_documents").expect("it is listed");
    let (status, media, pointer) = case.answer.expect("an answer");
    let mut page = at(&bundle, pointer).clone();
    let document = page["results"][0].clone();
    page["results"] = vec![document; 1000].into();
    server.recorder.reply(Reply::new(status, media, on_the_wire(media, &page)));
    let page = runtime.block_on(client.list_documents().send()).expect("it decodes");
    assert_eq!(page.results.len(), 1000);
    // A lower limit is an error of its own.
    let error =
        runtime.block_on(client.list_documents().max_decoded_bytes(1 << 20).send()).expect_err("too many values");
    assert!(error.to_string().contains("the body has more values than"), "{error}");
    assert!(error.raw_body().is_some_and(|body| body.len() > 100_000), "the body is kept");
}

#[test]
fn no_delivery_takes_more_than_its_body_and_the_limit() {
    let [most, huge] = [10_000, 1_000_000];
    for (name, known) in [("channel_live", "data"), ("doc_created", "signers"), ("of_the_future", "x")] {
        for item in ["{}", "[0]", "0"] {
            for count in [most, huge] {
                let items = vec![item; count].join(",");
                let event = format!(r#"{{"event":"{name}","event_type":"{name}","{known}":[{items}]}}"#);
                for body in [event, format!("[{items}]")] {
                    let size = body.len() as u64;
                    let info = allocation_counter::measure(|| {
                        drop(dialog360_api::webhooks::parse_delivery(body.as_bytes()));
                        drop(zapsign_api::webhooks::Event::from_slice(body.as_bytes()));
                    });
                    assert!(info.bytes_max <= 2 * size + LIMIT, "{name} {item}: {} for {size}", info.bytes_max);
                    let read = zapsign_api::webhooks::Event::from_slice(body.as_bytes());
                    assert_eq!(read.is_err(), count == huge, "{name} {item}: {size}");
                    assert_eq!(
                        dialog360_api::webhooks::parse_delivery(body.as_bytes()).is_err(),
                        count == huge,
                        "{name}"
                    );
                }
            }
        }
    }
}
