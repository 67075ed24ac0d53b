//! Secrets in answers: masked, printed, written to a file, and never lost.

mod program;

use std::fs;
use std::io::ErrorKind;

use partner_cli::ExitCode;
use program::{Broken, Terminal, error};
use serde_json::{Value, json};

const SECRET: &str = "s3cret-of-acme-0001";
const LIST: &str = "dialog360 channels list-api-keys --channel-id a";
const CREATE: &str = "dialog360 channels create-api-key --channel-id a --yes";

/// Answer with a secret in each place that the spec knows, and in one that it does not know.
fn keys() -> Value {
    json!({"api_keys": [{"id": "k1", "api_key": SECRET}], "new_token": SECRET, "address": "https://waba.example"})
}

#[tokio::test]
async fn secrets_are_masked_in_every_format() {
    for columns in [None, Some(200)] {
        let mut terminal = Terminal::start().await;
        terminal.columns = columns;
        for options in [
            "",
            "--output table",
            "--output json",
            "--output jsonl",
            "--query /api_keys",
            "--query /api_keys/0/api_key",
            "--query /api_keys/0/api_key --output table",
            "--query /api_keys/0/api_key --query /new_token --output jsonl",
            "--query /nothing",
        ] {
            terminal.answer_json("list_channel_api_keys", &keys());
            let run = terminal.run(&format!("{LIST} {options}")).await;
            assert!(!run.stdout.contains(SECRET) && !run.stderr.contains(SECRET), "{options}: {}", run.stdout);
            assert!(run.stdout.contains("***") || run.code == ExitCode::Failed, "{options}: {}", run.stdout);
            assert!(terminal.sandbox.unused_faults().is_empty());
        }
    }
}

#[tokio::test]
async fn secrets_are_printed_if_they_are_to_be() {
    let mut terminal = Terminal::start().await;
    terminal.answer_json("list_channel_api_keys", &keys());
    assert_eq!(terminal.run(&format!("{LIST} --reveal-secrets")).await.json(), keys());
    terminal.columns = Some(30);
    terminal.answer_json("create_channel_api_key", &keys());
    let table = terminal.run(&format!("{CREATE} --reveal-secrets")).await.done();
    assert!(table.contains(&format!("\"api_key\":\"{SECRET}\"")), "it is not cut: {table}");
}

#[tokio::test]
async fn a_body_that_is_no_json_may_hold_a_secret() {
    let terminal = Terminal::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let body = format!("{{\"api_keys\": [{{\"api_key\": \"{SECRET}\"");
    let run = |options: String, line: &'static str, operation: &'static str| {
        terminal.answer(operation, 200, "application/json", &body);
        let line = format!("{line} {options}");
        let terminal = &terminal;
        async move { terminal.run(&line).await }
    };
    let hidden = run(String::new(), LIST, "list_channel_api_keys").await;
    let message = hidden.failed(ExitCode::NotUnderstood)["message"].to_string();
    assert!(message.contains("not shown") && !message.contains(SECRET), "{message}");
    let shown = run("--reveal-secrets".to_owned(), CREATE, "create_channel_api_key").await;
    assert_eq!((shown.code, shown.stdout.as_str()), (ExitCode::NotUnderstood, body.as_str()));
    let path = folder.path().join("secrets.json");
    let saved = run(format!("--secrets-file {}", path.display()), CREATE, "create_channel_api_key").await;
    saved.failed(ExitCode::NotUnderstood);
    let line: Value = serde_json::from_str(&fs::read_to_string(path).expect("it is written")).expect("it is JSON");
    assert_eq!(line, json!({"operation": "create_channel_api_key", "pointer": "", "value": body}));
}

#[tokio::test]
async fn a_file_gets_the_secrets_and_the_output_the_mask() {
    let terminal = Terminal::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secrets.json");
    let line = format!("{CREATE} --secrets-file {}", path.display());
    terminal.answer_json("create_channel_api_key", &keys());
    let printed = terminal.run(&line).await.json();
    assert_eq!(
        (&printed["api_keys"][0], &printed["new_token"]),
        (&json!({"id": "k1", "api_key": "***"}), &json!("***"))
    );
    let lines = fs::read_to_string(&path).expect("it is written");
    let secrets: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect();
    let secret = |pointer: &str| json!({"operation": "create_channel_api_key", "pointer": pointer, "value": SECRET});
    assert_eq!(secrets, [secret("/api_keys/0/api_key"), secret("/new_token")]);

    let calls = terminal.sandbox.request_count();
    let refused = terminal.run(&line).await.failed(ExitCode::Usage)["message"].to_string();
    assert!(refused.contains("exists") && refused.contains("nothing was sent"), "{refused}");
    let none = terminal.run(&format!("{CREATE} --secrets-file {}/none/a", folder.path().display())).await;
    none.failed(ExitCode::Usage);
    assert_eq!(terminal.sandbox.request_count(), calls, "nothing was sent");
    assert_eq!(fs::read_to_string(&path).expect("it is kept"), lines);
}

