//! Requests of every operation, called through the public API, exactly as a server receives them.
#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use conformance::APIS;
use conformance::case::{ApiCases, ClientSettings, at, bundle, on_the_wire};
use conformance::recorder::{Received, Recorder, Reply};
use serde_json::Value;

#[tokio::test]
async fn requests_of_every_api() {
    let recorder = Recorder::start(Reply::new(200, "", "")).await;
    for cases in APIS {
        snapshot(&recorder, cases).await;
    }
}

async fn snapshot(recorder: &Recorder, cases: &ApiCases) {
    let credential = cases.credential.unwrap_or("secret");
    let secret = format!("the-{}", credential.replace('_', "-"));
    let shown = format!("<{}>", credential.replace('_', " ").to_uppercase());
    let client = (cases.client)(&ClientSettings { secret: &secret, ..ClientSettings::at(recorder.url()) });
    let bundle = bundle(cases.bundle);
    let mut by_operation: BTreeMap<&str, String> = BTreeMap::new();
    for case in cases.calls {
        let (status, media, pointer) = case.answer.expect("every operation has a success");
        let answer = if pointer.is_empty() { Vec::new() } else { on_the_wire(media, at(&bundle, pointer)) };
        recorder.reply(Reply::new(status, media, answer));
        let body = case.body.map_or(Value::Null, |pointer| at(&bundle, pointer).clone());
        if let Err(failure) = (case.send)(&client, &body).await {
            panic!("{} {}: {}", case.operation, case.name, failure.printed);
        }
        let received = recorder.take();
        assert_eq!(received.len(), 1, "{} {}: one call is one request", case.operation, case.name);
        let text = by_operation.entry(case.operation).or_default();
        let _ = write!(text, "# {}\n{}\n", case.name, request(&received[0]).replace(&secret, &shown));
    }
    for (operation, text) in by_operation {
        insta::with_settings!({ snapshot_path => "snapshots/wire", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("{}.{operation}", cases.name), text);
        });
    }
}

/// Returns the request as text, without the port and the secrets.
fn request(received: &Received) -> String {
    let mut text = format!("{} {}\n", received.method, received.uri);
    let mut headers: Vec<String> = received
        .headers
        .iter()
        .filter(|(name, _)| *name != "host" && *name != "content-length")
        .map(|(name, value)| {
            let value = value.to_str().expect("headers are text");
            // The version of the crate changes with every release.
            let value = if name == "user-agent" { value.split('/').next().unwrap_or_default() } else { value };
            format!("{name}: {value}")
        })
        .collect();
    headers.sort();
    for header in headers {
        let _ = writeln!(text, "{header}");
    }
    if !received.body.is_empty() {
        let body = match serde_json::from_slice::<Value>(&received.body) {
            Ok(body) => serde_json::to_string_pretty(&body).expect("JSON encodes"),
            Err(_) => String::from_utf8(received.body.to_vec()).expect("a form of texts").replace("\r\n", "\n"),
        };
        let _ = writeln!(text, "\n{body}");
    }
    let media = received.headers.get("content-type").map(|value| value.to_str().expect("headers are text"));
    if let Some((_, boundary)) = media.and_then(|media| media.split_once("boundary=")) {
        text = text.replace(boundary, "<BOUNDARY>");
    }
    text
}
