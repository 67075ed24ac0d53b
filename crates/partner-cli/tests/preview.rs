//! Requests that are shown and not sent.
#![allow(missing_docs)]

mod program;
mod tool;

use std::fs;
use std::path::Path;
use std::process::Command;

use partner_cli::ExitCode;
use program::{Received, RecordingServer, TOKEN, run};
use serde_json::json;
use tool::tool;

/// Texts that a shell, JSON, and the parser of forms could take for something else.
const ODD: &str = "Prado's \"home\" $HOME `id` \\n !x ção 你 \n* %41 <a@b>;type=x";

/// Returns a shell that can run `curl`; `None` if one of them is missing.
fn shell_with_curl() -> Option<Command> {
    tool("curl").and_then(|_| tool("sh"))
}

/// Runs the command that `--curl` prints, and returns what arrived; beside it what the program sends. Variables of the shell are
/// given as pairs.
async fn by_curl_and_by_program(
    arguments: &[&str],
    input: &[u8],
    variables: &[(&str, &str)],
    folder: &Path,
) -> (Received, Received, String) {
    let server = RecordingServer::start(|_, _| (200, "{\"token\": \"3f0c9d1e\", \"id\": 1}".to_owned()));
    let shown = server.run_with_input(&[arguments, &["--curl"]].concat(), input).await;
    assert_eq!((shown.code, shown.stderr.as_str()), (ExitCode::Done, ""), "{shown:?}");
    assert!(server.received().is_empty() && !shown.stdout.contains(TOKEN), "{shown:?}");
    let script = folder.join("script");
    fs::write(&script, &shown.stdout).expect("it is written");
    let mut shell = shell_with_curl().expect("it was there");
    shell.arg(&script).env("ZAPSIGN_API_TOKEN", TOKEN).env("D360_API_KEY", TOKEN).envs(variables.iter().copied());
    let output = shell.output().expect("a shell");
    assert!(output.status.success(), "{output:?}: {}", shown.stdout);
    let by_curl = server.take_one();
    let sent = server.run_with_input(&[arguments, &["--yes"]].concat(), input).await;
    assert_eq!(sent.code, ExitCode::Done, "{sent:?}");
    (by_curl, server.take_one(), shown.stdout)
}

fn assert_same(by_curl: &Received, by_program: &Received) {
    assert_eq!((&by_curl.method, &by_curl.target), (&by_program.method, &by_program.target));
    for name in ["authorization", "x-api-key", "content-type", "content-length"] {
        assert_eq!(by_curl.header(name), by_program.header(name), "{name}");
    }
    assert_eq!(String::from_utf8_lossy(&by_curl.body), String::from_utf8_lossy(&by_program.body));
}

#[tokio::test]
async fn a_curl_command_sends_what_the_program_sends() {
    if shell_with_curl().is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let pdf = folder.path().join("large.pdf");
    fs::write(&pdf, vec![7; 300_000]).expect("it is written");
    let pdf = format!("@{}", pdf.display());
    for arguments in [
        &["zapsign", "documents", "create", "--name", ODD, "--markdown-text", ODD][..],
        // Longer than an argument may be.
        &["zapsign", "documents", "create", "--name", ODD, "--base64-pdf", &pdf],
        &["zapsign", "documents", "list", "--folder-path", ODD, "--page", "2"],
        &["zapsign", "documents", "get", "--doc-token", "[a]{b}ç"],
        &["zapsign", "documents", "delete", "--doc-token", "a"],
        &["zapsign", "documents", "resend-notifications", "--doc-token", "a"],
        &["zapsign", "documents", "reprocess", "--doc-token", "a"],
        &["dialog360", "channels", "list", "--partner-id", "p", "--filters", "q=it's"],
        &["dialog360", "channels", "create-api-key", "--partner-id", "p", "--channel-id", "c"],
    ] {
        // Each operation is called, whatever its answer shows.
        let arguments = [arguments, &["--reveal-secrets"]].concat();
        let (by_curl, by_program, shown) = by_curl_and_by_program(&arguments, b"", &[], folder.path()).await;
        assert_same(&by_curl, &by_program);
        let variable =
            if arguments[0] == "zapsign" { "Bearer $ZAPSIGN_API_TOKEN\"" } else { "X-API-Key: $D360_API_KEY\"" };
        assert!(shown.contains(variable), "{shown}");
    }
}

