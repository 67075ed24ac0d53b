//! Checks a captured body against the bindings: decodes it into the client's Rust type, encodes it again, and prints
//! what was lost. Exit code: 0 if nothing was, 1 if something was, 2 for a usage error.
//!
//! Lines on stderr that begin with `drift:` report differences of a response or delivery from the spec. They do not
//! change the exit code, since a field that the spec lacks may well survive.

use std::fs;
use std::process::ExitCode;

use api_runtime::{Drift, DriftMonitor};
use conformance::APIS;
use conformance::case::{ApiCases, BodyCase, Kind};
use conformance::compare::losses;
use serde_json::Value;

const USAGE: &str = "usage: payload <api> <operation_id> <request|response|event> <status|-> <file>
       payload --list

For an event, the operation id is the event's name.";

/// Exit code of a usage error: nothing was compared.
const WRONG_CALL: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["--list"] => {
            list();
            ExitCode::SUCCESS
        }
        ["--help" | "-h"] => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        [api, operation, kind, status, file] => match check(api, operation, kind, status, file) {
            Ok(Checked { losses, drift }) => {
                losses.iter().for_each(|line| println!("{line}"));
                drift.iter().for_each(|drift| eprintln!("drift: {drift}"));
                if losses.is_empty() {
                    println!("lossless");
                    ExitCode::SUCCESS
                } else {
                    ExitCode::FAILURE
                }
            }
            Err(message) => wrong(&message),
        },
        _ => wrong(USAGE),
    }
}

fn wrong(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::from(WRONG_CALL)
}

fn find_api(name: &str) -> Result<&'static ApiCases, String> {
    APIS.iter().find(|api| api.name == name).copied().ok_or_else(|| {
        let names: Vec<&str> = APIS.iter().map(|api| api.name).collect();
        format!("unknown api `{name}`: it is one of {}", names.join(", "))
    })
}

/// Result for one body.
struct Checked {
    losses: Vec<String>,
    drift: Vec<Drift>,
}

fn check(api: &str, operation: &str, kind: &str, status: &str, file: &str) -> Result<Checked, String> {
    let ApiCases { bodies, table, .. } = find_api(api)?;
    let kind = match kind {
        "request" => Kind::Request,
        "response" => Kind::Response,
        "event" => Kind::Event,
        other => return Err(format!("unknown kind `{other}`: it is `request`, `response` or `event`")),
    };
    let status = match status {
        "-" => None,
        number => Some(number.parse::<u16>().map_err(|_| format!("`{number}` is no status"))?),
    };
    let case = find(bodies, operation, kind, status)
        .ok_or_else(|| format!("{api} has no such body of `{operation}`; `payload --list` shows what there is"))?;
    let bytes = fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    let original = original(case, &bytes);
    let losses = match (case.recode)(&bytes) {
        Ok(recoded) => losses(&original, &recoded),
        Err(refused) => vec![refused],
    };
    let monitor = DriftMonitor::default();
    match (kind, status) {
        (Kind::Response, Some(status)) => monitor.observe_response(table, operation, status, &bytes),
        (Kind::Event, _) => monitor.observe_delivery(table, &bytes),
        (Kind::Response | Kind::Request, _) => {}
    }
    Ok(Checked { losses, drift: monitor.findings() })
}

/// Finds the case of a body. A client decodes every success like the documented one, and every error like any other.
fn find(bodies: &'static [BodyCase], operation: &str, kind: Kind, status: Option<u16>) -> Option<&'static BodyCase> {
    let of_operation = || bodies.iter().filter(move |case| case.operation == operation && case.kind == kind);
    let exact = of_operation().find(|case| case.status == status);
    let success = |status: Option<u16>| status.is_none_or(|status| (200..300).contains(&status));
    exact.or_else(|| {
        let all = bodies.iter().any(|case| case.operation == operation && case.kind == kind);
        let any_refusal = || bodies.iter().find(|case| case.kind == kind && !success(case.status));
        match (kind, success(status)) {
            (Kind::Response, true) => of_operation().find(|case| success(case.status)),
            (Kind::Response, false) if all => of_operation().find(|case| !success(case.status)).or_else(any_refusal),
            _ => None,
        }
    })
}

/// Returns the body as a value to compare with: text unchanged, everything else as JSON if it is valid.
fn original(case: &BodyCase, bytes: &[u8]) -> Value {
    let text = || Value::from(String::from_utf8_lossy(bytes).into_owned());
    if case.is_text() {
        return text();
    }
    serde_json::from_slice(bytes).unwrap_or_else(|_| text())
}

fn list() {
    for ApiCases { name: api, bodies, .. } in APIS {
        let mut operations: Vec<&BodyCase> = Vec::new();
        for case in *bodies {
            if !operations.iter().any(|known| known.operation == case.operation) {
                operations.push(case);
            }
        }
        for first in operations {
            let of_operation = || bodies.iter().filter(|case| case.operation == first.operation);
            let mut kinds: Vec<&str> = of_operation().map(|case| name(case.kind)).collect();
            kinds.dedup();
            let statuses: Vec<String> = of_operation().filter_map(|case| Some(case.status?.to_string())).collect();
            let or_dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
            println!(
                "{api}\t{}\t{}\t{}\t{}\t{}",
                first.operation,
                first.method,
                or_dash(first.path.to_owned()),
                kinds.join(","),
                or_dash(statuses.join(","))
            );
        }
    }
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Request => "request",
        Kind::Response => "response",
        Kind::Event => "event",
    }
}
