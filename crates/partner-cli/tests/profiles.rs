//! `partner profile`: a file that only its owner may read, and whose secrets are never shown.
#![allow(missing_docs)]

mod program;

use std::fs;
use std::path::Path;

use partner_cli::ExitCode;
use program::Program;
use serde_json::json;

const SECRET: &str = "s3cret-token";

fn program(config: &Path) -> Program {
    Program::default().with("PARTNER_CONFIG", config.to_str().expect("a path"))
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
}

#[tokio::test]
async fn a_profile_is_stored_and_shown_without_its_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("made").join("profiles.toml");
    let program = program(&config).stdin(&format!("{SECRET}\r\n"));

    let outcome = program.run(&["profile", "list", "--output", "table"]).await;
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", "there are no items\n"));
    let outcome = program.run(&["profile", "list"]).await;
    assert_eq!((outcome.data(), outcome.stderr.as_str()), (json!([]), ""));
    let set = ["profile", "set", "acme", "zapsign", "--token-stdin", "--environment", "sandbox"];
    let outcome = program.run(&set).await;
    assert_eq!((outcome.code, outcome.stdout.as_str()), (ExitCode::Done, ""), "{outcome:?}");
    outcome.hides(SECRET);
    let set = ["profile", "set", "acme", "dialog360", "--token-stdin", "--login-name", "ana", "--partner-id", "acmePA"];
    assert_eq!(program.run(&set).await.code, ExitCode::Done);
    let set = ["profile", "set", "other", "dialog360", "--token-stdin", "--bearer"];
    assert_eq!(program.run(&set).await.code, ExitCode::Done);

    let text = fs::read_to_string(&config).expect("it was made");
    assert!(
        text.contains(&format!("[profiles.acme.zapsign]\napi_token = \"{SECRET}\"\nenvironment = \"sandbox\"")),
        "{text}"
    );
    assert!(!text.contains("[profiles]") && !text.contains("[profiles.acme]"), "{text}");
    #[cfg(unix)]
    assert_eq!((mode(&config), mode(config.parent().expect("a folder"))), (0o600, 0o700));
    let left: Vec<_> = fs::read_dir(config.parent().expect("a folder")).expect("a folder").collect();
    assert_eq!(left.len(), 1, "no temporary file is left: {left:?}");

    let outcome = program.run(&["profile", "list"]).await;
    outcome.hides(SECRET);
    assert_eq!(
        outcome.data(),
        json!([
            {"profile": "acme", "api": "zapsign", "credential": "key", "default": true},
            {"profile": "acme", "api": "dialog360", "credential": "login", "default": true},
            {"profile": "other", "api": "dialog360", "credential": "bearer token", "default": false},
        ])
    );
    let outcome = program.run(&["profile", "show", "acme"]).await;
    outcome.hides(SECRET);
    assert_eq!(
        outcome.data(),
        json!([
            {"api": "zapsign", "key": "api_token", "value": "***"},
            {"api": "zapsign", "key": "environment", "value": "sandbox"},
            {"api": "dialog360", "key": "login_name", "value": "ana"},
            {"api": "dialog360", "key": "password", "value": "***"},
            {"api": "dialog360", "key": "partner_id", "value": "acmePA"},
        ])
    );
    let table = program.clone().on_a_terminal().run(&["profile", "show", "other"]).await;
    assert!(table.hides(SECRET).stdout.contains("bearer_token") && table.stdout.contains("***"), "{table:?}");

    assert_eq!(program.run(&["profile", "default", "other"]).await.code, ExitCode::Done);
    assert_eq!(program.run(&["profile", "list"]).await.data()[2]["default"], true);
    assert_eq!(program.run(&["profile", "remove", "other"]).await.code, ExitCode::Done);
    let outcome = program.run(&["profile", "list"]).await;
    assert_eq!(
        (outcome.data()[0]["default"].clone(), outcome.data().as_array().map(Vec::len)),
        (json!(false), Some(2))
    );
    let outcome = program.run(&["profile", "show", "other"]).await;
    assert!(outcome.message(ExitCode::Usage).ends_with("it has acme"), "{outcome:?}");
    assert_eq!(program.run(&["profile", "path"]).await.stdout.trim_end(), config.to_str().expect("a path"));
}

