//! Responses of every operation, printed in each format.

use api_runtime::{Operation, RetryRule};
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
                    if let Err(fault) = check(&run, row, status, format, &content) {
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

/// Returns `true` for a status that does not say if the operation took effect, so that nobody may repeat it blindly.
fn leaves_in_doubt(row: &Operation, status: u16) -> bool {
    match row.retry {
        RetryRule::ByIdempotency => !row.idempotent && !matches!(status, 429 | 503),
        RetryRule::RateLimited => status != 429,
        // A cool-down is a refusal.
        RetryRule::ConnectErrorsOnly => row.cooldown.is_none_or(|cooldown| cooldown.status != status),
    }
}

/// Checks exit code and output of a run that got this response.
fn check(run: &Run, row: &Operation, status: u16, format: &str, content: &[u8]) -> Result<(), String> {
    let expected = match status {
        200..300 => ExitCode::Done,
        429 | 500.. if leaves_in_doubt(row, status) => ExitCode::Unknown,
        403 if String::from_utf8_lossy(content).contains("API token not found") => ExitCode::Credential,
        429 | 500.. => ExitCode::TryLater,
        401 => ExitCode::Credential,
        _ => ExitCode::Refused,
    };
    if run.code != expected {
        return Err(format!("exit {}: {}", run.code as u8, run.stderr));
    }
    if expected != ExitCode::Done {
        let is_told = run.stdout.is_empty() && !run.stderr.is_empty();
        return is_told.then_some(()).ok_or_else(|| format!("no data, and a message: {:?}", run.text()));
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
        (_, Ok(_)) if run.stdout.is_empty() => Err("nothing is printed".to_owned()),
        (_, Ok(_)) => Ok(()),
    }
}
