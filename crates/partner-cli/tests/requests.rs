//! Requests that command lines make: what is sent, and what is refused before.
#![allow(missing_docs)]

mod program;

use std::fs;

use partner_cli::ExitCode;
use program::{RecordingServer, run};
use serde_json::{Value, json};
use tempfile::TempDir;

const CREATE: [&str; 3] = ["zapsign", "documents", "create"];

/// Returns the body that these arguments of `zapsign documents create` send.
async fn body(arguments: &[&str], input: &[u8]) -> Value {
    let server = RecordingServer::start(|_, _| (200, "{\"token\": \"3f0c9d1e\"}".to_owned()));
    let ran = server.run_with_input(&[&CREATE, arguments].concat(), input).await;
    assert_eq!(ran.code, ExitCode::Done, "{ran:?}");
    server.take_one().json()
}

/// Returns the message with which a command line is refused, and checks that nothing was sent, and that it shows no secret.
async fn refusal(line: &[&str]) -> String {
    let server = RecordingServer::start(|_, _| (200, "{}".to_owned()));
    let ran = server.run(line).await;
    assert!(server.received().is_empty() && !ran.stderr.contains("s3cret"), "{line:?}: {ran:?}");
    ran.message(ExitCode::Usage)
}

fn file(folder: &TempDir, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.path().join(name);
    fs::write(&path, content).expect("it is written");
    format!("@{}", path.display())
}

#[tokio::test]
async fn the_body_is_the_whole_one_then_flags_then_assignments() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = json!({"name": "Whole", "markdown_text": "a", "lang": "es", "signers": [{"name": "Ana"}]}).to_string();
    let expected = json!({
        "name": "Flag", "markdown_text": "a", "lang": "en", "signers": [{"name": "Rui", "email": "rui@signers.example"}],
    });
    let changes =
        ["--set", "lang=en", "--name", "Flag", "--lang", "fr", "--signer", "name=Ana", "--set", "signers[0].name=Rui"];
    let last = ["--set", "signers[0].email=rui@signers.example"];
    let marked = format!("\u{feff}{whole}");
    for (given, input) in
        [(whole.clone(), ""), (file(&folder, "body.json", &marked), ""), ("-".to_owned(), marked.as_str())]
    {
        let arguments = [&["--body", &given], &changes[..], &last].concat();
        assert_eq!(body(&arguments, input.as_bytes()).await, expected, "{given}");
    }
}

#[tokio::test]
async fn values_arrive_as_they_were_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let pdf = file(&folder, "contract.pdf", b"%PDF-1.4\n\0\xff");
    let signer = file(&folder, "signer.json", "{\"name\": \"Bea\"}");
    let arguments = [
        "--name",
        "-Prado's \"home\" ção",
        "--base64-pdf",
        &pdf,
        "--external-id",
        "",
        "--sandbox",
        "--disable-signer-emails=false",
        "--set",
        "date_limit_to_sign:=null",
        "--reminder-every-n-days=-1",
        "--observer",
        "a@x.example",
        "--observer",
        "b@x.example",
        "--signer",
        "name=\"Prado, Ana\",auth_mode=tokenEmail,order_group=2,lock_name=true,custom_message=a=b",
        "--signer",
        &signer,
        "--signer",
        "[{\"name\": \"Rui\"}]",
    ];
    let expected = json!({
        "name": "-Prado's \"home\" ção",
        "base64_pdf": "JVBERi0xLjQKAP8=",
        "external_id": "",
        "sandbox": true,
        "disable_signer_emails": false,
        "date_limit_to_sign": null,
        "reminder_every_n_days": -1,
        "observers": ["a@x.example", "b@x.example"],
        "signers": [
            {"name": "Prado, Ana", "auth_mode": "tokenEmail", "order_group": 2, "lock_name": true, "custom_message": "a=b"},
            {"name": "Bea"},
            {"name": "Rui"},
        ],
    });
    assert_eq!(body(&arguments, b"").await, expected);
}

#[tokio::test]
async fn a_list_that_a_request_must_have_is_sent_empty() {
    let server = RecordingServer::start(|_, _| (200, "{\"token\": \"3f0c9d1e\"}".to_owned()));
    let from_template = ["zapsign", "documents", "create-from-template", "--template-id", "t1", "--signer-name", "Ana"];
    assert_eq!(server.run(&from_template).await.code, ExitCode::Done);
    assert_eq!(server.take_one().json(), json!({"template_id": "t1", "signer_name": "Ana", "data": []}));
}

