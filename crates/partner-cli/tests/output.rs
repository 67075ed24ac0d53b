//! Output of answers: formats, queries, files, and what a terminal must not obey.

mod program;

use std::io::{BufWriter, ErrorKind};

use partner_cli::ExitCode;
use program::{Broken, Terminal, error};
use serde_json::{Value, json};

#[tokio::test]
async fn a_terminal_gets_a_table_and_a_program_gets_json() {
    let mut terminal = Terminal::start().await;
    let tokens = [terminal.document("Lease").await, terminal.document("Rent").await];

    let page = terminal.run("zapsign documents list").await.json();
    assert_eq!(page["results"].as_array().expect("a list").len(), 2);
    let lines = terminal.run("zapsign documents list --output jsonl").await.done();
    let items: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("it is JSON")).collect();
    assert_eq!(Value::from(items), page["results"]);

    terminal.columns = Some(60);
    let table = terminal.run("zapsign documents list").await.done();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0][..3], ["token", "name", "status"]);
    assert!(rows.iter().any(|row| row[..3] == [tokens[0].as_str(), "Lease", "pending"]), "{table}");
    assert!(table.lines().count() == 3 && table.lines().all(|line| line.chars().count() <= 60), "{table}");
    let json = terminal.run("zapsign documents list --output json").await.json();
    assert_eq!(json, page);

    let document = terminal.run(&format!("zapsign documents get --doc-token {}", tokens[1])).await.done();
    let row = |name: &str| document.lines().find(|line| line.split_whitespace().next() == Some(name)).expect(name);
    assert!(
        row("token").ends_with(&tokens[1])
            && row("name").ends_with("  Rent")
            && row("signers").ends_with("  Ana (new)")
    );
    let link = format!("https://files.example/{}.pdf", "a".repeat(100));
    terminal.answer_json("get_document", &json!({"original_file": link}));
    let document = terminal.run("zapsign documents get --doc-token a").await.done();
    assert_eq!(document, format!("original_file  {link}\n"), "an address is not cut");
}

#[tokio::test]
async fn a_person_is_told_of_an_empty_list_further_pages_and_the_file_of_secrets() {
    let mut terminal = Terminal::start().await;
    let page = json!({"count": 3, "next": "https://api.zapsign.example/?page=2", "results": [{"token": "a"}]});
    let empty = json!({"count": 0, "next": null, "results": []});
    let (no_items, more) = ("there are no items\n", "there are more items; --all gets every page\n");
    for (line, body, told) in [
        ("zapsign documents list --output table", &page, more),
        ("zapsign documents list --output table", &empty, no_items),
        ("zapsign documents list --output table --all", &empty, no_items),
        ("zapsign documents list --output table --query /count", &page, ""),
        ("zapsign documents list --output table --query /results", &empty, no_items),
        ("zapsign documents list --output json", &page, ""),
        ("zapsign documents list --output jsonl", &empty, ""),
    ] {
        terminal.answer_json("list_documents", body);
        let run = terminal.run(line).await;
        assert_eq!((run.code, run.stderr.as_str()), (ExitCode::Done, told), "{line}");
    }
    let last = json!({"total": 3, "partner_channels": [{"id": "a"}]});
    for (offset, told) in [("1", more), ("2", "")] {
        terminal.answer_json("list_channels", &last);
        let run = terminal.run(&format!("dialog360 channels list --output table --offset {offset}")).await;
        assert_eq!((run.code, run.stderr.as_str()), (ExitCode::Done, told), "{offset}");
    }

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("s.json").display().to_string();
    terminal.columns = Some(80);
    let create = "zapsign partnerships create-partner-account --country br --lang pt-br --company-name Acme";
    let run = terminal.run(&format!("{create} --secrets-file {file}")).await;
    assert_eq!((run.code, run.stderr), (ExitCode::Done, format!("secrets were written to {file}\n")));
    let run = terminal.run(&format!("zapsign account get-plan --secrets-file {file}2")).await;
    assert_eq!((run.code, run.stderr.as_str()), (ExitCode::Done, ""), "there was none");
}

#[tokio::test]
async fn keys_and_numbers_are_the_vendors() {
    let terminal = Terminal::start().await;
    let body = r#"{"z":0.1,"a":12345678901234567,"m":[1.7976931348623157e308,-0.3,123.45]}"#;
    terminal.answer("get_partner_balance", 200, "application/json", body);
    let printed = terminal.run("dialog360 balance get-partner").await.done();
    assert_eq!(printed.split_whitespace().collect::<String>(), body.replace("e308", "e+308"));
}

