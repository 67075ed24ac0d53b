//! The day that the vendor's page has two more operations, on a copy of the workspace: everything compiles, and only
//! snapshots have to be accepted. It builds the whole copy, so it runs where it is asked for: `.ci/run` does.
#![allow(missing_docs)]

mod workspace;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use workspace::Copy;

const PAGE: &str = "https://docs.360dialog.com/partner/partner-api/api-reference/account-sharing.md";

/// The page as it is, with two operations in the vendor's own form: a deletion with an id in its path, and a list with
/// filters. Neither has an example.
fn page(published: &Path) -> String {
    let mut files: Vec<PathBuf> =
        fs::read_dir(published).expect("the folder is there").map(|entry| entry.expect("it reads").path()).collect();
    files.sort();
    let mut texts: Vec<String> = files.iter().map(|file| fs::read_to_string(file).expect("text")).collect();
    let known: Value = serde_json::from_str(&texts[0]).expect("JSON");
    let id = |name: &str| json!({"in": "path", "name": name, "description": "An id.", "schema": {"type": "string"}, "required": true});
    let refused = json!({"description": "Not found", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DefaultHttpError"}}}});
    let state = json!({"type": "string", "enum": ["waiting", "shared", "stopped"]});
    let delete = json!({"operationId": "delete_account_sharing_docs_api_number", "tags": ["Account Sharing"],
        "summary": "Stop sharing a number", "description": "Stops sharing a number.",
        "parameters": [id("partner_id"), id("number_id")],
        "responses": {"404": refused, "200": {"description": "Successful response", "content": {"application/json": {
            "schema": {"$ref": "#/components/schemas/DefaultHttpOut"}}}}}});
    let list = json!({"operationId": "get_account_sharing_docs_api_numbers", "tags": ["Account Sharing"],
        "summary": "List shared numbers", "description": "Lists the numbers that are shared.",
        "parameters": [id("partner_id"),
            {"in": "query", "name": "limit", "schema": {"type": "integer", "minimum": 1, "maximum": 100}},
            {"in": "query", "name": "state", "schema": state},
            {"in": "query", "name": "shared_since", "schema": {"type": "string", "format": "date-time"}}],
        "responses": {"404": refused, "200": {"description": "Successful response", "content": {"application/json": {
            "schema": {"$ref": "#/components/schemas/AccountSharingNumbersOut"}}}}}});
    let own = json!({
        "AccountSharingNumbersOut": {"type": "object", "additionalProperties": false, "required": ["numbers"], "properties": {
            "numbers": {"type": "array", "items": {"$ref": "#/components/schemas/AccountSharingNumber"}}, "total": {"type": "integer"}}},
        "AccountSharingNumber": {"type": "object", "additionalProperties": false, "required": ["id"], "properties": {
            "id": {"type": "string"}, "state": state, "shared_at": {"type": "string", "format": "date-time", "nullable": true}}},
    });
    for (path, method, operation) in [
        ("/api/v2/partners/{partner_id}/account_sharing/numbers/{number_id}", "delete", delete),
        ("/api/v2/partners/{partner_id}/account_sharing/numbers", "get", list),
    ] {
        let mut document = known.clone();
        document["paths"] = json!({path: {method: operation}});
        for (name, schema) in own.as_object().expect("an object") {
            document["components"]["schemas"][name] = schema.clone();
        }
        texts.push(document.to_string());
    }
    let blocks: String = texts.iter().map(|text| format!("\n## Operation\n\n```json\n{text}\n```\n")).collect();
    format!("> this page is available as [Markdown]({PAGE}).\n\n# Page\n{blocks}")
}

#[test]
#[ignore = "builds a copy of the whole workspace, which takes minutes; `.ci/run` asks for it"]
fn a_page_with_two_new_operations_costs_nothing_but_a_look_at_the_snapshots() {
    let copy = Copy::new("new-page", "new-page");
    copy.commit();
    // Those of xtask would do this again.
    let tests = ["test", "--workspace", "--exclude", "xtask", "--no-fail-fast"];
    let file = copy.folder.join("target-page.md");
    fs::write(&file, page(&copy.folder.join("specs/dialog360/published"))).expect("written");
    copy.xtask(&["import", "--write-overlay", "--seen", "2026-12-01", file.to_str().expect("a path")]);
    copy.xtask(&["regenerate"]);
    assert_eq!(
        copy.git(&["status", "--porcelain", "--", "tests/snapshots"]),
        "",
        "no command of xtask writes a snapshot"
    );

    let (passed, said) = copy.cargo(&tests, "no");
    assert!(!passed, "the snapshots hold nothing of the new operations");
    assert!(!said.contains("error[E"), "{said}");
    let failed: Vec<&str> = said.lines().filter(|line| line.starts_with("test ") && line.ends_with("FAILED")).collect();
    let of_snapshots = [
        "outlines",
        "requests_of_every_api",
        "published_operations_differ_from_the_vendors_text_by_the_overlay_only",
        "the_tree_of_all_commands",
    ];
    assert!(
        failed.iter().all(|line| of_snapshots.iter().any(|name| line.contains(name))) && failed.len() == 4,
        "{failed:?}"
    );

    let (passed, said) = copy.cargo(&tests, "always");
    assert!(passed, "{said}");
    copy.git(&["add", "--", "tests/snapshots"]);
    let changes = copy.git(&["diff", "--cached", "--numstat", "--", "tests/snapshots"]);
    assert!(changes.contains("dialog360.calls.account_sharing.snap"), "{changes}");
    assert!(changes.contains("command_line/commands.snap"), "{changes}");
    for line in changes.lines() {
        assert_eq!(line.split('\t').nth(1), Some("0"), "a snapshot lost lines: {changes}");
    }
}
