//! `.ci/spec-watch` on a copy of the workspace, against a server on this machine.
#![cfg(unix)]
#![allow(missing_docs)]

mod server;

use std::fs;
use std::path::Path;
use std::process::Command;

use server::{Server, page, status};

const PUBLISHED: &str = "specs/dialog360/published";
const ONBOARD: &str = "specs/dialog360/published/post_account_sharing_docs_api_new_numbers.json";

struct Watch {
    folder: tempfile::TempDir,
    server: Server,
}

impl Watch {
    /// A copy that is committed, with pages of our own.
    fn new(dialog360: &[(&str, &str)], zapsign: &[(&str, &str)]) -> Self {
        let watch = Self { folder: tempfile::tempdir().expect("a temporary folder"), server: Server::start() };
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for part in [
            ".ci/spec-watch",
            "specs",
            "crates/dialog360-api/src/generated",
            "crates/zapsign-api/src/generated",
            "crates/dialog360-api/Cargo.toml",
            "crates/zapsign-api/Cargo.toml",
            "crates/dialog360-api/OPERATIONS.md",
            "crates/zapsign-api/OPERATIONS.md",
            "tests/generated",
        ] {
            copy(&workspace.join(part), &watch.folder.path().join(part));
        }
        for (api, pages) in [("dialog360", dialog360), ("zapsign", zapsign)] {
            let list: String = pages
                .iter()
                .map(|(path, holds)| format!("[[page]]\nurl = {:?}\nholds = {holds:?}\n", watch.server.url(path)))
                .collect();
            fs::write(watch.folder.path().join("specs").join(api).join("pages.toml"), list).expect("written");
        }
        watch.git(&["init", "--quiet"]);
        watch.git(&["add", "."]);
        watch.git(&["-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "--quiet", "--message", "a"]);
        watch
    }

    fn git(&self, arguments: &[&str]) {
        let status = Command::new("git").arg("-C").arg(self.folder.path()).args(arguments).status();
        assert!(status.expect("git runs").success());
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder.path().join(file)).expect("it is there")
    }

    /// The exit code and the report.
    fn run(&self) -> (i32, String) {
        let root = self.folder.path();
        let output = Command::new(root.join(".ci/spec-watch"))
            .current_dir(root)
            .arg("report.md")
            .env("CACHE", root.join("cache"))
            .env("XTASK", format!("{} --root {}", env!("CARGO_BIN_EXE_xtask"), root.display()))
            .output()
            .expect("it runs");
        let report = self.read("report.md").replace(&self.server.url(""), "SERVER");
        println!("{report}{}", String::from_utf8_lossy(&output.stderr));
        (output.status.code().expect("it exits"), report)
    }
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        for entry in fs::read_dir(from).expect("the folder is there") {
            let name = entry.expect("it reads").file_name();
            copy(&from.join(&name), &to.join(&name));
        }
    } else {
        fs::create_dir_all(to.parent().expect("a parent")).expect("made");
        fs::copy(from, to).expect("copied");
    }
}

/// A page as 360dialog writes it.
fn openapi(blocks: &[&str]) -> String {
    let blocks: String = blocks.iter().map(|block| format!("\n## Operation\n\n```json\n{block}\n```\n")).collect();
    page(&["Content-Type: text/markdown; charset=utf-8"], &format!("# Page\n{blocks}"))
}

/// A page as ZapSign writes it.
fn operation(field: &str) -> String {
    page(
        &[],
        &format!(
            "## Create\n\n<mark>`POST`</mark> `https://api.zapsign.com.br/api/v1/partner/company/`\n\n\
             #### Request Body\n\n<table><tr><td>{field}</td><td>string</td></tr></table>\n"
        ),
    )
}