#[tokio::test]
async fn secrets_of_a_body_are_variables_of_the_shell() {
    if shell_with_curl().is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let secret = "s3cret's \\ \"quoted\" $HOME";
    let hook = ["zapsign", "webhooks", "create", "--webhook-url", "https://hooks.example/", "--type", ""];
    let headers =
        json!([{"name": "secret0secret", "value": secret}, {"name": ODD, "value": format!("{secret}2")}]).to_string();
    let path = folder.path().join("headers.json");
    fs::write(&path, headers).expect("it is written");
    let headers = format!("@{}", path.display());
    let variables = [("SECRET_HEADERS_0_VALUE", secret), ("SECRET_HEADERS_1_VALUE", &format!("{secret}2") as &str)];
    let arguments = [&hook[..], &["--header", &headers]].concat();
    let (by_curl, by_program, shown) = by_curl_and_by_program(&arguments, b"", &variables, folder.path()).await;
    assert_same(&by_curl, &by_program);
    assert!(!shown.contains("s3cret"), "{shown}");

    let server = RecordingServer::start(|_, _| (200, "{}".to_owned()));
    let shown = server.run(&[&arguments[..], &["--curl"]].concat()).await.stdout;
    let output = shell_with_curl().expect("it was there").args(["-c", &shown]).output().expect("a shell");
    assert!(!output.status.success() && server.received().is_empty(), "without the variables, nothing is sent");
    assert!(String::from_utf8_lossy(&output.stderr).contains("/headers/0/value"), "{output:?}");
}

