//! `cargo xtask import` on a copy of the specs.
#![allow(missing_docs)]

use std::fs;
use std::path::Path;
use std::process::Command;

const PUBLISHED: &str = "specs/dialog360/published";
const PAGE: &str = "https://docs.360dialog.com/partner/partner-api/api-reference/account-sharing.md";

fn copy() -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a temporary folder");
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for folder in ["specs/dialog360", PUBLISHED, "specs/dialog360/documented"] {
        fs::create_dir_all(copy.path().join(folder)).expect("made");
        for entry in fs::read_dir(workspace.join(folder)).expect("the folder is there") {
            let path = entry.expect("it reads").path();
            if path.is_file() {
                fs::copy(&path, copy.path().join(folder).join(path.file_name().expect("a name"))).expect("copied");
            }
        }
    }
    copy
}

/// A page as the vendor writes it: prose, and a fenced block for each operation.
fn page(blocks: &[&str]) -> String {
    let mut text = format!(
        "> this page is available as [Markdown]({PAGE}).\n\n# Page\n\n```json\n{{\"not\": \"openapi\"}}\n```\n"
    );
    for block in blocks {
        text.push_str(&format!("\n## Operation\n\n```json\n{block}\n```\n"));
    }
    text
}

fn published(copy: &Path) -> Vec<String> {
    let mut files: Vec<_> =
        fs::read_dir(copy.join(PUBLISHED)).expect("there").map(|entry| entry.expect("it reads").path()).collect();
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).expect("text")).collect()
}

fn run(copy: &Path, text: &str) -> (i32, String) {
    run_with(copy, text, &[])
}

fn run_with(copy: &Path, text: &str, arguments: &[&str]) -> (i32, String) {
    let file = copy.join("page.md");
    fs::write(&file, text).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["import", "--seen", "2026-12-01"])
        .args(arguments)
        .arg("--root")
        .arg(copy)
        .arg(&file)
        .output()
        .expect("it runs");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().expect("it exits"), String::from_utf8(text).expect("it prints text"))
}

#[test]
fn a_page_that_is_known_changes_nothing_and_says_so() {
    let copy = copy();
    let before = fs::read_to_string(copy.path().join("specs/dialog360/sources.toml")).expect("text");
    let known = published(copy.path());
    let (code, said) = run(copy.path(), &page(&known.iter().map(String::as_str).collect::<Vec<_>>()));
    assert_eq!(code, 0, "{said}");
    assert_eq!(said.lines().filter(|line| line.starts_with("unchanged: ")).count(), 2, "{said}");
    assert!(said.ends_with("nothing has changed\n"), "{said}");
    assert_eq!(fs::read_to_string(copy.path().join("specs/dialog360/sources.toml")).expect("text"), before);
    assert_eq!(published(copy.path()), known);
}

#[test]
fn new_changed_superseded_and_gone_operations_are_told_apart() {
    let copy = copy();
    let known = published(copy.path());
    let changed = known[0].replace("Forbidden", "Not allowed");
    let new = r#"{"openapi":"3.1.0","paths":{"/api/v2/partners/{partner_id}/webhook_url":{"get":{"operationId":"get_partner_webhook"}}}}"#;
    let (code, said) = run(copy.path(), &page(&[&changed, new]));
    assert_eq!(code, 0, "{said}");
    for expected in [
        "changed: post_account_sharing_docs_api_create_client_and_signup_user\n",
        "new: get_partner_webhook\n",
        "superseded: delete GET /api/v2/partners/{partner_id}/webhook_url from ",
        "documented/webhook_url.yaml\n",
        "gone: published/post_account_sharing_docs_api_new_numbers.json is no longer on its page",
    ] {
        assert!(said.contains(expected), "no `{expected}` in:\n{said}");
    }
    let written = fs::read_to_string(copy.path().join(PUBLISHED).join("get_partner_webhook.json")).expect("written");
    assert_eq!(written, new);
    assert_eq!(published(copy.path()).len(), 3, "nothing is dropped");
    let sources = fs::read_to_string(copy.path().join("specs/dialog360/sources.toml")).expect("text");
    assert_eq!(sources.matches("seen = \"2026-12-01\"").count(), 2, "{sources}");
    // What was written is what a second import finds.
    let (_, said) = run(copy.path(), &page(&[&changed, new]));
    assert!(said.ends_with("nothing has changed\n"), "{said}");
}