#[test]
fn a_page_that_is_refused_stands_first_and_the_others_are_imported() {
    let watch = Watch::new(
        &[("/broken.md", "openapi"), ("/missing.md", "openapi"), ("/good.md", "openapi"), ("/words.md", "prose")],
        &[("/account.md", "operation"), ("/unreadable.md", "operation")],
    );
    let published = watch.read(ONBOARD);
    let changed = published.replace(r#""premium","""#, r#""premium","gold","""#);
    assert_ne!(changed, published);
    watch.server.answer("/broken.md", &[openapi(&["{\"openapi\": \"3.1.0\", \"paths\": {"])]);
    watch.server.answer("/good.md", &[openapi(&[&changed])]);
    watch.server.answer("/words.md", &[page(&[], "# Words\n\nOne\n")]);
    watch.server.answer("/account.md", &[operation("colour")]);
    watch.server.answer("/unreadable.md", &[page(&[], "# Nothing\n")]);
    let (code, report) = watch.run();
    assert_eq!(code, 1, "{report}");

    let (refused, rest) = report.split_once("## To read\n").expect("two sections");
    assert!(refused.starts_with("## Refused or failed\n\n"), "{refused}");
    for expected in [
        "`cargo xtask fetch --api dialog360`:\n\n    failed: SERVER/missing.md: the answer is 404 Not Found; the page has moved",
        "`cargo xtask import SERVER/broken.md`:\n\n    error: ",
        "broken.md: the block at line 6 is broken: EOF",
        "`cargo xtask import --against zapsign SERVER/unreadable.md`:\n\n    error: ",
        "unreadable.md: the page names no method and address\n",
    ] {
        assert!(refused.contains(expected), "no `{expected}` in:\n{refused}");
    }
    for expected in [
        "- SERVER/words.md: there is no earlier copy to compare with\n",
        "- SERVER/account.md and the spec disagree:\n\n    field `colour`: the page has it, the spec does not\n",
        "## Imported\n\nSERVER/good.md\n\n    changed: post_account_sharing_docs_api_new_numbers\n",
        "gold",
        "dialog360-api needs ",
        "    new: SERVER/good.md -> ",
    ] {
        assert!(rest.contains(expected), "no `{expected}` in:\n{rest}");
    }
    assert_eq!(watch.server.requests().len(), 6, "each page is asked for once");
    assert_eq!(watch.read(ONBOARD), changed);
    assert!(watch.read("specs/dialog360.openapi.json").contains("\"gold\""), "it is regenerated too");
}

#[test]
fn a_refusal_of_the_specs_is_said_with_its_place_and_stops_nothing() {
    let watch = Watch::new(&[("/new.md", "openapi"), ("/good.md", "openapi")], &[("/account.md", "operation")]);
    let path = "/api/v2/partners/{partner_id}/webhook_url";
    let new = format!(
        r#"{{"openapi":"3.1.0","paths":{{"{path}":{{"get":{{"operationId":"get_webhook_url","tags":["Webhook URL"]}}}}}}}}"#
    );
    watch.server.answer("/new.md", &[openapi(&[&new])]);
    watch.server.answer("/good.md", &[openapi(&[&watch.read(ONBOARD)])]);
    watch.server.answer("/account.md", &[operation("colour")]);
    let (code, report) = watch.run();
    assert_eq!(code, 1, "{report}");
    let (refused, rest) = report.split_once("## To read\n").expect("two sections");
    for expected in [
        "`cargo xtask regenerate`:\n\n    error: ",
        "documented/webhook_url.yaml at /paths/~1api~1v2~1partners~1{partner_id}~1webhook_url/get: ",
        "delete the hand-written one",
        "The same from `cargo xtask diff --markdown`.\n",
    ] {
        assert!(refused.contains(expected), "no `{expected}` in:\n{refused}");
    }
    assert!(rest.contains("superseded: delete GET") && rest.contains("account.md and the spec disagree"), "{rest}");
    assert_eq!(watch.read(&format!("{PUBLISHED}/get_webhook_url.json")), new);
}

#[test]
fn a_run_without_a_refusal_succeeds_and_shows_what_changed_in_words() {
    let watch = Watch::new(&[("/words.md", "prose")], &[]);
    watch.server.answer("/words.md", &[page(&[], "# Words\n\nOne\n")]);
    assert_eq!(watch.run().0, 0);
    watch.server.answer("/words.md", &[page(&[], "# Words\n\nTwo\n")]);
    let (code, report) = watch.run();
    assert_eq!(code, 0, "{report}");
    assert!(report.starts_with("## To read\n\n- SERVER/words.md has changed:\n\n"), "{report}");
    assert!(report.contains("    -One\n    +Two\n"), "{report}");
    // What fails is said first, and the earlier copy stays.
    watch.server.answer("/words.md", &[status("304 Not Modified", &[])]);
    let (code, report) = watch.run();
    let start = "## Refused or failed\n\n`cargo xtask fetch --api dialog360`:\n\n    failed: SERVER/words.md: the answer is 304";
    assert!(code == 1 && report.starts_with(start), "{report}");
}

#[test]
fn an_operation_on_two_pages_is_not_imported_in_silence() {
    let watch = Watch::new(&[("/one.md", "openapi"), ("/two.md", "openapi")], &[]);
    let published = watch.read(ONBOARD);
    watch.server.answer("/one.md", &[openapi(&[&published])]);
    watch.server.answer("/two.md", &[openapi(&[&published])]);
    let (code, report) = watch.run();
    assert_eq!(code, 1, "{report}");
    assert!(
        report.contains("these operations stand on two pages, and the later page was taken: post_account_sharing_docs_api_new_numbers\n"),
        "{report}"
    );
}

#[test]
fn a_command_that_can_not_be_run_is_a_failure() {
    let watch = Watch::new(&[], &[]);
    let root = watch.folder.path();
    let status = Command::new(root.join(".ci/spec-watch"))
        .current_dir(root)
        .env("REPORT", "report.md")
        .env("CACHE", "cache")
        .env("XTASK", root.join("no-such-program"))
        .output()
        .expect("it runs")
        .status;
    assert_eq!(status.code(), Some(1));
    let report = watch.read("report.md");
    assert!(report.starts_with("## Refused or failed\n\n`cargo xtask fetch --api dialog360`:\n"), "{report}");
    assert!(report.contains("no-such-program"), "{report}");
}
