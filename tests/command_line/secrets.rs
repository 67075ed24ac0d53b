//! Secrets of every request and every answer: none is on the standard output or the standard error.

use std::collections::BTreeSet;
use std::fs;

use conformance::case::{BodyCase, Kind, at, on_the_wire};
use conformance::recorder::Reply;
use partner_cli::ExitCode;
use serde_json::Value;

use super::arguments::Arguments;
use super::operation_command::OperationCommand;
use super::program::{Run, apis, partner};
use super::sent_request::SentBody;
use super::typed_calls::{ApiSpec, SECRET, TypedCalls};

#[tokio::test]
async fn no_secret_of_a_request_is_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut faults, mut seen) = (Vec::new(), 0);
    for api in apis() {
        let spec = ApiSpec::read(api);
        let calls = TypedCalls::start(&spec).await;
        for row in api.operations {
            let command = OperationCommand::read(&spec, row).await;
            for case in api.calls.iter().filter(|case| case.operation == row.id) {
                let body = calls.body(case);
                let mut secrets = secrets(&spec, command.body_schema(), &body);
                seen += secrets.len();
                secrets.insert(SECRET.to_owned());
                let typed = calls.send(case).await;
                let folder = folder.path().join(api.name).join(row.id).join(case.name);
                let arguments = Arguments::of_parameters(&command, &typed, folder.clone());
                let by_flags = arguments.with_fields(&SentBody::read(&typed.body, &body)).into_list();
                let shown = by_flags.iter().find(|argument| secrets.iter().any(|secret| argument.contains(secret)));
                assert_eq!(shown, None, "others can read an argument");
                for way in [&["--dry-run"][..], &["--curl"], &["--yes", "--reveal-secrets"]] {
                    let options = way.iter().chain(&["--verbose"]).map(|option| (*option).to_owned());
                    let run = run(&calls, by_flags.iter().cloned().chain(options).collect()).await;
                    calls.recorder.take();
                    if run.code != ExitCode::Done {
                        faults.push(format!("{} {} {way:?}: {}", row.id, case.name, run.stderr));
                    }
                    // What is asked for is an answer, which may have a secret of the same text.
                    let streams = if way[0] == "--yes" { run.stderr } else { run.text() + &run.stderr };
                    faults.extend(shown_in(&streams, &secrets, &format!("{} {} {way:?}", row.id, case.name)));
                }
            }
        }
    }
    assert!(seen >= 4, "the examples have {seen} secrets");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[tokio::test]
async fn no_secret_of_an_answer_is_shown_unless_it_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut faults, mut seen) = (Vec::new(), 0);
    for api in apis() {
        let spec = ApiSpec::read(api);
        let calls = TypedCalls::start(&spec).await;
        for row in api.operations {
            let command = OperationCommand::read(&spec, row).await;
            let case = api.calls.iter().find(|case| case.operation == row.id).expect("a call");
            let typed = calls.send(case).await;
            let folder = folder.path().join(api.name).join(row.id);
            let arguments = Arguments::of_parameters(&command, &typed, folder.clone()).with_fields(&typed.body);
            let arguments = arguments.into_list();
            let bodies = api.bodies.iter().filter(|body| body.kind == Kind::Response && body.operation == row.id);
            for (body, example) in bodies.flat_map(|body| body.examples.iter().map(move |example| (body, example))) {
                let answer = at(&spec.bundle, example.pointer);
                let secrets = secrets(&spec, schema_of(&command, body), answer);
                if secrets.is_empty() {
                    continue;
                }
                seen += secrets.len();
                let reply = Reply::new(body.status.expect("a status"), body.media, on_the_wire(body.media, answer));
                calls.recorder.reply(reply.header("retry-after", "0"));
                for format in ["table", "json", "jsonl"] {
                    let file = folder.join(format!("{}-{format}.json", example.name));
                    fs::create_dir_all(&folder).expect("a folder");
                    let file_name = file.to_str().expect("text");
                    let options = ["--output", format, "--yes", "--verbose", "--secrets-file", file_name];
                    let run = run(&calls, arguments.iter().cloned().chain(options.map(str::to_owned)).collect()).await;
                    calls.recorder.take();
                    let context = format!("{} {:?} {} as {format}", row.id, body.status, example.name);
                    faults.extend(shown_in(&(run.text() + &run.stderr), &secrets, &context));
                    let kept = fs::read_to_string(&file).unwrap_or_default();
                    let is_kept =
                        |secret: &&String| kept.contains(Value::from(secret.as_str()).to_string().trim_matches('"'));
                    if run.code == ExitCode::Done && !secrets.iter().all(|secret| is_kept(&secret)) {
                        faults.push(format!("{context}: a secret is not in the file"));
                    }
                    let _ = fs::remove_file(&file);
                }
            }
        }
    }
    assert!(seen >= 4, "the examples have {seen} secrets");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

async fn run(calls: &TypedCalls<'_>, arguments: Vec<String>) -> Run {
    let variables = [("D360_API_KEY", SECRET), ("ZAPSIGN_API_TOKEN", SECRET), ("PARTNER_URL", calls.recorder.url())];
    partner(&arguments, &variables).await
}

/// Returns the texts of a value that are secrets by their schema.
fn secrets(spec: &ApiSpec, schema: &Value, value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut value = value.clone();
    spec.schemas.visit_secrets(schema, &mut value, &mut |_, secret| found.extend(secret.as_str().map(str::to_owned)));
    // A short text is a part of others by chance, such as `zapsign`.
    found.retain(|secret| secret.len() > 8);
    found
}

/// Returns the schema of an answer.
fn schema_of<'c>(command: &OperationCommand<'c>, body: &BodyCase) -> &'c Value {
    let status = body.status.expect("a status").to_string();
    &command.definition["responses"][status]["content"][body.media]["schema"]
}

fn shown_in(text: &str, secrets: &BTreeSet<String>, context: &str) -> Option<String> {
    let secret = secrets.iter().find(|secret| text.contains(*secret))?;
    Some(format!("{context}: {secret:?} is shown in {text}"))
}