#[test]
fn a_page_without_openapi_or_with_a_broken_block_is_refused() {
    let copy = copy();
    let known = published(copy.path());
    for (text, expected) in [
        (page(&[]), "page.md: the page holds no OpenAPI document"),
        (page(&["{\"openapi\": \"3.1.0\", \"paths\": {"]), "page.md: the block at line 12 is broken: EOF"),
        (
            page(&["{\"openapi\": \"3.1.0\", \"paths\": {}}"]),
            "page.md: the OpenAPI document at line 12 has no operation and no webhook",
        ),
        (
            page(&[r#"{"openapi": "3.1.0", "paths": {"/a": {"get": {"operationId": "../../a"}}}}"#]),
            "page.md: the operationId `../../a` at line 12 can't be the name of a file",
        ),
        ("# Page\n".to_owned(), "page.md: the file does not name its page: give it with `--page`"),
    ] {
        let (code, said) = run(copy.path(), &text);
        assert!(code == 1 && said.contains(expected), "expected {expected}\nfound    {said}");
        assert_eq!(published(copy.path()), known);
    }
}

#[test]
fn names_are_proposed_and_written_where_they_are_asked_for() {
    const OVERLAY: &str = "specs/dialog360/overlay.yaml";
    let new = r##"{"openapi":"3.1.0","paths":{"/api/v2/partners/{partner_id}/fleets/{fleet_id}/ships":{"post":{"operationId":"post_fleets_docs_api_ship",
        "parameters":[{"in":"path","name":"fleet_id","schema":{"type":"string"},"required":true}],
        "requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/FleetShipIn"}}}}}}},
        "components":{"schemas":{"FleetShipIn":{"type":"object"}}}}"##;
    let copy = copy();
    let overlay = || fs::read_to_string(copy.path().join(OVERLAY)).expect("text");
    let before = overlay();
    let (code, said) = run(copy.path(), &page(&[new]));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("run with --write-overlay") && said.contains("operationId: create_ship"), "{said}");
    assert_eq!(overlay(), before);

    let changed = new.replace("post_fleets_docs_api_ship", "post_fleets_docs_api_ships");
    let (code, said) = run_with(copy.path(), &page(&[&changed]), &["--write-overlay"]);
    assert_eq!(code, 0, "{said}");
    // The first import is known by now, so the operation is no longer new to the bundle.
    assert_eq!(overlay(), before, "{said}");

    let copy = self::copy();
    let (code, said) = run_with(copy.path(), &page(&[new]), &["--write-overlay"]);
    assert_eq!(code, 0, "{said}");
    let written = fs::read_to_string(copy.path().join(OVERLAY)).expect("text");
    let added = written.strip_prefix(before.trim_end()).expect("it is appended");
    for expected in [
        "      operationId: create_ship\n",
        "      x-published-id: \"post_fleets_docs_api_ship\"\n",
        "      x-retry: never\n",
        "      FleetId: {type: string",
        "      x-rust-name: CreateShip\n",
    ] {
        assert!(added.contains(expected), "no `{expected}` in:\n{added}");
    }

    let copy = self::copy();
    let path = copy.path().join(OVERLAY);
    fs::write(&path, format!("{before}extra:\n  a: 1\n")).expect("written");
    let (code, said) = run_with(copy.path(), &page(&[new]), &["--write-overlay"]);
    assert!(code == 1 && said.contains("overlay.yaml: the file does not end in its list of actions"), "{said}");
    assert_eq!(published(copy.path()).len(), 2, "nothing is written");
}
