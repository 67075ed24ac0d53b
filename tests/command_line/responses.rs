//! Responses of every operation, printed in each format.

use conformance::case::{ApiCases, Kind, at, on_the_wire};
use conformance::recorder::Reply;
use partner_cli::ExitCode;
use serde_json::Value;

use super::arguments::Arguments;
use super::operation_command::OperationCommand;
use super::program::{Run, apis, partner};
use super::typed_calls::{ApiSpec, SECRET, TypedCalls};

#[tokio::test]
async fn every_response_of_the_bundles_is_printed_in_each_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut faults = Vec::new();
    for api in apis() {
        let spec = ApiSpec::read(api);
        let calls = TypedCalls::start(&spec).await;
        let mut printed = 0;
        for row in api.operations {
            let command = OperationCommand::read(&spec, row).await;
            let case = api.calls.iter().find(|case| case.operation == row.id).expect("a call");
            let typed = calls.send(case).await;
            let folder = folder.path().join(api.name).join(row.id);
            let arguments = Arguments::of_parameters(&command, &typed, folder).with_fields(&typed.body).into_list();
            let bodies = api.bodies.iter().filter(|body| body.kind == Kind::Response && body.operation == row.id);
            for (body, example) in bodies.flat_map(|body| body.examples.iter().map(move |example| (body, example))) {
                let status = body.status.expect("a status");
                let content = on_the_wire(body.media, at(&spec.bundle, example.pointer));
                // A refusal that a client may repeat is repeated at once.
                calls.recorder.reply(Reply::new(status, body.media, content.clone()).header("retry-after", "0"));
                for format in ["table", "json", "jsonl"] {
                    let options = ["--output", format, "--yes", "--reveal-secrets"].map(str::to_owned);
                    let url = calls.recorder.url();
                    let variables = [("D360_API_KEY", SECRET), ("ZAPSIGN_API_TOKEN", SECRET), ("PARTNER_URL", url)];
                    let run = partner(&[&arguments[..], &options].concat(), &variables).await;
                    calls.recorder.take();
                    if let Err(fault) = check(&run, status, format, &content) {
                        faults
                            .push(format!("{} {status} {} {} as {format}: {fault}", row.id, body.media, example.name));
                    }
                }
                printed += 1;
            }
        }
        assert_eq!(printed, responses(api), "{}: each example was printed", api.name);
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn responses(api: &ApiCases) -> usize {
    let responses = api.bodies.iter().filter(|body| body.kind == Kind::Response);
    responses.map(|body| body.examples.len()).sum()
}

/// Checks exit code and output of a run that got this response.
fn check(run: &Run, status: u16, format: &str, content: &[u8]) -> Result<(), String> {
    let expected: &[ExitCode] = match status {
        200..300 => &[ExitCode::Done],
        401 => &[ExitCode::Credential],
        403 => &[ExitCode::Refused, ExitCode::Credential],
        429 | 500.. => &[ExitCode::TryLater, ExitCode::Unknown],
        _ => &[ExitCode::Refused],
    };
    if !expected.contains(&run.code) {
        return Err(format!("exit {}: {}", run.code as u8, run.stderr));
    }
    if run.code != ExitCode::Done {
        return check_error(run, format);
    }
    match (format, serde_json::from_slice::<Value>(content)) {
        // What is no JSON is printed as it came, in each format.
        (_, Err(_)) if run.stdout.strip_suffix(b"\n").unwrap_or(&run.stdout) == content.trim_ascii_end() => Ok(()),
        (_, Err(_)) => Err(format!("it is not printed as it came: {:?}", run.text())),
        ("json", Ok(value)) => match serde_json::from_slice::<Value>(&run.stdout) {
            Ok(printed) if printed == value => Ok(()),
            _ => Err(format!("not the same JSON: {}", run.text())),
        },
        ("jsonl", Ok(_)) => {
            let text = run.text();
            let broken = text.lines().find(|line| serde_json::from_str::<Value>(line).is_err());
            broken.map_or(Ok(()), |line| Err(format!("a line is no JSON: {line}")))
        }
        (_, Ok(value)) if run.stdout.is_empty() && !is_empty_list(&value) => Err("nothing is printed".to_owned()),
        (_, Ok(_)) => Ok(()),
    }
}

/// Checks the message of a run that failed.
fn check_error(run: &Run, format: &str) -> Result<(), String> {
    if !run.stdout.is_empty() {
        return Err(format!("an error is no data: {}", run.text()));
    }
    if format == "table" {
        return if run.stderr.starts_with("error: ") { Ok(()) } else { Err(run.stderr.clone()) };
    }
    let report: Value = serde_json::from_str(&run.stderr).map_err(|error| format!("{error}: {}", run.stderr))?;
    let error = &report["error"];
    let is_unknown = run.code == ExitCode::Unknown;
    if error["exit_code"] == run.code as u8 && error["may_have_taken_effect"] == is_unknown {
        Ok(())
    } else {
        Err(format!("exit {}, and it says {error}", run.code as u8))
    }
}

/// Returns `true` for a list without items, or a page of one: its table has no rows.
fn is_empty_list(value: &Value) -> bool {
    let is_empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    is_empty(value) || value.get("count") == Some(&0.into()) || value.get("total") == Some(&0.into())
}
