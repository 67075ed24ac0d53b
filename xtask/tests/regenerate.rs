//! `cargo xtask regenerate` on a copy of the workspace.
#![allow(missing_docs)]

mod copy;

use std::fs;
use std::process::Command;

use copy::Copy;

const CREATE_CLIENT: &str =
    "specs/dialog360/published/post_account_sharing_docs_api_create_client_and_signup_user.json";
const ONBOARD_NUMBER: &str = "specs/dialog360/published/post_account_sharing_docs_api_new_numbers.json";

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
    assert!(stdout.contains("this is not the text that sources.toml records"), "{stdout}");
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

#[test]
fn the_operations_for_readers_are_generated_too() {
    let copy = Copy::new();
    let file = copy.0.path().join("crates/zapsign-api/OPERATIONS.md");
    let current = fs::read_to_string(&file).expect("it is there");
    copy.edit("crates/zapsign-api/OPERATIONS.md", "| `get_plan` |", "| `obtain_plan` |");
    let (code, stdout, _) = copy.run(&["--check"]);
    assert!(code == 4 && stdout.contains("-| `obtain_plan` |") && stdout.contains("+| `get_plan` |"), "{stdout}");
    assert_eq!(copy.run(&[]).0, 0);
    assert_eq!(fs::read_to_string(&file).expect("it is there"), current);
}

#[test]
fn the_sandbox_serves_the_bundle_of_every_folder_of_specs() {
    let copy = Copy::new();
    let list = "crates/api-sandbox/src/spec/generated.rs";
    let entry = "    (\"zapsign\", include_str!(\"../../bundles/zapsign.openapi.json\")),\n";
    copy.edit(list, entry, "");
    let (code, stdout, _) = copy.run(&["--check"]);
    assert!(code == 4 && stdout.contains(&format!("+{entry}")), "{stdout}");
    assert_eq!(copy.run(&[]).0, 0);
    assert!(fs::read_to_string(copy.0.path().join(list)).expect("it is there").contains(entry));
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

/// A page of the vendor's, in its own form and without an example.
fn page(path: &str, method: &str, operation: &str) -> String {
    format!(
        r#"{{"openapi":"3.1.0","info":{{"title":"Partners V2 API","version":"2.0.0"}},"paths":{{"{path}":{{"{method}":{operation}}}}}}}"#
    )
}

const PARTNER: &str = r#"{"in":"path","name":"partner_id","schema":{"type":"string"},"required":true}"#;

#[test]
fn a_page_has_no_say_in_what_is_ours() {
    let operation = format!(
        r#"{{"operationId":"create_fleet","tags":["Fleets"],"summary":"Create a fleet","x-idempotent":true,"x-rate-limit":[{{"requests":1,"per":"1s","scope":"credential"}}],
        "description":"Call it so:\n\n```\nstd::process::exit(1);\n```\n\n    assert!(false);\n","parameters":[{PARTNER}],
        "requestBody":{{"content":{{"application/json":{{"schema":{{"type":"object","properties":{{"name":{{"type":"string","x-rust-name":"Vec"}}}}}}}}}}}},
        "responses":{{"200":{{"description":"Done"}}}}}}"#
    );
    let copy = Copy::new();
    copy.publish("create_fleet", &page("/api/v2/partners/{partner_id}/fleets", "post", &operation));
    let (code, stdout, stderr) = copy.run(&[]);
    assert_eq!(code, 0, "{stderr}");
    for key in ["x-idempotent", "x-rate-limit", "x-rust-name"] {
        assert!(stdout.contains(&format!("foreign key `{key}` ignored")), "{stdout}");
    }
    let read = |file: &str| {
        fs::read_to_string(copy.0.path().join("crates/dialog360-api/src/generated").join(file)).expect("text")
    };
    let table = read("operations.rs");
    let row = &table[table.find("CREATE_FLEET: Operation").expect("the operation")..];
    assert!(row[..500].contains("idempotent: false") && row[..500].contains("rate_limits: &[]"), "{}", &row[..500]);
    let calls = read("calls/fleets.rs");
    assert!(calls.contains("/// ```text\n    /// std::process::exit(1);"), "{calls}");
    assert!(calls.contains("/// assert!(false);"), "code that is indented is no code here: {calls}");
    assert!(read("builders/fleets.rs").contains("pub fn name("), "the page names no field");
}