#[tokio::test]
async fn a_file_that_gets_nothing_is_removed() {
    let terminal = Terminal::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let option = format!("--secrets-file {}", folder.path().join("secrets.json").display());
    assert_eq!(terminal.run(&format!("{CREATE} {option}")).await.code, ExitCode::Refused);
    terminal.run(&format!("dialog360 clients list {option}")).await.json();
    terminal.run(&format!("{CREATE} {option} --dry-run")).await.done();
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[tokio::test]
async fn an_answer_without_its_secret_is_not_understood() {
    let terminal = Terminal::start().await;
    for body in ["", "{\"address\": \"https://waba.example\"}"] {
        terminal.answer("create_channel_api_key", 200, "application/json", body);
        let run = terminal.run(&format!("{CREATE} --reveal-secrets")).await;
        assert_eq!((run.code, run.stdout.is_empty()), (ExitCode::NotUnderstood, body.is_empty()));
        assert!(error(&run.stderr, run.code)["message"].to_string().contains("took effect"));
    }
}

/// An account's token that nobody has can't be had again.
#[tokio::test]
async fn a_secret_survives_a_broken_output_and_a_wrong_query() {
    let terminal = Terminal::start().await;
    for kind in [ErrorKind::BrokenPipe, ErrorKind::StorageFull] {
        terminal.answer_json("create_channel_api_key", &keys());
        let (code, stderr) = terminal.run_to(&format!("{CREATE} --reveal-secrets"), &mut Broken(kind)).await;
        assert_eq!((code, &error(&stderr, code)["answer"]), (ExitCode::Failed, &keys()));
        terminal.answer("create_channel_api_key", 200, "application/json", SECRET);
        let (code, stderr) = terminal.run_to(&format!("{CREATE} --reveal-secrets"), &mut Broken(kind)).await;
        assert_eq!((code, &error(&stderr, code)["answer"]), (ExitCode::NotUnderstood, &json!(SECRET)));
        // One that can be had again is no reason to keep the answer.
        terminal.answer_json("list_channel_api_keys", &keys());
        let (_, stderr) = terminal.run_to(&format!("{LIST} --reveal-secrets"), &mut Broken(kind)).await;
        assert!(!stderr.contains(SECRET), "{stderr}");
    }
    for (query, stdout) in [("/nothing", ""), ("/address", "\"https://waba.example\"\n")] {
        terminal.answer_json("create_channel_api_key", &keys());
        let run = terminal.run(&format!("{CREATE} --reveal-secrets --query {query}")).await;
        assert_eq!((run.code, run.stdout.as_str()), (ExitCode::Failed, stdout));
        assert_eq!(error(&run.stderr, run.code)["answer"], keys());
    }
    terminal.answer_json("create_channel_api_key", &keys());
    let key = terminal.run(&format!("{CREATE} --reveal-secrets --query /api_keys/0/api_key")).await;
    assert_eq!(key.json(), SECRET);
}

/// The binary, so that the system can refuse to write to its files.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_survives_a_full_disk() {
    let terminal = Terminal::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secrets.json");
    let credentials = terminal.sandbox.credentials();
    for (line, operation, shows) in [(CREATE, "create_channel_api_key", true), (LIST, "list_channel_api_keys", false)] {
        terminal.answer_json(operation, &keys());
        let program = env!("CARGO_BIN_EXE_partner");
        // No file may have a byte.
        let script = format!("trap '' XFSZ; ulimit -f 0; exec \"$0\" {line} --secrets-file \"$1\"");
        let output = std::process::Command::new("sh")
            .args(["-c", &script, program])
            .arg(&path)
            .env_clear()
            .env("PARTNER_URL", terminal.sandbox.url())
            .env("D360_API_KEY", &credentials.api_key)
            .env("D360_PARTNER_ID", &credentials.partner_id)
            .output()
            .expect("it runs");
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!((output.status.code(), stdout.contains(SECRET)), (Some(1), shows), "{stdout} {stderr}");
        assert!(stderr.contains("can't be written") && !stderr.contains(SECRET), "{stderr}");
        assert!(!path.exists(), "an empty file is of no use");
    }
}
