//! `cargo xtask regenerate` on a copy of the workspace.
#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const CREATE_CLIENT: &str =
    "specs/dialog360/published/post_account_sharing_docs_api_create_client_and_signup_user.json";
const ONBOARD_NUMBER: &str = "specs/dialog360/published/post_account_sharing_docs_api_new_numbers.json";

struct Copy(tempfile::TempDir);

impl Copy {
    /// What regenerate reads and writes.
    fn new() -> Self {
        let copy = Self(tempfile::tempdir().expect("a temporary folder"));
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for part in
            ["specs", "crates/dialog360-api/src/generated", "crates/zapsign-api/src/generated", "tests/generated"]
        {
            for file in files(&workspace.join(part)) {
                let inside = file.strip_prefix(&workspace).expect("it is inside");
                let to = copy.0.path().join(inside);
                fs::create_dir_all(to.parent().expect("a parent")).expect("made");
                fs::copy(&file, to).expect("copied");
            }
        }
        for file in ["README.md", "crates/dialog360-api/Cargo.toml", "crates/zapsign-api/Cargo.toml"] {
            fs::copy(workspace.join(file), copy.0.path().join(file)).expect("copied");
        }
        copy
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .arg("regenerate")
            .args(arguments)
            .arg("--root")
            .arg(self.0.path())
            .output()
            .expect("it runs");
        let text = |bytes| String::from_utf8(bytes).expect("it prints text");
        (status.code().expect("it exits"), text(stdout), text(stderr))
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.0.path().join(file);
        let text = fs::read_to_string(&path).expect("it is there");
        assert!(text.contains(from), "{file} does not hold {from}");
        fs::write(path, text.replace(from, to)).expect("written");
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.0.path().join(file), text).expect("written");
    }

    fn state(&self) -> BTreeMap<PathBuf, String> {
        files(self.0.path()).into_iter().map(|file| (file.clone(), fs::read_to_string(file).expect("text"))).collect()
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it reads").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn what_is_current_is_left_alone() {
    let copy = Copy::new();
    let before = copy.state();
    for arguments in [&["--check"][..], &[], &["--api", "zapsign"]] {
        let (code, stdout, stderr) = copy.run(arguments);
        assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
        assert!(stdout.lines().all(|line| line.contains(": ") && line.contains(" operations, ")), "{stdout}");
        assert!(stdout.contains("0 files"), "{stdout}");
    }
    assert_eq!(copy.state(), before);
}

#[test]
fn a_changed_spec_is_stale_until_it_is_regenerated() {
    let copy = Copy::new();
    copy.edit(ONBOARD_NUMBER, r#""premium","""#, r#""premium","gold","""#);
    let before = copy.state();
    let (code, stdout, stderr) = copy.run(&["--check"]);
    assert_eq!(code, 4, "{stderr}");
    assert!(stdout.contains("+        Gold = \"gold\","), "{stdout}");
    assert!(stdout.contains("is not the text that sources.toml records"), "{stdout}");
    assert!(stderr.contains("run `cargo xtask regenerate`"), "{stderr}");
    assert_eq!(copy.state(), before, "a check writes nothing");

    let (code, stdout, _) = copy.run(&[]);
    assert_eq!(code, 0, "{stdout}");
    assert_ne!(copy.state(), before);
    assert_eq!(copy.run(&["--check"]).0, 0);
}

#[test]
fn a_file_that_is_no_longer_generated_is_removed() {
    let copy = Copy::new();
    let stray = "crates/zapsign-api/src/generated/types/of_the_past.rs";
    copy.write(stray, "");
    assert_eq!(copy.run(&["--check"]).0, 4);
    let (code, stdout, _) = copy.run(&[]);
    assert!(code == 0 && stdout.contains("1 removed"), "{stdout}");
    assert!(!copy.0.path().join(stray).exists());
}

/// Checkouts that share a target folder share the program too.
#[test]
fn the_workspace_is_the_one_that_cargo_was_called_in() {
    let copy = Copy::new();
    copy.write("crates/zapsign-api/src/generated/types/of_the_past.rs", "");
    let status = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["regenerate", "--check"])
        .env("CARGO_MANIFEST_DIR", copy.0.path().join("xtask"))
        .status()
        .expect("it runs");
    assert_eq!(status.code(), Some(4));
}

#[test]
fn the_document_that_the_generator_reads_can_be_kept() {
    let copy = Copy::new();
    let folder = copy.0.path().join("lowered");
    let (code, ..) = copy.run(&["--api", "dialog360", "--keep-lowered", folder.to_str().expect("a path")]);
    assert_eq!(code, 0);
    let text = fs::read_to_string(folder.join("dialog360.lowered.json")).expect("it is kept");
    assert!(text.contains("\"4XX\""), "{text}");
}

