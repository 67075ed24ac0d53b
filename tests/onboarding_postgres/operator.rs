//! Commands on the journal.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use api_sandbox::{Fault, FaultRule, FaultStage};
use conformance::postgres_server::PostgresServer;
use dialog360_api::types::{CreateClient, PartnerId};
use serde_json::Value;
use tokio::process::Command;

use super::onboarding_audit::{State, accounts, email, numbers};
use super::partner::{DEAD_LETTERS, Partner, finish, program, rows, signal};

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_needs_an_operator_is_shown_with_both_sides_and_goes_on_when_it_is_requeued() {
    let Some(partner) = Partner::start().await else { return };
    let credentials = partner.sandbox.credentials();
    let dialog360 =
        dialog360_api::Client::builder().api_key(credentials.api_key.as_str()).base_url(partner.sandbox.url());
    let dialog360 = dialog360.build().expect("it builds");
    let id = PartnerId::new(credentials.partner_id.as_str()).expect("an id");
    let body = CreateClient::builder().name("Other \u{1b}[2JCompany").email(email(1)).build();
    dialog360.create_client().partner_id(&id).body(&body).send().await.expect("a client");
    let found = dialog360.find_client_by_email(&id, &email(1)).await.expect("clients");
    let client = found[0].id.clone().expect("an id").to_string();

    let tenants = partner.tenants(&rows(0..3));
    let ended = finish(&mut partner.quick_worker(&[&tenants])).await;
    ended.has_code(DEAD_LETTERS);
    ended.says("tenants: 3 added, 0 changed, 0 unchanged");
    ended.says("all processes: 2 of 3 tenants have everything; 0 ready, 0 claimed, 0 delayed, 1 need an operator");
    let ended = partner.operate(&["dead"]).await;
    ended.has_code(0);
    for side in [&email(1), "Tenant 1", &client, "Other", "Company\"", "1 need an operator"] {
        ended.says(side);
    }
    assert!(!ended.said.chars().any(|c| c.is_control() && c != '\n'), "{:?}", ended.said);
    let ended = partner.operate(&["dead", "--json"]).await;
    let dead: Value = serde_json::from_str(&ended.output).expect("JSON");
    assert_eq!((dead.as_array().map(Vec::len), &dead[0]["tenant"]), (Some(1), &email(1).into()), "{dead}");
    assert!(dead[0]["error"].as_str().expect("a text").contains(&client), "{dead}");
    assert!(dead[0]["at"].as_str().expect("a text").ends_with('Z'), "{dead}");

    // A process that is started again leaves it alone.
    finish(&mut partner.quick_worker(&[])).await.has_code(DEAD_LETTERS);
    let ended = partner.operate(&["requeue", &email(0), "nobody@x.example"]).await;
    ended.has_code(1);
    ended.says("2 did not need an operator, or are not in this journal");
    assert_eq!(partner.status().await["dead"], 1);
    let ended = partner.operate(&["requeue", &email(1).to_uppercase()]).await;
    ended.has_code(0);
    ended.says("1 ready again");
    assert_eq!(partner.status().await["ready"], 1);
    // The processes have the tenants' data from the journal.
    let ended = finish(&mut partner.quick_worker(&["--adopt", &client])).await;
    ended.has_code(0);
    ended.says("this process: 1 of 1 tenants that it had have everything");
    partner.operate(&["status"]).await.says("3 of 3 tenants have everything");
    assert_eq!(partner.created(), [3, 3, 3, 3], "the client of the test, and else one of everything for each");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_rotated_and_a_wrong_one_opens_nothing() {
    let Some(mut partner) = Partner::start().await else { return };
    let tenants = partner.tenants(&rows(0..2));
    let keys = std::mem::take(&mut partner.keys);
    let ended = finish(&mut partner.quick_worker(&[&tenants])).await;
    ended.has_code(1);
    ended.says("make one with `onboard-tenants new-key ID`");
    assert_eq!(partner.sandbox.request_count(), 0, "nothing begins without a key");
    // What needs no credentials needs no key.
    partner.make_schema().await;
    partner.operate(&["status"]).await.has_code(0);
    partner.keys = keys;
    finish(&mut partner.quick_worker(&[&tenants])).await.has_code(0);

    let second = partner.new_key("second").await;
    let first = std::mem::replace(&mut partner.keys, second);
    for words in [&["export", &partner.text("other.jsonl")][..], &["reseal"]] {
        let ended = partner.operate(words).await;
        ended.has_code(1);
        ended.says("first");
        assert!(!ended.said.contains(partner.keys.trim()), "a key was printed");
    }
    assert!(!partner.path("other.jsonl").exists());
    partner.operate(&["status"]).await.says("2 of 2 tenants have everything");

    let file = partner.path("keys");
    fs::write(&file, format!("{}{first}", partner.keys)).expect("it is written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("it is the test's");
    let file = partner.text("keys");
    let ended = partner.operate(&["reseal", "--sealing-keys", &file]).await;
    ended.has_code(1);
    ended.says("--sealing-keys");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("it is the test's");
    let ended = partner.operate(&["reseal", "--sealing-keys", &file]).await;
    ended.has_code(0);
    ended.says("4 secrets sealed with the current key");
    partner.operate(&["reseal"]).await.says("0 secrets sealed with the current key");
    partner.operate(&["export", &partner.text("other.jsonl")]).await.has_code(0);
    let state = State::read(&partner.path("other.jsonl"));
    numbers(&partner.sandbox, &state, 2).await;
    assert_eq!(accounts(&partner.sandbox, &state, 2).await, 0, "accounts without a token");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_with_a_file_goes_on_with_postgres() {
    const TENANTS: usize = 6;
    let Some(partner) = Partner::start().await else { return };
    let tenants = partner.tenants(&rows(0..TENANTS));
    let state = partner.text("state.jsonl");
    let mut command = partner.worker(&[&tenants, "--state", &state, "--no-pacing", "--concurrency", "2"]);
    let process = command.env_remove("ONBOARDING_JOURNAL").spawn().expect("it starts");
    let mut process = partner.received(24, process).await;
    // A journal in use is not taken over.
    signal(&process, "STOP").await;
    let ended = partner.operate(&["import", &state]).await;
    ended.has_code(1);
    ended.says("state.jsonl");
    assert_eq!(partner.status().await["tenants"], 0);
    process.kill().await.expect("it can be killed");
    partner.sandbox.idle().await;
    let lines = fs::read_to_string(&state).expect("the journal").lines().count();
    assert!(lines > 2, "nothing was begun");

    let ended = partner.operate(&["import", &state]).await;
    ended.has_code(0);
    ended.says("tenants taken over, with their credentials");
    assert!(partner.path("state.jsonl.imported").exists());
    // Nobody goes on with the file, and so creates everything twice.
    let ended = finish(partner.worker(&[&tenants, "--state", &state]).env_remove("ONBOARDING_JOURNAL")).await;
    ended.has_code(1);
    ended.says("state.jsonl: ");
    // What was created before is neither created again nor taken for somebody else's.
    let ended = finish(&mut partner.quick_worker(&[&tenants])).await;
    ended.has_code(0);
    ended.says("6 of 6 tenants have everything");
    partner.operate(&["export", &partner.text("all.jsonl")]).await.has_code(0);
    let state = State::read(&partner.path("all.jsonl"));
    numbers(&partner.sandbox, &state, TENANTS).await;
    accounts(&partner.sandbox, &state, TENANTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_without_data_are_told_until_a_process_is_given_their_file() {
    let Some(partner) = Partner::start().await else { return };
    let state = partner.text("state.jsonl");
    let tenants = partner.tenants(&rows(0..2));
    let mut alone = partner.worker(&[&tenants, "--state", &state, "--settle", "0", "--no-pacing"]);
    finish(alone.env_remove("ONBOARDING_JOURNAL")).await.has_code(0);
    partner.operate(&["import", &state]).await.has_code(0);

    let told = "2 of the tenants that are left have no data in the journal";
    let of_others = partner.tenants(&rows(2..3));
    for words in [&[][..], &[of_others.as_str()]] {
        let ended = finish(&mut partner.quick_worker(words)).await;
        ended.has_code(1);
        ended.says(told);
        ended.says("start one with the CSV file of these tenants");
    }
    let ended = partner.operate(&["status", "--json"]).await;
    ended.says(told);
    let numbers: Value = serde_json::from_str(&ended.output).expect("nothing else is in the output");
    assert_eq!((&numbers["without_data"], &numbers["ready"], &numbers["done"]), (&2.into(), &2.into(), &1.into()));

    let ended = finish(&mut partner.quick_worker(&[&partner.tenants(&rows(0..2))])).await;
    ended.has_code(0);
    assert!(!ended.said.contains("no data in the journal"), "{}", ended.said);
    assert!(!partner.operate(&["status"]).await.said.contains("no data in the journal"));
    assert_eq!(partner.created(), [3; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_applies_the_schema() {
    let Some(partner) = Partner::start().await else { return };
    let database = partner.database.name();
    // A role is the whole server's.
    let role = format!("app_{database}");
    partner.database.query(&format!("CREATE ROLE {role} LOGIN PASSWORD 'p'")).await;
    let url = PostgresServer::shared().expect("it runs").url_of(&format!("{role}:p"), database);
    let as_role = |mut command: Command| async {
        let ended = finish(command.env("ONBOARDING_JOURNAL", &url)).await;
        drop(command);
        ended
    };
    let ended = as_role(partner.command(&["requeue", "--all"])).await;
    ended.has_code(1);
    ended.says(&format!("permission denied for database {database}"));
    let ended = finish(&mut program(&["migrations"])).await;
    ended.has_code(0);
    partner.database.query(&ended.output).await;
    let schema = "tenant_onboarding";
    partner.database.query(&format!("GRANT USAGE ON SCHEMA {schema} TO {role}")).await;
    let ended = as_role(partner.command(&["status"])).await;
    ended.has_code(1);
    ended.says("permission denied for table migration");
    let rights = format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}");
    partner.database.query(&rights).await;
    let tenants = partner.tenants(&rows(0..1));
    as_role(partner.quick_worker(&[&tenants])).await.has_code(0);
    assert_eq!(partner.created(), [1; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_only_reads_leaves_the_schema_as_it_is() {
    let Some(partner) = Partner::start().await else { return };
    let refused = async || {
        for words in [["status"], ["dead"]] {
            let ended = partner.operate(&words).await;
            ended.has_code(1);
            ended.says("the schema of the journal is missing or older");
            for remedy in ["0001_queue.sql", "start one", "`onboard-tenants migrations`"] {
                ended.says(remedy);
            }
        }
    };
    refused().await;
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'tenant_onboarding'";
    assert_eq!(partner.database.integer(schemas).await, 0);
    // As a version has it that comes before the first.
    partner.make_schema().await;
    partner.database.query("DELETE FROM tenant_onboarding.migration").await;
    refused().await;
    assert_eq!(partner.database.integer("SELECT count(*) FROM tenant_onboarding.migration").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_with_a_wrong_key_ends_and_another_goes_on() {
    let Some(mut partner) = Partner::start().await else { return };
    let tenants = partner.tenants(&rows(0..1));
    let refusal = Fault::Status {
        status: 400,
        body: String::new(),
        media_type: "text/plain".into(),
        stage: FaultStage::BeforeHandler,
    };
    partner.sandbox.inject(FaultRule::next(1, refusal).for_operation("create_partner_account"));
    finish(&mut partner.quick_worker(&[&tenants])).await.has_code(DEAD_LETTERS);
    partner.operate(&["requeue", "--all"]).await.has_code(0);
    let (requests, wrong) = (partner.sandbox.request_count(), partner.new_key("second").await);
    let right = std::mem::replace(&mut partner.keys, wrong);
    // The tenant waits for the end of this lease.
    let ended = finish(&mut partner.quick_worker(&["--lease", "1"])).await;
    ended.has_code(1);
    ended.says("first");
    assert_eq!((partner.sandbox.request_count(), &partner.status().await["dead"]), (requests, &0.into()));
    partner.keys = right;
    finish(&mut partner.quick_worker(&[])).await.has_code(0);
    assert_eq!(partner.created(), [1; 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_without_tenants_is_told_and_is_not_taken_for_done() {
    let Some(partner) = Partner::start().await else { return };
    let id = &partner.sandbox.credentials().partner_id;
    // It began before the process that has the file.
    let early = finish(&mut partner.quick_worker(&[])).await;
    early.has_code(1);
    early.says(&format!("the journal has no tenants of {id} at 360dialog ({})", partner.sandbox.url()));
    finish(&mut partner.quick_worker(&[&partner.tenants(&rows(0..1))])).await.has_code(0);
    finish(&mut partner.quick_worker(&[])).await.has_code(0);

    let mistaken = finish(partner.command(&["status", "--json"]).env("D360_PARTNER_ID", "otherPA")).await;
    mistaken.has_code(0);
    mistaken.says("the journal has no tenants of otherPA");
    let numbers: Value = serde_json::from_str(&mistaken.output).expect("nothing else is in the output");
    assert_eq!(numbers["tenants"], 0);
    assert!(!partner.operate(&["status"]).await.said.contains("no tenants"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_that_nobody_reads_is_no_error_and_one_that_is_full_is() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let ended = finish(program(&["migrations"]).stdout(writer)).await;
    assert_eq!((ended.code, ended.said.as_str()), (Some(0), ""));
    if cfg!(target_os = "linux") {
        let full = fs::File::options().write(true).open("/dev/full").expect("it is there");
        let ended = finish(program(&["new-key", "one"]).stdout(full)).await;
        ended.has_code(1);
        ended.says("error: the output:");
    }
}
