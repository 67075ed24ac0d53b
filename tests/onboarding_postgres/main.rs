//! `onboard-tenants` with a journal on a real Postgres: several processes at once, and what an operator does with the journal.
//!
//! `ONBOARDING_SEED` repeats a failed run of the processes; its seed is printed.
#![allow(missing_docs)]
#![cfg(unix)]

#[path = "../onboarding_audit/mod.rs"]
mod onboarding_audit;
mod operator;
mod partner;
mod settings;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use api_sandbox::{Fault, FaultRule, RecordedRequest, Sandbox};

use onboarding_audit::{State, accounts, numbers};
use partner::{DEAD_LETTERS, Partner, end, finish, rows, signal};

#[tokio::test(flavor = "multi_thread")]
async fn three_processes_of_which_one_is_killed_and_one_is_asked_to_end() {
    const TENANTS: usize = 60;
    let seed =
        std::env::var("ONBOARDING_SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().expect("a number"));
    eprintln!("ONBOARDING_SEED={seed}");
    let rule = FaultRule::with_probability(0.3, Fault::every_kind());
    let sandbox = Sandbox::builder().seed(seed).limits(false).fault(rule).start().await.expect("a free port");
    let Some(partner) = Partner::start_with(sandbox).await else { return };
    let tenants = partner.tenants(&rows(0..TENANTS));
    // Each is given the whole file: who comes later adds nothing.
    let process = |name: &str| {
        let mut command = partner.quick_worker(&[&tenants, "--process", name, "--lease", "6", "--concurrency", "4"]);
        command.args(["--attempts", "40"]).spawn().expect("it starts")
    };
    let (killed, asked, last) = (process("killed"), process("asked"), process("last"));
    partner.received(150, killed).await.kill().await.expect("it can be killed");
    let asked = partner.received(300, asked).await;
    signal(&asked, "TERM").await;
    let asked = end(asked).await;
    // A machine that stands still may let the last one finish everything before this one ends.
    if !asked.said.contains("; 0 ready, 0 claimed, 0 delayed") {
        asked.has_code(1);
    }
    asked.says("stopping: each tenant under way ends after its call");
    asked.says("this process:");
    let mut last = end(last).await;
    let mut said = asked.said.clone() + &last.said;
    // A fault may end a tenant for good, as a rejected call does.
    for _ in 0..3 {
        if last.code == Some(0) {
            break;
        }
        last.has_code(DEAD_LETTERS);
        partner.operate(&["requeue", "--all"]).await.has_code(0);
        last = end(process("again")).await;
        said.push_str(&last.said);
    }
    last.has_code(0);
    last.says("all processes: 60 of 60 tenants have everything; 0 ready, 0 claimed, 0 delayed, 0 need an operator");
    let status = partner.status().await;
    assert_eq!((&status["tenants"], &status["done"], &status["dead"]), (&60.into(), &60.into(), &0.into()), "{status}");
    partner.sandbox.clear_faults();

    let exported = partner.text("exported.jsonl");
    let ended = partner.operate(&["export", &exported]).await;
    ended.has_code(0);
    ended.says("60 tenants written to");
    let state = State::read(&partner.path("exported.jsonl"));
    for secret in state.secrets.iter().chain([&partner.keys.trim().to_owned()]) {
        assert!(!said.contains(secret) && !ended.said.contains(secret), "a secret was printed");
    }
    let mode = fs::metadata(&exported).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    numbers(&partner.sandbox, &state, TENANTS).await;
    accounts(&partner.sandbox, &state, TENANTS).await;

    // The file is a journal of one process, which finds nothing left to do.
    let created = partner.created();
    let ended = finish(partner.worker(&[&tenants, "--state", &exported]).env_remove("ONBOARDING_JOURNAL")).await;
    ended.has_code(0);
    ended.says("60 of 60 tenants have everything");
    assert_eq!(partner.created(), created);
    partner.operate(&["export", &exported]).await.has_code(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_the_run_at_once() {
    let Some(partner) = Partner::start().await else { return };
    let hang = Fault::Delay { milliseconds: 600_000 };
    partner.sandbox.inject(FaultRule::next(1, hang).for_operation("create_client"));
    let tenants = partner.tenants(&rows(0..1));
    let mut process = partner.quick_worker(&[&tenants]).spawn().expect("it starts");
    let waits = |request: &RecordedRequest| request.operation.as_deref() == Some("create_client");
    while !partner.sandbox.requests().iter().any(waits) {
        assert!(process.try_wait().expect("it can be asked").is_none(), "it ended before its call");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    signal(&process, "INT").await;
    signal(&process, "TERM").await;
    let ended = end(process).await;
    ended.has_code(1);
    ended.says("interrupted; run it again to go on");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_outlives_its_process_while_the_database_is_away() {
    let Some(partner) = Partner::start().await else { return };
    partner.make_schema().await;
    // For this entry alone, the database says what one says that restarts.
    let away = "CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS \
                $$ BEGIN RAISE EXCEPTION 'restarting' USING ERRCODE = '57P03'; END $$; \
                CREATE TRIGGER away BEFORE INSERT ON tenant_onboarding.entry \
                FOR EACH ROW WHEN (NEW.step = 'account') EXECUTE FUNCTION away()";
    partner.database.query(away).await;
    let (tenants, spool) = (partner.tenants(&rows(0..1)), partner.text("spool"));
    let mut process =
        partner.quick_worker(&[&tenants, "--spool", &spool, "--max-outage", "60"]).spawn().expect("it starts");
    let file = loop {
        if let Some(file) = spooled(&spool) {
            break file;
        }
        assert!(process.try_wait().expect("it can be asked").is_none(), "{}", end(process).await.said);
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    process.kill().await.expect("it can be killed");
    let kept = fs::read_to_string(&file).expect("the answer");

    // The database is back, and the lease has ended.
    let back = "DROP TRIGGER away ON tenant_onboarding.entry; \
                UPDATE tenant_onboarding.tenant SET lease_until = now(), run_at = now()";
    partner.database.query(back).await;
    let ended = finish(&mut partner.quick_worker(&["--spool", &spool])).await;
    ended.has_code(0);
    assert_eq!(spooled(&spool), None, "it is in the database");
    partner.operate(&["export", &partner.text("all.jsonl")]).await.has_code(0);
    let state = State::read(&partner.path("all.jsonl"));
    assert_eq!(accounts(&partner.sandbox, &state, 1).await, 0, "accounts whose token was lost");
    assert_eq!(partner.created(), [1; 4]);
    assert!(state.secrets.iter().all(|secret| !kept.contains(secret)), "a secret was in the spool");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_kept_that_the_database_refuses() {
    let Some(partner) = Partner::start().await else { return };
    partner.make_schema().await;
    // For this entry alone, the database says what one says whose administrator took a right away.
    let refuse = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS \
                  $$ BEGIN RAISE EXCEPTION 'no right' USING ERRCODE = '42501'; END $$; \
                  CREATE TRIGGER refuse BEFORE INSERT ON tenant_onboarding.entry \
                  FOR EACH ROW WHEN (NEW.step = 'account') EXECUTE FUNCTION refuse()";
    partner.database.query(refuse).await;
    let (tenants, spool) = (partner.tenants(&rows(0..1)), partner.text("spool"));
    let ended = finish(&mut partner.quick_worker(&[&tenants, "--spool", &spool])).await;
    ended.has_code(1);
    ended.says("the response is in the spool");
    let log = ended.said.strip_prefix(&ended.output).expect("the output comes first");
    assert!(log.contains("error of the journal: account: the journal: Postgres: no right (SQLSTATE 42501)"), "{log}");
    assert!(spooled(&spool).is_some(), "{}", ended.said);

    partner.database.query("DROP TRIGGER refuse ON tenant_onboarding.entry").await;
    let ended = finish(&mut partner.quick_worker(&["--spool", &spool])).await;
    ended.has_code(0);
    assert_eq!(spooled(&spool), None, "it is in the database");
    partner.operate(&["export", &partner.text("all.jsonl")]).await.has_code(0);
    let state = State::read(&partner.path("all.jsonl"));
    assert_eq!(accounts(&partner.sandbox, &state, 1).await, 0, "accounts whose token was lost");
    assert_eq!(partner.created(), [1; 4]);
}

/// Returns an answer that is kept in the folder.
fn spooled(folder: &str) -> Option<PathBuf> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
    files.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "json"))
}