#[tokio::test]
async fn a_query_prints_what_it_names_and_nothing_else() {
    let mut terminal = Terminal::start().await;
    let token = terminal.document("Lease").await;
    let get = format!("zapsign documents get --doc-token {token}");
    assert_eq!(terminal.run(&format!("{get} --query /name")).await.done(), "\"Lease\"\n");
    assert_eq!(terminal.run(&format!("{get} --query /name --output table")).await.done(), "Lease\n");
    let several = format!("{get} --query /signers/0/name --query /name");
    assert_eq!(terminal.run(&several).await.json(), json!(["Ana", "Lease"]));
    assert_eq!(terminal.run(&format!("{several} --output table")).await.done(), "Ana\nLease\n");
    assert_eq!(terminal.run(&format!("{several} --output jsonl")).await.done(), "\"Ana\"\n\"Lease\"\n");

    let lost = terminal.run(&format!("{get} --query /name --query /signers/1/name")).await;
    let message = lost.failed(ExitCode::Failed)["message"].to_string();
    assert!(message.contains("/signers") && message.contains("a list of 1 items"), "{message}");
    let calls = terminal.sandbox.request_count();
    let wrong = terminal.run(&format!("{get} --query name")).await.failed(ExitCode::Usage);
    assert!(wrong["message"].as_str().expect("a text").contains("/name") && wrong["answer"].is_null());
    assert_eq!(terminal.sandbox.request_count(), calls, "nothing was sent");

    terminal.columns = Some(80);
    let run = terminal.run(&format!("{get} --query /nme")).await;
    assert!((run.code, run.stdout.as_str()) == (ExitCode::Failed, "") && run.stderr.starts_with("error: --query: "));
}

/// The token of a document that was created by a call with a wrong query is not lost.
#[tokio::test]
async fn a_wrong_query_does_not_lose_what_a_call_created() {
    let mut terminal = Terminal::start().await;
    let create = "zapsign documents create --name Lease --markdown-text Text --signer name=Ana --query /tokn";
    let failure = terminal.run(create).await.failed(ExitCode::Failed);
    let token = failure["answer"]["token"].as_str().expect("a token");
    terminal.run(&format!("zapsign documents get --doc-token {token}")).await.json();
    terminal.columns = Some(80);
    let run = terminal.run(create).await;
    assert!(run.stdout.is_empty() && run.stderr.contains("\nanswer: {") && run.stderr.contains("\"token\": "));
}

#[tokio::test]
async fn an_empty_answer_prints_nothing() {
    let terminal = Terminal::start().await;
    terminal.answer("get_document", 200, "application/json", "");
    assert_eq!(terminal.run("zapsign documents get --doc-token a").await.done(), "");
}

#[tokio::test]
async fn a_terminal_obeys_no_text_of_the_vendor() {
    let evil = "\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\u{7f}";
    let harmless = |text: &str| !text.contains(|c: char| c != '\n' && (c.is_control() || c == '\u{202e}'));
    let mut terminal = Terminal::start().await;
    terminal.columns = Some(80);
    let body = json!({"name": evil, evil: 1, "signers": [{"name": evil}], "results": [{"name": evil, "token": "a"}]});
    for line in [
        "zapsign documents get --doc-token a",
        "zapsign documents get --doc-token a --output json",
        "zapsign documents get --doc-token a --output jsonl",
        "zapsign documents get --doc-token a --query /name",
        "zapsign documents get --doc-token a --query /signers",
        "zapsign documents get --doc-token a --query /signers/0/name --query /name",
        "zapsign documents get --doc-token a --query /nme",
        "zapsign documents get --doc-token a --query /nme --output json",
        "zapsign documents list",
        "zapsign documents list --output jsonl",
    ] {
        terminal.answer_json(if line.contains("list") { "list_documents" } else { "get_document" }, &body);
        let run = terminal.run(line).await;
        assert!(harmless(&run.stdout) && harmless(&run.stderr), "{line}: {:?} {:?}", run.stdout, run.stderr);
        assert!(!run.stdout.is_empty() || run.code == ExitCode::Failed, "{line}");
        assert!(terminal.sandbox.unused_faults().is_empty());
    }
    for (operation, line) in [
        ("remove_signer", "zapsign signers remove --signer-token a --yes"),
        ("get_document", "zapsign documents get --doc-token a"),
    ] {
        terminal.answer(operation, 200, "text/plain", evil);
        let run = terminal.run(line).await;
        assert!(harmless(&run.stdout) && harmless(&run.stderr), "{line}: {:?} {:?}", run.stdout, run.stderr);
        assert!(run.stdout.starts_with("\\u001b"), "{line}: {:?}", run.stdout);
    }
    terminal.columns = None;
    terminal.answer_json("get_document", &body);
    let document = terminal.run("zapsign documents get --doc-token a").await.json();
    assert_eq!((&document["name"], &document[evil]), (&json!(evil), &json!(1)), "JSON keeps its meaning");
}

