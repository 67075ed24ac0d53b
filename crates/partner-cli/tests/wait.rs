//! `partner wait`.
#![allow(missing_docs)]

mod program;

use std::time::Duration;

use partner_cli::ExitCode;
use serde_json::{Value, json};
use tokio::time::sleep;

use self::program::{PDF, Partner, token};

/// Waits until the document was asked for this often.
async fn looked_at(partner: &Partner, times: usize) {
    while partner.called().iter().filter(|id| *id == "get_document").count() < times {
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_ends_with_the_last_signature() {
    let partner = Partner::start().await;
    let document = partner.document("Lease", PDF, &["Ana", "Bento"], json!({})).await;
    let arguments = ["wait", token(&document)];
    let sign = async {
        for (index, signer) in ["Ana", "Bento"].into_iter().enumerate() {
            looked_at(&partner, index + 1).await;
            let signer = document["signers"].as_array().expect("a list").iter().find(|it| it["name"] == signer);
            partner.sandbox.sign(token(signer.expect("a signer"))).expect("signed");
        }
    };
    let (run, ()) = tokio::join!(partner.run(&arguments), sign);
    let shown = run.json();
    assert_eq!((&shown["outcome"], &shown["token"]), (&json!("signed"), &document["token"]));
    assert_eq!(shown["signers"].as_array().map(Vec::len), Some(2));
    assert!(shown["signers"][1]["signed_at"].is_string());
    assert!(partner.called().iter().filter(|id| *id == "get_document").count() > 2, "it has looked again");
}

#[tokio::test(start_paused = true)]
async fn a_signer_can_be_waited_for() {
    let partner = Partner::start().await;
    let document = partner.document("Lease", PDF, &["Ana", "Bento"], json!({})).await;
    let ana = token(&document["signers"][0]);
    partner.sandbox.sign(ana).expect("signed");
    let shown = partner.run(&["wait", token(&document), "--signer", ana, "--time-limit", "1h"]).await.json();
    assert_eq!((&shown["outcome"], &shown["status"]), (&json!("signed"), &json!("pending")));
}

#[tokio::test(start_paused = true)]
async fn a_document_that_will_not_be_signed_is_told_with_an_exit_code() {
    let partner = Partner::start().await;
    let create = || partner.document("Lease", PDF, &["Ana"], json!({"allow_refuse_signature": true}));
    let (refused, deleted, expired) = (create().await, create().await, create().await);
    partner.sandbox.refuse(token(&refused["signers"][0]), "the price is wrong, says Ana").expect("refused");
    let arguments = ["zapsign", "documents", "delete", "--yes", "--doc-token", token(&deleted)];
    assert_eq!(partner.run(&arguments).await.code, ExitCode::Done);
    for (document, outcome, more) in [
        (&refused, "refused", &[][..]),
        (&deleted, "deleted", &[]),
        (&expired, "expired", &["--deadline", "2020-01-01T00:00:00-03:00"]),
    ] {
        let run = partner.run(&[&["wait", token(document), "--time-limit", "1h"], more].concat()).await;
        assert_eq!(run.code, ExitCode::Refused, "{run:?}");
        assert_eq!((&run.data()["outcome"], &run.data()["token"]), (&json!(outcome), &document["token"]));
        assert_eq!(run.error(ExitCode::Refused)["outcome"], outcome);
    }
    let run = partner.run(&["wait", token(&refused)]).await;
    assert_eq!(run.data()["rejected_reason"], "the price is wrong, says Ana");
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_ends_the_wait() {
    let partner = Partner::start().await;
    let document = partner.document("Lease", PDF, &["Ana"], json!({})).await;
    let run = partner.run(&["wait", token(&document), "--time-limit", "1h30m"]).await;
    assert!(run.message(ExitCode::TryLater).contains("--time-limit"));
    assert_eq!(run.error(ExitCode::TryLater)["outcome"], "pending");
    let looks = partner.called().iter().filter(|id| *id == "get_document").count();
    assert!((80..110).contains(&looks), "a look a minute: {looks}");
}

#[tokio::test]
async fn what_does_not_pass_ends_the_wait() {
    let partner = Partner::start().await;
    partner.run(&["wait", "no-such-document"]).await.message(ExitCode::Refused);
    for arguments in [
        &["wait"][..],
        &["wait", ""],
        &["wait", "doc-1", "--time-limit", "5"],
        &["wait", "doc-1", "--deadline", "2026-12-01"],
        &["wait", "doc-1", "--signer", ""],
    ] {
        let calls = partner.sandbox.request_count();
        let run = partner.run(arguments).await;
        assert_eq!((run.code, run.stdout.len()), (ExitCode::Usage, 0), "{arguments:?} {run:?}");
        if let Some(option) = arguments.get(2) {
            assert!(
                run.error(ExitCode::Usage)["message"].as_str().expect("a text").starts_with(&format!("{option}: ")),
                "{run:?}"
            );
        }
        assert_eq!(partner.sandbox.request_count(), calls, "{arguments:?}");
    }
}

/// The program itself, since the signal is that of a process.
#[cfg(unix)]
#[tokio::test]
async fn control_c_ends_the_wait() {
    let partner = Partner::start().await;
    let document = partner.document("Lease", PDF, &["Ana"], json!({})).await;
    let program = std::process::Command::new(env!("CARGO_BIN_EXE_partner"))
        .args(["wait", token(&document)])
        .env_clear()
        .envs(partner.variables())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    looked_at(&partner, 1).await;
    let id = program.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().expect("kill runs").success());
    let output = tokio::task::spawn_blocking(|| program.wait_with_output()).await.expect("it ends").expect("an output");
    let error: Value = serde_json::from_slice(&output.stderr).expect("an error");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(130), 0), "{error}");
    assert!(error["error"]["message"].as_str().expect("a text").starts_with("interrupted"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_looks_are_told_if_that_is_wanted() {
    let partner = Partner::start().await;
    let document = partner.document("Lease", PDF, &["Ana"], json!({})).await;
    let run = partner.run(&["wait", token(&document), "--time-limit", "1m", "--verbose"]).await;
    assert_eq!((run.code, run.stdout.len()), (ExitCode::TryLater, 0), "{run:?}");
    assert!(run.stderr.matches("get_document").count() > 2, "{run:?}");
    assert!(!run.stderr.contains(token(&document)) && !run.stderr.contains(&partner.sandbox.credentials().api_token));
}
