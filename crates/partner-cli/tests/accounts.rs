//! Accounts: where credential and address come from, and where a credential may be sent.
#![allow(missing_docs)]

mod program;

use std::fs;

use api_sandbox::Sandbox;
use partner_cli::ExitCode;
use program::{Program, RawServer};
use serde_json::json;

const LIST: [&str; 3] = ["zapsign", "documents", "list"];

/// Writes a file of profiles, and returns a program that takes them.
fn with_profiles(folder: &tempfile::TempDir, text: &str) -> Program {
    let config = folder.path().join("profiles.toml");
    fs::write(&config, text).expect("written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).expect("it is ours");
    }
    Program::default().with("PARTNER_CONFIG", config.to_str().expect("a path"))
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn authorizations(server: &RawServer) -> Vec<String> {
    let headers = server.heads().into_iter().map(|head| {
        let line = head.lines().find(|line| line.to_lowercase().starts_with("authorization: ")).map(str::to_owned);
        line.unwrap_or_default()["authorization: ".len()..].to_owned()
    });
    headers.collect()
}

#[tokio::test]
async fn a_credential_is_that_of_the_option_or_the_environment_or_the_profile() {
    let server = RawServer::start(&RawServer::json("200 OK", r#"{"results": [], "next": null}"#));
    let folder = folder();
    let program = with_profiles(
        &folder,
        "default = \"one\"\n[profiles.one.zapsign]\napi_token = \"of-one\"\n[profiles.two.zapsign]\napi_token = \"of-two\"\n",
    );
    let program = program.with("PARTNER_URL", &server.url);
    let variable = program.clone().with("ZAPSIGN_API_TOKEN", "of-variable");
    let stdin = variable.clone().stdin("of-stdin\n");

    assert_eq!(program.run(&LIST).await.code, ExitCode::Done);
    let two = [&LIST[..], &["--profile", "two"]].concat();
    assert_eq!(program.run(&two).await.code, ExitCode::Done);
    assert_eq!(program.clone().with("PARTNER_PROFILE", "two").run(&LIST).await.code, ExitCode::Done);
    assert_eq!(program.clone().with("PARTNER_PROFILE", "one").run(&two).await.code, ExitCode::Done);
    assert_eq!(variable.run(&LIST).await.code, ExitCode::Done);
    assert_eq!(variable.clone().with("PARTNER_PROFILE", "two").run(&LIST).await.code, ExitCode::Done);
    // Whoever names a profile means its account.
    assert_eq!(variable.run(&two).await.code, ExitCode::Done);
    assert_eq!(stdin.run(&[&two[..], &["--token-stdin"]].concat()).await.code, ExitCode::Done);
    let of = |token: &str| format!("Bearer of-{token}");
    let sent = ["one", "two", "two", "two", "variable", "variable", "two", "stdin"].map(of);
    assert_eq!(authorizations(&server), sent);

    let get = ["dialog360", "partner", "get", "--partner-id", "acmePA", "--profile", "two"];
    for outcome in [variable.run(&get).await, variable.with("D360_API_KEY", "of-key").run(&get).await] {
        let message = outcome.message(ExitCode::Credential);
        assert!(message.contains("profile \"two\" has none") && !message.contains("D360_API_KEY"), "{message}");
    }
    assert_eq!(authorizations(&server).len(), sent.len(), "nothing was sent");

    let outcome = program.run(&[&LIST[..], &["--profile", "three"]].concat()).await;
    assert!(outcome.message(ExitCode::Usage).ends_with("it has one, two"), "{outcome:?}");
}

#[tokio::test]
async fn the_variables_are_those_of_a_curl_command() {
    let server = RawServer::start(&RawServer::json("200 OK", "{}"));
    let get = ["dialog360", "partner", "get", "--partner-id", "acmePA"];
    let bearer = Program::default().with("PARTNER_URL", &server.url).with("DIALOG360_BEARER_TOKEN", "of-bearer");
    assert_eq!(bearer.run(&get).await.code, ExitCode::Done);
    assert_eq!(bearer.with("D360_API_KEY", "of-key").run(&get).await.code, ExitCode::Done);
    let heads: Vec<String> = server.heads().iter().map(|head| head.to_lowercase()).collect();
    assert!(heads[0].contains("authorization: bearer of-bearer") && !heads[0].contains("x-api-key"), "{heads:?}");
    assert!(heads[1].contains("x-api-key: of-key") && !heads[1].contains("authorization"), "{heads:?}");
}

#[tokio::test]
async fn each_item_comes_from_its_own_place() {
    let sandbox = Sandbox::builder().start().await.expect("it starts");
    let folder = folder();
    let text = format!("[profiles.a.dialog360]\npartner_id = \"sandboxPA\"\nurl = \"{}\"\n", sandbox.url());
    let program = with_profiles(&folder, &text).with("D360_API_KEY", &sandbox.credentials().api_key);
    let get = ["dialog360", "partner", "get", "--profile", "a", "--verbose"];
    let outcome = program.run(&get).await;
    assert_eq!(outcome.data()["id"], "sandboxPA");
    assert!(outcome.stderr.contains("credential: key of D360_API_KEY; address: http://127.0.0.1:"), "{outcome:?}");
    assert!(outcome.stderr.contains("of profile a\n"), "{outcome:?}");
    let outcome = program.clone().with("D360_PARTNER_ID", "").run(&get).await;
    assert_eq!(outcome.data()["id"], "sandboxPA", "an empty variable is none");
    let other = program.with("D360_PARTNER_ID", "otherPA");
    assert_eq!(other.run(&get).await.data()["id"], "sandboxPA", "a named profile goes before the environment");
    let by_default = other.with("PARTNER_PROFILE", "a").run(&get[..3]).await;
    assert_ne!(by_default.code, ExitCode::Done, "which goes before another one: {by_default:?}");
}

#[tokio::test]
async fn logins_and_tokens_of_a_profile_work() {
    let sandbox = Sandbox::builder().start().await.expect("it starts");
    let known = sandbox.credentials();
    let folder = folder();
    let url = sandbox.url();
    let text = format!(
        "default = \"a\"\n\
         [profiles.a.zapsign]\norganization_id = \"{}\"\nlogin_name = \"{}\"\npassword = \"{}\"\nurl = \"{url}\"\n\
         [profiles.a.dialog360]\nlogin_name = \"{}\"\npassword = \"{}\"\npartner_id = \"{}\"\nurl = \"{url}\"\n",
        known.organization_id,
        known.owner,
        known.owner_password,
        known.partner_user,
        known.partner_password,
        known.partner_id
    );
    let program = with_profiles(&folder, &text);
    for command in [&LIST[..], &["dialog360", "partner", "get"]] {
        let outcome = program.run_alone(&[command, &["-v"]].concat()).await;
        assert_eq!(outcome.code, ExitCode::Done, "{outcome:?}");
        outcome.hides(&known.owner_password).hides(&known.partner_password);
        assert!(outcome.stderr.contains("credential: login of profile a"), "{outcome:?}");
    }
    let wrong = with_profiles(&folder, &text.replace(&known.owner_password, "wr0ng-password"));
    let outcome = wrong.run_alone(&[&LIST[..], &["-v"]].concat()).await;
    outcome.hides("wr0ng-password").error(ExitCode::Credential);
    // The login is no answer to the call, whatever is wrong with it.
    for (status, body) in [("400 Bad Request", r#"{"detail": "no such user"}"#), ("200 OK", "{}")] {
        let server = RawServer::start(&RawServer::json(status, body));
        let outcome = with_profiles(&folder, &text.replace(url, &server.url)).run(&LIST).await;
        outcome.hides(&known.owner_password).error(ExitCode::Credential);
    }
}

#[tokio::test]
async fn a_missing_credential_is_told_with_the_three_ways() {
    let outcome = Program::default().run(&LIST).await;
    let message = outcome.message(ExitCode::Credential);
    for way in ["set ZAPSIGN_API_TOKEN", "--token-stdin", "`partner profile set NAME zapsign`"] {
        assert!(message.contains(way), "{message}");
    }
    let outcome = Program::default().run(&["dialog360", "partner", "get", "--partner-id", "acmePA"]).await;
    let message = outcome.message(ExitCode::Credential);
    assert!(message.contains("set D360_API_KEY or DIALOG360_BEARER_TOKEN"), "{message}");
    let folder = folder();
    let profile = with_profiles(&folder, "[profiles.own.dialog360]\npartner_id = \"acmePA\"\n");
    let message = profile.run(&[&LIST[..], &["--profile", "own"]].concat()).await.message(ExitCode::Credential);
    for part in ["profile \"own\" has none", "`partner profile set own zapsign`"] {
        assert!(message.contains(part), "{message}");
    }
}

#[tokio::test]
async fn an_operation_without_a_credential_needs_none() {
    let sandbox = Sandbox::builder().start().await.expect("it starts");
    let known = sandbox.credentials();
    let folder = folder();
    let password = folder.path().join("password");
    fs::write(&password, &known.partner_password).expect("written");
    let password = format!("@{}", password.display());
    let program = Program::default().with("PARTNER_URL", sandbox.url());
    let create =
        ["dialog360", "authentication", "create-token", "--username", &known.partner_user, "--password", &password];
    let outcome = program.run(&[&create[..], &["--reveal-secrets"]].concat()).await;
    assert_eq!(outcome.code, ExitCode::Done, "{outcome:?}");
    assert!(!outcome.stdout.is_empty());
    // A request that is shown and not sent needs none either.
    let outcome = Program::default().run(&[&LIST[..], &["--dry-run"]].concat()).await;
    assert_eq!(outcome.code, ExitCode::Done, "{outcome:?}");
}

#[tokio::test]
async fn an_empty_or_malformed_credential_is_refused_before_anything_is_sent() {
    let server = RawServer::start(&RawServer::json("200 OK", "{}"));
    let folder = folder();
    let profile = with_profiles(&folder, "default = \"a\"\n[profiles.a.zapsign]\napi_token = \"of-profile\"\n");
    let program = profile.with("PARTNER_URL", &server.url);
    for (value, expected) in [
        ("", "is empty"),
        ("  ", "is empty"),
        ("s3cret\n", "line breaks"),
        ("Bearer s3cret", "begins with a scheme"),
        ("s3cret-\u{e9}", "a character that no key or token has"),
    ] {
        let outcome = program.clone().with("ZAPSIGN_API_TOKEN", value).run(&LIST).await;
        let message = outcome.hides("s3cret").message(ExitCode::Credential);
        assert!(message.starts_with("ZAPSIGN_API_TOKEN") && message.contains(expected), "{message}");
        let outcome = program.clone().stdin(value).run(&[&LIST[..], &["--token-stdin"]].concat()).await;
        // The end of its line is no part of a token.
        if !value.ends_with('\n') {
            let message = outcome.hides("s3cret").message(ExitCode::Credential);
            assert!(message.starts_with("--token-stdin") && message.contains(expected), "{message}");
        }
    }
    assert_eq!(authorizations(&server), ["Bearer s3cret"], "only the one whose line ends was sent");
    let both = [&["zapsign", "documents", "create"][..], &["--token-stdin", "--body", "-"]].concat();
    let outcome = program.stdin("token").run(&both).await;
    assert!(outcome.message(ExitCode::Usage).contains("standard input"), "{outcome:?}");
}

#[tokio::test]
async fn an_environment_is_one_of_the_vendors() {
    let dry_run = |more: &[&'static str]| [&LIST[..], &["--dry-run"], more].concat();
    let program = Program::default();
    for (name, url) in [
        ("production", "https://api.zapsign.com.br/"),
        ("sandbox", "https://sandbox.api.zapsign.com.br/"),
        ("brazil", "https://br.api.zapsign.com.br/"),
    ] {
        let outcome = program.run(&dry_run(&["--environment", name])).await;
        assert!(outcome.stdout.contains(url), "{outcome:?}");
        let outcome = program.clone().with("PARTNER_ENVIRONMENT", name).run(&dry_run(&[])).await;
        assert!(outcome.stdout.contains(url), "{outcome:?}");
    }
    let outcome = program.run(&dry_run(&["--environment", "staging"])).await;
    let message = outcome.message(ExitCode::Usage);
    assert!(message.starts_with("--environment names no environment"), "{message}");
    assert!(message.ends_with("production, sandbox, brazil"), "{message}");
    let outcome = program.run(&dry_run(&["--environment", "sandbox", "--url", "https://x.example"])).await;
    assert!(outcome.message(ExitCode::Usage).starts_with("--url and --environment both say"), "{outcome:?}");
    // An option goes before the environment.
    let variable = program.with("PARTNER_URL", "https://x.example");
    let outcome = variable.run(&dry_run(&["--environment", "sandbox"])).await;
    assert!(outcome.stdout.contains("https://sandbox.api.zapsign.com.br/"), "{outcome:?}");
    // Who asks for a sandbox that the other API does not have must not reach its production.
    let variable = Program::default().with("PARTNER_ENVIRONMENT", "sandbox");
    let outcome = variable.run(&["dialog360", "partner", "get", "--partner-id", "acmePA", "--dry-run"]).await;
    assert!(outcome.message(ExitCode::Usage).ends_with("it has production"), "{outcome:?}");
    let outcome = Program::default().run(&dry_run(&["--url", "http://far.example"])).await;
    let message = outcome.message(ExitCode::Usage);
    assert_eq!(message, "--url: the base url would send the credential unencrypted: use https");
}

#[tokio::test]
async fn a_credential_of_a_profile_goes_to_no_other_address() {
    let folder = folder();
    let program = with_profiles(
        &folder,
        "default = \"a\"\n[profiles.a.zapsign]\napi_token = \"s3cret\"\n\
         [profiles.own.zapsign]\napi_token = \"s3cret\"\nurl = \"https://own.example/zapsign\"\n",
    );
    let dry_run = [&LIST[..], &["--dry-run"]].concat();
    for elsewhere in ["https://evil.example", "https://own.example/zapsign", "https://api.zapsign.com.br.evil.example"]
    {
        let variable = program.clone().with("PARTNER_URL", elsewhere);
        let option = [&dry_run[..], &["--url", elsewhere]].concat();
        for outcome in [variable.run(&dry_run).await, program.run(&option).await] {
            let message = outcome.hides("s3cret").message(ExitCode::Usage);
            assert!(message.contains("another address than that of profile \"a\""), "{message}");
        }
        // The variables may be of one mind: who gives both means them.
        let both = variable.with("ZAPSIGN_API_TOKEN", "other").run(&dry_run).await;
        assert_eq!(both.code, ExitCode::Done, "{both:?}");
    }
    for allowed in ["https://api.zapsign.com.br/", "https://sandbox.api.zapsign.com.br", "http://127.0.0.1:9"] {
        let outcome = program.clone().with("PARTNER_URL", allowed).run(&dry_run).await;
        assert_eq!(outcome.code, ExitCode::Done, "{outcome:?}");
    }
    let own = [&dry_run[..], &["--profile", "own"]].concat();
    let outcome = program.run(&own).await;
    assert!(outcome.stdout.contains("https://own.example/zapsign/"), "{outcome:?}");
    // A named profile goes before the variables, and no option leads its credential away.
    for elsewhere in ["https://own.example/zapsign/", "https://own.example/other"] {
        let outcome = program.clone().with("PARTNER_URL", elsewhere).run(&own).await;
        assert!(outcome.stdout.contains("\"https://own.example/zapsign/api/"), "{outcome:?}");
    }
    let by_variable = program.clone().with("PARTNER_PROFILE", "own").with("PARTNER_URL", "https://own.example/other");
    by_variable.run(&dry_run).await.message(ExitCode::Usage);
    program.run(&[&own[..], &["--url", "https://own.example/other"]].concat()).await.message(ExitCode::Usage);
}

#[tokio::test]
async fn a_server_that_sends_the_credential_back_does_not_get_it_shown() {
    let body =
        json!({"detail": "no such s3cret-token", "headers": {"Authorization": "Bearer s3cret-token"}}).to_string();
    let server = RawServer::start(&RawServer::json("400 Bad Request", &body));
    let program = Program::default().with("PARTNER_URL", &server.url).with("ZAPSIGN_API_TOKEN", "s3cret-token");
    let outcome = program.run(&[&LIST[..], &["--verbose"]].concat()).await;
    let error = outcome.hides("s3cret-token").error(ExitCode::Refused);
    assert_eq!(error["body"]["headers"]["Authorization"], "Bearer ***", "{outcome:?}");
    assert!(error["message"].as_str().is_some_and(|text| text.contains("no such ***")), "{outcome:?}");

    // Nor a secret of the body.
    let body = json!({"detail": "no header s3cret-value", "sent": [["s3cret-value"]]}).to_string();
    let server = RawServer::start(&RawServer::json("400 Bad Request", &body));
    let program = Program::default().with("PARTNER_URL", &server.url).with("ZAPSIGN_API_TOKEN", "token");
    let hook = ["zapsign", "webhooks", "create", "--webhook-url", "https://hooks.example/", "--type", "all"];
    let create = [&hook[..], &["--header", "name=X,value=-"]].concat();
    let outcome = program.stdin("s3cret-value").run(&create).await;
    assert_eq!(outcome.hides("s3cret-value").error(ExitCode::Refused)["body"]["sent"], json!([["***"]]), "{outcome:?}");
}