#[tokio::test]
async fn a_change_keeps_comments_and_replaces_a_credential() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("p.toml");
    let before =
        "# ours\n[profiles.acme.dialog360] # main\napi_key = \"old-key\" # March\nurl = \"https://own.example\"\n";
    fs::write(&config, before).expect("written");
    #[cfg(unix)]
    set_mode(&config, 0o600);
    let program = program(&config).stdin(SECRET);

    let outcome = program.run(&["profile", "set", "acme", "dialog360", "--partner-id", "acmePA"]).await;
    assert_eq!(outcome.code, ExitCode::Done, "{outcome:?}");
    assert_eq!(fs::read_to_string(&config).expect("it is there"), format!("{before}partner_id = \"acmePA\"\n"));

    let set = ["profile", "set", "acme", "dialog360", "--token-stdin", "--bearer", "--environment", "production"];
    assert_eq!(program.run(&set).await.code, ExitCode::Done);
    let text = fs::read_to_string(&config).expect("it is there");
    assert!(text.starts_with("# ours\n") && text.contains("# main"), "{text}");
    assert!(!text.contains("old-key") && !text.contains("own.example") && text.contains("bearer_token"), "{text}");
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("p.toml");
    let program = program(&config);
    for (arguments, stdin, code, expected) in [
        (&["a", "zapsign"][..], "", ExitCode::Usage, "--token-stdin"),
        (&["a", "zapsign", "--token-stdin"], " \n", ExitCode::Credential, "is empty"),
        (&["a", "zapsign", "--token-stdin"], "Bearer s3cret-token", ExitCode::Credential, "begins with a scheme"),
        (&["a", "zapsign", "--token-stdin"], "s3cret-token\nmore", ExitCode::Credential, "line breaks"),
        (
            &["a", "zapsign", "--token-stdin", "--environment", "test"],
            SECRET,
            ExitCode::Usage,
            "production, sandbox, brazil",
        ),
        (&["a", "zapsign", "--token-stdin", "--partner-id", "x"], SECRET, ExitCode::Usage, "--partner-id is nothing"),
        (&["a", "zapsign", "--token-stdin", "--login-name", "x"], SECRET, ExitCode::Usage, "--organization-id"),
        (&["a", "dialog360", "--token-stdin", "--bearer", "--login-name", "x"], SECRET, ExitCode::Usage, "--bearer"),
        (&["a", "zapsign", "--token-stdin", "--url", "http://far.example"], SECRET, ExitCode::Usage, "https://"),
        (&["a b", "zapsign", "--token-stdin"], SECRET, ExitCode::Usage, "64 letters"),
    ] {
        let arguments = [&["profile", "set"], arguments].concat();
        let outcome = program.clone().stdin(stdin).run(&arguments).await;
        assert!(outcome.hides(SECRET).message(code).contains(expected), "{arguments:?}: {outcome:?}");
        assert!(!config.exists(), "{arguments:?}");
    }
    let outcome = Program::default().run(&["profile", "list"]).await;
    assert!(outcome.message(ExitCode::Usage).contains("PARTNER_CONFIG"), "{outcome:?}");
}

#[tokio::test]
async fn a_fault_of_the_file_is_told_without_its_values() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("p.toml");
    for (text, expected) in [
        (format!("[profiles.acme.zapsign]\napi_token = \"{SECRET}"), "line 2"),
        (
            format!("[profiles.acme.zapsign]\n\napi_tokn = \"{SECRET}\""),
            "line 3 has an unknown key; known here are api_token",
        ),
    ] {
        fs::write(&config, text).expect("written");
        #[cfg(unix)]
        set_mode(&config, 0o600);
        for arguments in
            [&["profile", "list"][..], &["zapsign", "documents", "list"], &["zapsign", "documents", "list", "-v"]]
        {
            let outcome = program(&config).run(arguments).await;
            let message = outcome.hides(SECRET).message(ExitCode::Credential);
            assert!(message.contains(expected) && message.contains("p.toml"), "{outcome:?}");
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_others_can_read_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("p.toml");
    fs::write(&config, format!("[profiles.acme.zapsign]\napi_token = \"{SECRET}\"\n")).expect("written");
    for unsafe_mode in [0o644, 0o640, 0o604, 0o620, 0o601] {
        set_mode(&config, unsafe_mode);
        let outcome = program(&config).run(&["zapsign", "documents", "list", "--profile", "acme"]).await;
        let message = outcome.hides(SECRET).message(ExitCode::Credential);
        assert!(message.contains(&format!("mode {unsafe_mode:04o}")), "{message}");
        assert!(message.contains(&format!("run `chmod 600 {}`", config.display())), "{message}");
        let outcome = program(&config).stdin("new").run(&["profile", "set", "acme", "zapsign", "--token-stdin"]).await;
        outcome.message(ExitCode::Credential);
    }
    for safe_mode in [0o600, 0o400] {
        set_mode(&config, safe_mode);
        assert_eq!(program(&config).run(&["profile", "list"]).await.data()[0]["profile"], "acme");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_counts_as_what_it_leads_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, link) = (folder.path().join("file.toml"), folder.path().join("link.toml"));
    fs::write(&file, format!("[profiles.acme.zapsign]\napi_token = \"{SECRET}\"\n")).expect("written");
    std::os::unix::fs::symlink(&file, &link).expect("a link");
    set_mode(&file, 0o644);
    program(&link).run(&["profile", "list"]).await.message(ExitCode::Credential);

    set_mode(&file, 0o600);
    let outcome = program(&link).stdin("new").run(&["profile", "set", "acme", "zapsign", "--token-stdin"]).await;
    assert_eq!(outcome.code, ExitCode::Done, "{outcome:?}");
    assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink(), "the link stays");
    assert!(fs::read_to_string(&file).expect("it is there").contains("\"new\""), "the file has the change");
    assert_eq!(mode(&file), 0o600);
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_of_another_user_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = folder.path().join("p.toml");
    fs::write(&own, "").expect("written");
    set_mode(&own, 0o600);
    // Only the superuser can give a file away. Anybody else finds files of the superuser.
    let config = match std::os::unix::fs::chown(&own, Some(12345), None) {
        Ok(()) => own,
        Err(_) => Path::new("/etc/passwd").to_owned(),
    };
    let message = program(&config).run(&["profile", "list"]).await.message(ExitCode::Credential);
    assert!(message.contains("belongs to another user"), "{message}");
}