/// The day a maintainer has the vendor's own text of an operation that we wrote by hand.
#[test]
fn a_published_operation_takes_the_place_of_a_hand_written_one_in_one_step() {
    let copy = Copy::new();
    let hand_written = "specs/dialog360/documented/webhook_url.yaml";
    let path = "/api/v2/partners/{partner_id}/webhook_url";
    let text = format!(
        r##"{{"openapi":"3.1.0","paths":{{"{path}":{{"get":{{"operationId":"get_webhook_url","summary":"Get webhook URL","tags":["Webhook URL"],
        "parameters":[{{"in":"path","name":"partner_id","description":"The ID of the partner.","schema":{{"$ref":"#/components/schemas/PartnerId"}},"required":true,"example":"exmplePA"}}],
        "responses":{{"200":{{"description":"Successful response","content":{{"application/json":{{
            "schema":{{"$ref":"#/components/schemas/WebhookUrl"}},"examples":{{"one":{{"value":{{"webhook_url":"https://crm.example"}}}}}}}}}}}}}}}}}}}}}}"##
    );
    copy.write("specs/dialog360/published/get_webhook_url.json", &text);
    let (code, _, stderr) = copy.run(&["--check"]);
    assert!(code == 1 && stderr.contains("no entry for published/get_webhook_url.json"), "{stderr}");

    let sources = "specs/dialog360/sources.toml";
    let known = fs::read_to_string(copy.0.path().join(sources)).expect("it is there");
    let entry =
        "\n[[published]]\nfile = \"get_webhook_url.json\"\npage = \"p\"\nseen = \"2026-11-23\"\nsha256 = \"\"\n";
    copy.write(sources, &(known + entry));
    let (code, _, stderr) = copy.run(&["--check"]);
    assert_eq!(code, 1);
    assert!(
        stderr.contains("documented/webhook_url.yaml at /paths/~1api~1v2~1partners~1{partner_id}~1webhook_url/get: ")
            && stderr.contains("published/get_webhook_url.json defines this otherwise; delete the hand-written one"),
        "{stderr}"
    );

    // Deleting it is all that is left to do; the difference is what the vendor says otherwise.
    let written = fs::read_to_string(copy.0.path().join(hand_written)).expect("it is there");
    let start = written.find("    get:\n").expect("the operation");
    let end = start + written[start..].find("\n    post:\n").expect("the next operation") + 1;
    copy.write(hand_written, &format!("{}{}", &written[..start], &written[end..]));
    let (code, stdout, stderr) = copy.run(&["--check"]);
    assert_eq!(code, 4, "{stderr}");
    assert!(stdout.contains("evidence: EvidenceLevel::Published"), "{stdout}");
}

/// Each fault is an error with file and place, and leaves every file as it was.
#[test]
fn a_fault_writes_nothing() {
    for (file, from, to, expected) in [
        (CREATE_CLIENT, r#""openapi":"3.1.0","#, r#""openapi":"3.1.0",,"#, "line 1 column 20"),
        (
            CREATE_CLIENT,
            r#""PartnerApiKeyV2":{"type":"apiKey""#,
            r#""PartnerApiKeyV2":{"type":"oauth2""#,
            "post_account_sharing_docs_api_new_numbers.json at /components/securitySchemes/PartnerApiKeyV2: ",
        ),
        (
            CREATE_CLIENT,
            r#""email":{"type":"string""#,
            r#""email":{"type":["string","integer"]"#,
            "create_client_and_signup_user.json at /components/schemas/AccountSharingCreateClientIn/properties/email/type: 3.0.3 allows one type, not 2",
        ),
        (
            "specs/dialog360/overlay.yaml",
            "AccountSharingCreateClientIn",
            "AccountSharingCreateCustomerIn",
            "overlay.yaml at /actions/2: target `$.components.schemas.AccountSharingCreateCustomerIn` matches nothing",
        ),
        (
            "specs/zapsign/partnerships.yaml",
            "      operationId: create_partner_account\n",
            "",
            "partnerships.yaml at /paths/~1api~1v1~1partner~1company~1/post: the operation has no operationId",
        ),
        (
            "specs/zapsign/partnerships.yaml",
            "      tags: [partnerships]\n",
            "      tags: [partnerships]\n      x-mood: fine\n",
            "partnerships.yaml at /paths/~1api~1v1~1partner~1company~1/post/x-mood: unknown extension `x-mood`",
        ),
        (
            "specs/zapsign/partnerships.yaml",
            "      tags: [partnerships]\n",
            "      tags: [partnerships\n",
            "partnerships.yaml: ",
        ),
    ] {
        let copy = Copy::new();
        copy.edit(file, from, to);
        // What would be written is not what is there, so a write would be seen.
        copy.write("specs/zapsign.openapi.json", "");
        let before = copy.state();
        let (code, stdout, stderr) = copy.run(&[]);
        assert_eq!(code, 1, "{stdout}{stderr}");
        assert!(stderr.starts_with("error: ") && stderr.contains(expected), "expected {expected}\nfound    {stderr}");
        assert_eq!(copy.state(), before);
    }
}