#[tokio::test]
async fn parameters_are_checked_as_the_body_is() {
    let usage = ["dialog360", "balance", "get-channel-usage"];
    let line = |more: &[&'static str]| [&usage[..], more].concat();
    let every_fault = refusal(&line(&["--client-id", "", "--granularity", "year", "--country", "x"])).await;
    for part in ["--client-id is empty", "--channel-id is missing", "--start-date is missing"] {
        assert!(every_fault.contains(part), "{part}: {every_fault}");
    }
    let ran =
        run(&line(&["--client-id", "c", "--channel-id", "d", "--start-date", "1"]), &[("D360_API_KEY", "k")], b"")
            .await;
    assert!(ran.message(ExitCode::Usage).contains("--partner-id is missing"), "{ran:?}");
    let odd = refusal(&["zapsign", "documents", "get", "--doc-token", "a/b", "--no-check"]).await;
    assert!(odd.contains("--doc-token can't be used") && !odd.ends_with("all the same"), "{odd}");
    assert!(refusal(&line(&["--start-date", "s3cret"])).await.starts_with("--start-date: "));
    assert!(refusal(&["zapsign", "documents", "list", "--status", "odd"]).await.contains("--status is none of"));
}

#[tokio::test]
async fn every_violation_is_told_with_its_flag() {
    let several =
        ["--lang", "s3cret", "--signer", "email=ana@signers.example", "--url-pdf", "a", "--markdown-text", "b"];
    let message = refusal(&[&CREATE[..], &several].concat()).await;
    for part in [
        "--name is missing",
        "--lang is none of the known values: pt-br, es, en, fr; ",
        "--signer (/signers/0/name) is missing",
        "needs exactly one of --url-pdf, --base64-pdf, --url-docx, --base64-docx, --markdown-text, and --url-pdf and \
         --markdown-text are given; --no-check sends it all the same",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    let types = r#"{"name": 1, "url_pdf": "a", "signers": {}, "sandbox": "s3cret", "external_id": 7}"#;
    let message = refusal(&[&CREATE[..], &["--body", types]].concat()).await;
    for part in [
        "--name must be a text",
        "--signer must be a list",
        "--sandbox must be `true` or `false`",
        "--external-id must",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    let unknown = ["dialog360", "account-sharing", "create-client", "--body", r#"{"name":"a","email":"b","nmae":1}"#];
    let message = refusal(&unknown).await;
    assert!(
        message.contains("\"nmae\", did you mean \"name\"?") && message.contains("--email is no e-mail"),
        "{message}"
    );
    let id = ["zapsign", "webhooks", "delete", "--id", "true"];
    assert!(refusal(&id).await.contains("--id must be a whole number or a text"));
}

#[tokio::test]
async fn an_unknown_value_or_field_is_sent_without_the_check() {
    let sent = body(&["--name", "a", "--lang", "tlh", "--set", "other.x:=[1]", "--no-check"], b"").await;
    assert_eq!(sent, json!({"name": "a", "lang": "tlh", "other": {"x": [1]}}));
    let message = refusal(&[&CREATE[..], &["--set", "nmae=a"]].concat()).await;
    assert!(message.contains("did you mean `name`?"), "{message}");
    // A file may hold fields that the spec does not have, where the schema is open.
    assert_eq!(body(&["--body", r#"{"name":"a","url_pdf":"b","new":1}"#], b"").await["new"], 1);
}

#[tokio::test]
async fn no_refusal_shows_a_value() {
    let folder = tempfile::tempdir().expect("a folder");
    let broken = file(&folder, "broken.json", "{\"headers\": s3cret}");
    let utf16 = file(&folder, "utf16.json", b"\xff\xfe{\0}\0");
    let hook = ["zapsign", "webhooks", "create"];
    let login = ["zapsign", "authentication", "obtain-access-token", "--organization-id", "1", "--username", "a"];
    for (command, arguments, part) in [
        (&hook[..], &["--header", "name=X,value=s3cret"][..], "value: it is a secret"),
        (&hook, &["--header", "name=X,value=@s3cret"], "value: the file can't be opened"),
        (&hook, &["--header", "s3cret=="], "no such field"),
        (&hook, &["--header", "{\"name\": \"X\", \"value\": \"s3cret\"}"], "a secret at /value"),
        (&hook, &["--header", "{\"name\": \"X\", \"value\": s3cret}"], "not JSON"),
        (&hook, &["--set", "headers[0].value=s3cret"], "headers[0].value: it is a secret"),
        (&hook, &["--set", "headers[0].value:=s3cret"], "not JSON"),
        (&hook, &["--set", "s3cret"], "--set: there is no value"),
        (&hook, &["--set", "my_token=s3cret"], "no such field"),
        (&hook, &["--set", "my_token=s3cret", "--no-check"], "it is a secret"),
        (&hook, &["--body", "{\"headers\": [{\"value\": \"s3cret\"}]}"], "/headers/0/value"),
        (&hook, &["--body", "s3cret"], "not JSON"),
        (&hook, &["--body", &broken], "not JSON"),
        (&hook, &["--body", &utf16], "save it as UTF-8"),
        (&hook, &["--body", "-", "--header", "name=X,value=-"], "was read for another option"),
        (&hook, &["--type", "s3cret", "--webhook-url", "s3cret"], "--type is none of"),
        (&login, &["--password", "s3cret"], "--password: it is a secret"),
        (&login, &["--password=s3cret"], "--password: it is a secret"),
        (&login, &["--pasword=s3cret"], "did you mean --password?"),
        (&login, &["--pasword", "s3cret"], "did you mean --password?"),
        (&login, &["s3cret"], "argument 8 belongs to no option"),
        (&login, &["--", "s3cret"], "argument 9 belongs to no option"),
        (&login, &["--timeout", "s3cret"], "--timeout"),
        (&["zapsign", "s3cret"], &[], "argument 2 is no command"),
        (&["s3cret"], &[], "argument 1 is no command"),
    ] {
        let server = RecordingServer::start(|_, _| (200, "{}".to_owned()));
        let ran = server.run_with_input(&[command, arguments].concat(), b"{}").await;
        assert!(server.received().is_empty() && !ran.stderr.contains("s3cret"), "{arguments:?}: {ran:?}");
        let message = ran.message(ExitCode::Usage);
        assert!(message.contains(part), "{part} of {arguments:?}: {message}");
    }
}

#[tokio::test]
async fn an_option_is_never_taken_for_the_value_of_another() {
    for option in ["--dry-run", "--yes", "--url=x", "--help"] {
        let message = refusal(&["zapsign", "documents", "delete", "--doc-token", option]).await;
        assert!(message.contains("--doc-token: the value is missing"), "{option}: {message}");
    }
}

#[tokio::test]
async fn a_skeleton_has_every_field_and_is_taken_as_a_body() {
    let mut checked = 0;
    for (api, bundle) in [
        ("dialog360", include_str!("../bundles/dialog360.openapi.json")),
        ("zapsign", include_str!("../bundles/zapsign.openapi.json")),
    ] {
        let document: Value = serde_json::from_str(bundle).expect("JSON");
        let schemas = api_bundle::Schemas::of(&document);
        let operations =
            document["paths"].as_object().expect("paths").values().flat_map(|item| item.as_object().expect("methods"));
        for (_, operation) in operations {
            let Some(content) = operation["requestBody"]["content"].get("application/json") else { continue };
            let id = operation["operationId"].as_str().expect("an id");
            let tag = operation["tags"][0].as_str().expect("a tag").to_lowercase().replace([' ', '_'], "-");
            let command = [api, &tag, id];
            let skeleton = run(&[&command[..], &["--skeleton"]].concat(), &[], b"").await;
            let given = skeleton.data();
            for name in schemas.property_names(&content["schema"]) {
                assert!(given.get(&name).is_some(), "{id}: {name}");
                assert!(
                    skeleton.stderr.contains(&format!("/{name} (")),
                    "{id}: {name} has no hint: {}",
                    skeleton.stderr
                );
            }
            let path = operation["parameters"].as_array().into_iter().flatten().filter(|it| it["in"] == "path");
            let flags = path.map(|it| format!("--{}=x", it["name"].as_str().expect("a name").replace('_', "-")));
            let flags: Vec<String> = flags.collect();
            let more = ["--body", "-", "--no-check", "--dry-run"];
            let line: Vec<&str> = command.into_iter().chain(more).chain(flags.iter().map(String::as_str)).collect();
            let shown = run(&line, &[], skeleton.stdout.as_bytes()).await.data();
            assert_eq!(shown["body"].as_object().map(|it| it.len()), given.as_object().map(|it| it.len()), "{id}");
            // What is left to fill in is empty, and nothing else is wrong.
            let checked_line: Vec<&str> = line.iter().copied().filter(|it| *it != "--no-check").collect();
            let ran = run(&checked_line, &[], skeleton.stdout.as_bytes()).await;
            if ran.code != ExitCode::Done {
                let message = ran.message(ExitCode::Usage);
                let violations = message.trim_start_matches("the request does not fit the spec: ");
                let violations = violations.trim_end_matches("; --no-check sends it all the same").split("; ");
                for violation in violations {
                    assert!(
                        violation.ends_with(" is empty") || violation.contains("exactly one of"),
                        "{id}: {message}"
                    );
                }
            }
            checked += 1;
        }
    }
    assert!(checked > 30, "{checked}");
}

#[tokio::test]
async fn a_skeleton_that_is_filled_in_is_accepted() {
    let mut skeleton = run(&[&CREATE[..], &["--skeleton"]].concat(), &[], b"").await.data();
    skeleton["name"] = "Lease".into();
    skeleton["url_pdf"] = "https://files.example/lease.pdf".into();
    let input = skeleton.to_string();
    assert_eq!(body(&["--body", "-"], input.as_bytes()).await, skeleton);
}

#[tokio::test]
async fn the_example_of_a_help_page_can_be_called() {
    let help = run(&["zapsign", "documents", "create", "--help"], &[], b"").await.stdout;
    let example = help.split_once("Example:\n").expect("an example").1.replace("\\\n", " ");
    assert_eq!(
        example.split_whitespace().collect::<Vec<_>>().join(" "),
        "partner zapsign documents create --name 'Rental agreement' --url-pdf https://files.example/drafts/rental.pdf \
         --signer 'name=Bruno Prado'"
    );
    assert!(!help.contains("](") && help.contains("[required]"), "{help}");
}
