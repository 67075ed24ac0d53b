//! Sends every call of the conformance table to a server, and prints its complaints about the requests. It is for
//! Prism, an independent mock server that validates requests against a bundle: see `tests/README.md`.

use std::process::ExitCode;

use conformance::APIS;
use conformance::case::{AnyClient, ApiCases, ClientSettings, at, bundle};
use http::HeaderMap;
use serde_json::Value;

/// Header in which Prism reports violations of a request that it accepts.
const VIOLATIONS: &str = "sl-violations";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let api = match arguments[..] {
        [name, url] => APIS.iter().find(|api| api.name == name).map(|api| (api, url)),
        _ => None,
    };
    let Some((api, url)) = api else {
        let names: Vec<&str> = APIS.iter().map(|api| api.name).collect();
        eprintln!("usage: replay <{}> <url>", names.join("|"));
        return ExitCode::from(2);
    };
    let violations = replay(&(api.client)(&ClientSettings::at(url)), api).await;
    if violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn replay(client: &AnyClient, cases: &ApiCases) -> usize {
    let bundle = bundle(cases.bundle);
    let mut violations = 0;
    for case in cases.calls {
        let body = case.body.map_or(Value::Null, |pointer| at(&bundle, pointer).clone());
        let complaint = match (case.send)(client, &body).await {
            Ok(headers) => complaint(&headers),
            Err(failure) => match (failure.case, failure.status) {
                ("api", Some(422)) => failure.body.map(|body| String::from_utf8_lossy(&body).into_owned()),
                // That Prism's invented response does not decode is no fault of the request.
                ("decode", _) => failure.headers.as_deref().and_then(complaint),
                _ => Some(failure.printed),
            },
        };
        if let Some(complaint) = complaint {
            violations += 1;
            println!("{} {}: {complaint}", case.operation, case.name);
        }
    }
    println!("{} calls, {violations} request violations", cases.calls.len());
    violations
}

/// Returns the violations of the request; those of Prism's invented response are ignored.
fn complaint(headers: &HeaderMap) -> Option<String> {
    let all: Value = serde_json::from_slice(headers.get(VIOLATIONS)?.as_bytes()).ok()?;
    let of_request = |violation: &&Value| violation["location"][0] == "request";
    let found: Vec<String> = all.as_array()?.iter().filter(of_request).map(ToString::to_string).collect();
    (!found.is_empty()).then(|| found.join(" "))
}
