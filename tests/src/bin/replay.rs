//! Sends every call of the conformance table to a server, and prints its complaints about the requests. It is for
//! Prism, an independent mock server that validates requests against a bundle: see `tests/README.md`.

use std::process::ExitCode;

use conformance::case::{ApiCases, at, bundle};
use conformance::{dialog360, zapsign};
use http::HeaderMap;
use serde_json::Value;

/// Header in which Prism reports violations of a request that it accepts.
const VIOLATIONS: &str = "sl-violations";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let violations = match arguments[..] {
        ["dialog360", url] => {
            let client = dialog360_api::Client::builder().api_key("key").base_url(url).pacing(false).build();
            replay(&client.expect("the url is one of this machine"), &dialog360::CASES).await
        }
        ["zapsign", url] => {
            let client = zapsign_api::Client::builder().api_token("token").base_url(url).pacing(false).build();
            replay(&client.expect("the url is one of this machine"), &zapsign::CASES).await
        }
        _ => {
            eprintln!("usage: replay <zapsign|dialog360> <url>");
            return ExitCode::from(2);
        }
    };
    if violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn replay<C>(client: &C, cases: &ApiCases<C>) -> usize {
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