#[tokio::test]
async fn a_file_goes_to_a_program_unchanged_and_to_no_terminal() {
    let mut terminal = Terminal::start().await;
    let token = terminal.document("Lease").await;
    let log = format!("zapsign documents get-audit-log --doc-token {token} --download-pdf");
    let mut stdout = Vec::new();
    let (code, stderr) = terminal.run_to(&log, &mut stdout).await;
    let sent = terminal.sandbox.requests().pop().expect("a request").answer.expect("an answer");
    assert_eq!((code, stderr.as_str(), &stdout[..5]), (ExitCode::Done, "", &b"%PDF-"[..]));
    assert_eq!(stdout, sent.body, "byte by byte");

    terminal.columns = Some(80);
    let run = terminal.run(&log).await;
    assert_eq!((run.code, run.stdout.as_str()), (ExitCode::Failed, ""));
    assert!(run.stderr.contains("application/pdf") && run.stderr.contains("> FILE"), "{}", run.stderr);
    let plans = terminal.run("zapsign partnerships get-partner-plans").await.done();
    assert!(plans.starts_with("id") && plans.lines().count() >= 2, "a table of the vendor is a text: {plans}");
    let run = terminal.run("zapsign partnerships get-partner-plans --query /0").await;
    assert!(run.code == ExitCode::Failed && run.stdout.is_empty(), "{}", run.stdout);
}

#[tokio::test]
async fn a_success_that_is_not_the_promised_json_is_not_understood() {
    let terminal = Terminal::start().await;
    for (operation, line) in [
        ("get_document", "zapsign documents get --doc-token a"),
        ("get_audit_log", "zapsign documents get-audit-log --doc-token a"),
        ("get_partner_plans", "zapsign partnerships get-partner-plans"),
    ] {
        let page = "<html>Log in to the network</html>";
        terminal.answer(operation, 200, "text/html", page);
        let run = terminal.run(line).await;
        assert_eq!((run.code, run.stdout.as_str()), (ExitCode::NotUnderstood, page), "{line}");
        assert_eq!(error(&run.stderr, run.code)["operation"], operation);
    }
}

#[tokio::test]
async fn a_closed_pipe_ends_quietly_and_a_full_disk_does_not() {
    let terminal = Terminal::start().await;
    let token = terminal.document("Lease").await;
    for line in [
        "--help",
        "--version",
        "zapsign documents list",
        "zapsign documents list --output jsonl",
        "zapsign documents list --output table",
        "zapsign documents list --query /count",
        "zapsign partnerships get-partner-plans",
        "zapsign documents create --skeleton",
        "zapsign documents list --dry-run",
        &format!("zapsign documents get-audit-log --doc-token {token} --download-pdf"),
    ] {
        let (code, stderr) = terminal.run_to(line, &mut Broken(ErrorKind::BrokenPipe)).await;
        // A skeleton has hints.
        let is_quiet = stderr.is_empty() || line.contains("--skeleton") && !stderr.contains("written");
        assert!(code == ExitCode::Done && is_quiet, "{line}: {stderr}");
        if !line.starts_with("--") {
            let (code, stderr) = terminal.run_to(line, &mut Broken(ErrorKind::StorageFull)).await;
            assert_eq!(code, ExitCode::Failed, "{line}");
            assert!(stderr.contains("the output can't be written"), "{line}: {stderr}");
            // The disk may be found full when a buffer is written only.
            let mut buffer = BufWriter::new(Broken(ErrorKind::StorageFull));
            assert_eq!(terminal.run_to(line, &mut buffer).await.0, ExitCode::Failed, "{line}");
        }
    }
}

#[tokio::test]
async fn errors_are_a_line_for_people_and_an_object_for_programs() {
    let mut terminal = Terminal::start().await;
    for line in ["zapsign documents get --doc-token none", "zapsign documents get --nme x", "zapsign nothing"] {
        let run = terminal.run(line).await;
        assert!(error(&run.stderr, run.code)["message"].is_string() && run.stdout.is_empty(), "{line}");
        let table = terminal.run(&format!("{line} --output table")).await;
        assert!(table.code == run.code && table.stderr.starts_with("error: "), "{}", table.stderr);
    }
    terminal.columns = Some(80);
    let run = terminal.run("zapsign documents get --doc-token none").await;
    assert!(run.stderr.starts_with("error: ") && run.stderr.lines().count() == 1, "{}", run.stderr);
    let run = terminal.run("zapsign documents get --doc-token none --output json").await;
    error(&run.stderr, ExitCode::Refused);
}
