//! Questions before effects, and their answers.

mod program;

use partner_cli::ExitCode;
use program::Terminal;

const CREATE: &str = "zapsign documents create --name Lease --markdown-text Text --signer";
const CREATE_ACCOUNT: &str =
    "zapsign partnerships create-partner-account --company-name Acme --country br --lang pt-br --email it@acme.example";

#[tokio::test]
async fn without_a_terminal_an_effect_needs_yes() {
    let terminal = Terminal::start().await;
    let token = terminal.document("Lease").await;
    let calls = terminal.sandbox.request_count();
    for line in [
        format!("zapsign documents delete --doc-token {token}"),
        format!("zapsign documents resend-notifications --doc-token {token}"),
        format!("{CREATE} name=Ana,email=ana@acme.example,send_automatic_email=true"),
        format!("{CREATE_ACCOUNT} --reveal-secrets"),
        "dialog360 channels create-api-key --channel-id a --reveal-secrets".to_owned(),
        "dialog360 account-sharing create-client --name Acme --email it@acme.example".to_owned(),
    ] {
        let message = terminal.run(&line).await.failed(ExitCode::Usage)["message"].to_string();
        assert!(message.contains("--yes") && message.contains("nothing was sent"), "{line}: {message}");
    }
    assert_eq!(terminal.sandbox.request_count(), calls, "nothing was sent");

    terminal.run(&format!("zapsign documents delete --doc-token {token} --yes")).await.json();
    let deleted = terminal.run(&format!("zapsign documents get --doc-token {token}")).await.json();
    assert_eq!(deleted["deleted"], true);
}

#[tokio::test]
async fn a_terminal_is_asked_and_only_yes_is_yes() {
    let mut terminal = Terminal::start().await;
    let token = terminal.document("Lease").await;
    let line = format!("zapsign documents delete --doc-token {token}");
    for typed in ["n\n", "\n", "no\n", "yesterday\n", "x"] {
        let calls = terminal.sandbox.request_count();
        terminal.typed = Some(typed);
        let run = terminal.run(&line).await;
        assert_eq!((run.code, run.stdout.as_str()), (ExitCode::Failed, ""), "{typed:?}");
        let account = "credential: key of ZAPSIGN_API_TOKEN; address: http://127.0.0.1:";
        let question =
            format!(" of PARTNER_URL\ndoc_token: {token}\nzapsign documents delete deletes the document for good");
        assert!(
            run.stderr.starts_with(account) && run.stderr.contains(&question) && run.stderr.contains("[y/N]"),
            "{}",
            run.stderr
        );
        assert_eq!(terminal.sandbox.request_count(), calls, "nothing was sent");
    }
    // The input has ended.
    terminal.typed = Some("");
    assert_eq!(terminal.run(&line).await.code, ExitCode::Usage);
    terminal.typed = Some(" Y \nmore");
    let run = terminal.run(&line).await;
    assert_eq!(run.code, ExitCode::Done, "{}", run.stderr);
    assert_eq!(terminal.sandbox.requests().last().expect("a call").operation.as_deref(), Some("delete_document"));
}

#[tokio::test]
async fn a_standard_input_that_was_read_has_no_answer() {
    let mut terminal = Terminal::start().await;
    terminal.typed = Some("{\"doc_token\": \"a\", \"rejected_reason\": \"Wrong file\"}\ny\n");
    let run = terminal.run("zapsign documents cancel --body -").await;
    assert_eq!((run.code, terminal.sandbox.request_count()), (ExitCode::Usage, 0), "{}", run.stderr);
}

#[tokio::test]
async fn nothing_is_asked_where_nobody_is_told() {
    let terminal = Terminal::start().await;
    terminal.run(&format!("{CREATE} name=Ana,email=ana@acme.example")).await.json();
    let client = "dialog360 account-sharing create-client --name Acme --email it@acme.example";
    terminal.run(&format!("{client} --send-client-email=false")).await.json();
    // A request that is shown has no effect.
    terminal.run("zapsign documents delete --doc-token a --dry-run").await.done();
    terminal.run(&format!("{CREATE_ACCOUNT} --dry-run")).await.done();
}

#[tokio::test]
async fn a_secret_that_is_shown_once_needs_a_place_first() {
    let terminal = Terminal::start().await;
    for line in [&format!("{CREATE_ACCOUNT} --yes"), "dialog360 channels create-api-key --channel-id a --yes"] {
        let message = terminal.run(line).await.failed(ExitCode::Usage)["message"].to_string();
        assert!(message.contains("--secrets-file") && message.contains("--reveal-secrets"), "{message}");
    }
    assert_eq!(terminal.sandbox.request_count(), 0, "nothing was sent");
    let account = terminal.run(&format!("{CREATE_ACCOUNT} --yes --reveal-secrets")).await.json();
    assert!(account["api_token"].as_str().expect("a token").len() > 30, "{account}");
}

#[tokio::test]
async fn help_says_what_is_asked() {
    let terminal = Terminal::start().await;
    for (line, notes) in [
        ("zapsign documents delete", &["It deletes the document for good", "--yes"][..]),
        ("zapsign documents create", &["which is charged, if a `send_automatic_...` is on"]),
        ("zapsign partnerships create-partner-account", &["shown only once", "if `email` is given"]),
        ("dialog360 channels list-api-keys", &["are masked"]),
    ] {
        let help = terminal.run(&format!("{line} --help")).await.done();
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(notes.iter().all(|note| help.contains(note)), "{help}");
    }
    let help = terminal.run("zapsign documents get --help").await.done();
    assert!(!help.contains("A terminal is asked first"), "{help}");
}