/// Returns the parts of a form: head without the boundary, and content.
fn parts(received: &Received) -> Vec<String> {
    let media = received.header("content-type").expect("a type");
    let boundary = media.split_once("boundary=").expect("a boundary").1;
    let body = String::from_utf8_lossy(&received.body).into_owned();
    body.split(&format!("--{boundary}")).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_form_is_sent_by_curl_with_the_same_fields() {
    if shell_with_curl().is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let upload =
        ["dialog360", "flows", "upload-asset", "--waba-account-id", "w", "--flow-id", "f", "--asset-type", "FLOW_JSON"];
    let odd_folder = folder.path().join("back\\slash");
    fs::create_dir(&odd_folder).expect("a folder");
    for (name, text) in
        [("flow.json", "flow.json"), ("it's; a=,b.pdf", ODD), ("q\"uote.json", "a"), ("plain", "@not-a-file")]
    {
        let path = odd_folder.join(name);
        fs::write(&path, "{\"a\": \"ç\r\n\"}").expect("it is written");
        let file = format!("@{}", path.display());
        let arguments = [&upload[..], &["--file", &file, "--name", text]].concat();
        let (by_curl, by_program, _) = by_curl_and_by_program(&arguments, b"", &[], folder.path()).await;
        assert_eq!((&by_curl.method, &by_curl.target), (&by_program.method, &by_program.target));
        assert_eq!(by_curl.header("x-api-key"), Some(TOKEN));
        assert_eq!(parts(&by_curl), parts(&by_program));
    }
    let server = RecordingServer::start(|_, _| (200, "{}".to_owned()));
    let arguments = [&upload[..], &["--file", "-", "--name", "a", "--curl"]].concat();
    let shown = server.run_with_input(&arguments, b"{}").await.stdout;
    assert!(shown.contains("file=@-;"), "the standard input is curl's: {shown}");
}

#[tokio::test]
async fn a_dry_run_shows_the_request_without_secrets() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("flow.json");
    fs::write(&path, "{}").expect("it is written");
    let file = format!("@{}", path.display());
    let server = RecordingServer::start(|_, _| (200, "{}".to_owned()));
    let shown = server
        .run_with_input(
            &[
                "zapsign",
                "webhooks",
                "create",
                "--webhook-url",
                "https://hooks.example/",
                "--type",
                "all",
                "--header",
                "name=X,value=-",
                "--dry-run",
            ],
            b"s3cret\n",
        )
        .await;
    assert_eq!(
        shown.data(),
        json!({
            "method": "POST",
            "url": format!("{}/api/v1/user/company/webhook/", server.url),
            "headers": {"authorization": "Bearer ***", "content-type": "application/json"},
            "body": {"url": "https://hooks.example/", "type": "all", "headers": [{"name": "X", "value": "***"}]},
        })
    );
    let upload =
        ["dialog360", "flows", "upload-asset", "--waba-account-id", "w", "--flow-id", "f", "--asset-type", "FLOW_JSON"];
    let shown = server.run(&[&upload[..], &["--file", &file, "--name", "@a", "--dry-run"]].concat()).await;
    assert_eq!(
        shown.data(),
        json!({
            "method": "POST",
            "url": format!("{}/api/v2/partners/exmplePA/waba_accounts/w/flows/f/assets", server.url),
            "headers": {"x-api-key": "***", "content-type": "multipart/form-data"},
            "body": [
                {"name": "file", "file": "flow.json", "media_type": "application/json", "bytes": 2},
                {"name": "name", "text": "@a"},
                {"name": "asset_type", "text": "FLOW_JSON"},
            ],
        })
    );
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn a_request_is_shown_without_a_credential() {
    let line = ["zapsign", "documents", "get", "--doc-token", "a"];
    let shown = run(&[&line[..], &["--dry-run"]].concat(), &[], b"").await.data();
    assert_eq!(shown["url"], "https://api.zapsign.com.br/api/v1/docs/a/");
    let curl = run(&[&line[..], &["--curl"]].concat(), &[], b"").await;
    let expected = "curl https://api.zapsign.com.br/api/v1/docs/a/ -H \"Authorization: Bearer $ZAPSIGN_API_TOKEN\"\n";
    assert_eq!((curl.code, curl.stdout.as_str()), (ExitCode::Done, expected));
    // Brackets and dots of an address mean something to curl.
    let odd = [&line[..], &["--url", "https://proxy.example/[1-9]/.api", "--curl"]].concat();
    let curl = run(&odd, &[], b"").await.stdout;
    assert!(curl.starts_with("curl --globoff --path-as-is 'https://proxy.example/[1-9]/.api/"), "{curl}");
    let partner = ["dialog360", "partner", "get", "--partner-id", "exmplePA"];
    for (variable, header, shown) in [
        ("D360_API_KEY", "X-API-Key: $D360_API_KEY", json!({"x-api-key": "***"})),
        (
            "DIALOG360_BEARER_TOKEN",
            "Authorization: Bearer $DIALOG360_BEARER_TOKEN",
            json!({"authorization": "Bearer ***"}),
        ),
    ] {
        let variables = [(variable, TOKEN)];
        let curl = run(&[&partner[..], &["--curl"]].concat(), &variables, b"").await.stdout;
        assert!(curl.contains(header) && curl.matches("-H ").count() == 1, "{curl}");
        assert_eq!(run(&[&partner[..], &["--dry-run"]].concat(), &variables, b"").await.data()["headers"], shown);
    }
    let login = [
        "zapsign",
        "authentication",
        "obtain-access-token",
        "--organization-id",
        "1",
        "--username",
        "a",
        "--password",
        "-",
    ];
    let curl = run(&[&login[..], &["--curl"]].concat(), &[], b"s3cret").await.stdout;
    assert!(!curl.contains("Authorization") && !curl.contains("s3cret") && curl.contains("$SECRET_PASSWORD"), "{curl}");
}