/// Such a page would send the partner's key elsewhere, or another key.
#[test]
fn a_page_that_brings_a_server_or_a_scheme_is_refused_with_what_allows_it() {
    let responses = r#""responses":{"200":{"description":"Done"}}"#;
    for (extra, root, place, allowed) in [
        (
            r#""servers":[{"url":"https://elsewhere.example"}]"#,
            "",
            "/paths/~1api~1v2~1partners~1{partner_id}~1fleets/get/servers/0: ",
            "  - target: $.servers\n    update: {url: \"https://elsewhere.example\"}\n",
        ),
        (
            r#""deprecated":false"#,
            r#","servers":[{"url":"https://elsewhere.example"}]"#,
            "/servers/0: ",
            "  - target: $.servers\n    update: {url: \"https://elsewhere.example\"}\n",
        ),
        (
            r#""security":[{"FleetKey":[]}]"#,
            r#","components":{"securitySchemes":{"FleetKey":{"type":"apiKey","in":"header","name":"X-Fleet-Key"}}}"#,
            "/components/securitySchemes/FleetKey: ",
            "  - target: $.components.securitySchemes['FleetKey']\n    update: {x-allowed: true}\n",
        ),
    ] {
        let operation = format!(
            r#"{{"operationId":"list_fleets","tags":["Fleets"],"summary":"List fleets","parameters":[{PARTNER}],{extra},{responses}}}"#
        );
        let mut text = page("/api/v2/partners/{partner_id}/fleets", "get", &operation);
        text.insert_str(text.len() - 1, root);
        let copy = Copy::new();
        copy.publish("list_fleets", &text);
        let before = copy.state();
        let (code, _, stderr) = copy.run(&[]);
        assert_eq!(code, 1, "{stderr}");
        assert!(stderr.contains(&format!("published/list_fleets.json at {place}the page brings")), "{stderr}");
        assert_eq!(copy.state(), before);
        // The remedy works as it is written.
        let overlay = "specs/dialog360/overlay.yaml";
        let known = fs::read_to_string(copy.0.path().join(overlay)).expect("text");
        copy.write(overlay, &(known + allowed));
        let (code, _, stderr) = copy.run(&[]);
        assert_eq!(code, 0, "{stderr}");
        let calls =
            fs::read_to_string(copy.0.path().join("crates/dialog360-api/src/generated/calls/fleets.rs")).expect("text");
        let table =
            fs::read_to_string(copy.0.path().join("crates/dialog360-api/src/generated/operations.rs")).expect("text");
        if place.contains("securitySchemes") {
            assert!(
                calls.contains("pub fn x_fleet_key(") && calls.contains(".secret_header(\"X-Fleet-Key\""),
                "{calls}"
            );
        } else {
            assert!(table.contains("server: Some(\"https://elsewhere.example\")"), "{table}");
        }
    }
}

#[test]
fn an_example_of_ours_that_the_vendor_has_overtaken_is_a_warning() {
    let copy = Copy::new();
    copy.edit(
        CREATE_CLIENT,
        r#""name":{"type":"string","description":"Name of the client organisation."}"#,
        r#""name":{"type":"integer","description":"Name of the client organisation."}"#,
    );
    copy.edit(ONBOARD_NUMBER, "premium", "platinum");
    let (code, stdout, stderr) = copy.run(&["--check"]);
    assert_eq!(code, 4, "{stderr}");
    assert!(
        stdout.lines().any(|line| {
            line.starts_with("warning: ")
                && line.contains("overlay.yaml at /actions/0/update/requestBody/content/application~1json/examples/")
        }),
        "{stdout}"
    );
}

#[cfg(unix)]
#[test]
fn an_abort_of_the_generator_is_an_error_with_the_place_of_the_operation() {
    use std::os::unix::fs::PermissionsExt as _;

    let copy = Copy::new();
    let generator = copy.0.path().join("generator.sh");
    let program = env!("CARGO_BIN_EXE_xtask");
    fs::write(
        &generator,
        format!("#!/bin/sh\ninput=$(cat)\ncase $input in *'\"operationId\":\"onboard_number\"'*) kill -ABRT $$ ;; esac\nprintf '%s' \"$input\" | {program} generator\n"),
    )
    .expect("written");
    fs::set_permissions(&generator, fs::Permissions::from_mode(0o755)).expect("set");
    copy.write("specs/zapsign.openapi.json", "");
    let before = copy.state();
    let (code, _, stderr) = copy.command(&["regenerate"], &[("XTASK_GENERATOR", generator.to_str().expect("a path"))]);
    assert_eq!(code, 1, "{stderr}");
    assert!(
        stderr.contains("post_account_sharing_docs_api_new_numbers.json at /paths/~1api~1v2~1partners~1{partner_id}~1account_sharing~1numbers/post: the generator failed on operation `onboard_number`: it was aborted"),
        "{stderr}"
    );
    assert_eq!(copy.state(), before);
}

/// Each fault is an error with file and place, and leaves every file as it was.
#[test]
fn a_fault_writes_nothing() {
    for (file, from, to, expected) in [
        (CREATE_CLIENT, r#""openapi":"3.1.0","#, r#""openapi":"3.1.0",,"#, "line 1 column 20"),
        (
            CREATE_CLIENT,
            r#""email":{"type":"string""#,
            r#""email":{"type":"text""#,
            "create_client_and_signup_user.json at /components/schemas/AccountSharingCreateClientIn/properties/email/type: ",
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
