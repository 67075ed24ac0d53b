//! Flags and environment variables.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use api_sandbox::Sandbox;
use serde_json::{Value, json};

use super::program::{command, run};
use super::{ACME_TOKEN, example, seed};

/// Writes a seed to a file of this name.
fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).expect("it is written");
    path
}

async fn get(url: &str, path: &str) -> Value {
    let answer = reqwest::Client::new().get(format!("{url}{path}")).bearer_auth(ACME_TOKEN).send().await;
    serde_json::from_str(&answer.expect("an answer").text().await.expect("a body")).expect("JSON")
}

#[tokio::test]
async fn variables_take_the_place_of_flags() {
    let file = file("variables.json", &example("https://hooks.example/").to_string());
    let file = file.to_str().expect("a path");
    let variables = [
        ("SANDBOX_PORT", "0"),
        ("SANDBOX_SEED", "7"),
        ("SANDBOX_LOAD", file),
        ("SANDBOX_BEHAVIOR", "no-api-plan,channel-review"),
        ("SANDBOX_FAULTS", "0.5"),
        ("SANDBOX_NO_LIMITS", "1"),
        ("SANDBOX_ALLOW_HOST", "ci,other"),
        ("SANDBOX_NO_PLATFORM_SECRET", "true"),
        ("SANDBOX_DELIVER_ANYWHERE", "no"),
    ];
    let program = run(&variables, &[]);
    assert_eq!(get(&program.url, "/sandbox/behaviors").await, json!(["no-api-plan", "no-audit-log", "channel-review"]));
    assert_eq!(get(&program.url, "/sandbox/faults").await.as_array().map(Vec::len), Some(2));
    for host in ["ci", "other"] {
        let request = reqwest::Client::new().get(format!("{}/sandbox/health", program.url)).header("host", host);
        assert_eq!(request.send().await.expect("an answer").status(), 200, "{host}");
    }

    // A flag takes precedence over its variable.
    let program = run(&variables, &["--behavior", "canceled-plan", "--faults", "0", "--seed", "8"]);
    assert_eq!(get(&program.url, "/sandbox/behaviors").await, json!(["canceled-plan", "no-audit-log"]));
    assert_eq!(get(&program.url, "/sandbox/faults").await.as_array().map(Vec::len), Some(1));
    let tokens = |document: &Value| document["signers"].clone();
    let same = Sandbox::builder().seed(8).load(seed(&example("https://hooks.example/"))).start().await;
    let same = get(same.expect("a free port").url(), "/api/v1/docs/doc-2/").await;
    assert_eq!(tokens(&get(&program.url, "/api/v1/docs/doc-2/").await)[0]["token"], tokens(&same)[0]["token"]);
}

#[test]
fn the_help_tells_of_the_dashboard() {
    let Output { stdout, .. } = command(&[], &["--help"]).output().expect("it starts");
    let help = String::from_utf8(stdout).expect("text");
    // Where the lines end depends on the features of clap that other crates of the build ask for.
    let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("Its address is a dashboard in a browser"), "{help}");
}

#[test]
fn a_wrong_seed_or_variable_ends_it_with_a_reason() {
    let file = file("wrong.json", r#"{"zapsign": {"documents": [{"name": "Lease", "stauts": "signed"}]}}"#);
    let file = file.to_str().expect("a path");
    for (variables, flags, reason) in [
        (
            &[][..],
            &["--load", file][..],
            "/zapsign/documents/0: there is no key `stauts`; the most similar one is `status`",
        ),
        (&[("SANDBOX_LOAD", file)], &[], "/zapsign/documents/0: there is no key `stauts`"),
        (&[("SANDBOX_LOAD", "/nowhere/seed.json")], &[], "can't be read: "),
        (&[("SANDBOX_NO_LIMITS", "perhaps")], &[], "--no-limits"),
        (&[("SANDBOX_BEHAVIOR", "no-audit-log,no-plan")], &[], "'no-plan'"),
    ] {
        let Output { status, stdout, stderr } = command(variables, flags).output().expect("it starts");
        let stderr = String::from_utf8(stderr).expect("text");
        assert_eq!((status.code(), stdout.len()), (Some(2), 0), "{stderr}");
        assert!(stderr.contains(reason) && !stderr.contains("panicked"), "{stderr}");
    }
}
