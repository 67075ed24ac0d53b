//! Resources that `onboard-tenants` must not take or revoke: each test is an attack that once ended in "done".
#![allow(missing_docs)]

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use api_sandbox::{Fault, FaultRule, FaultStage, RetryAfterHint, Sandbox};
use dialog360_api::types::{CreateClient, PartnerId};
use serde_json::Value;
use tokio::process::Command;
use zapsign_api::types::CreatePartnerAccount;

/// Timeout of a run, far longer than any takes.
const PATIENCE: Duration = Duration::from_secs(60);
const TENANTS: usize = 5;

struct Vendors {
    sandbox: Sandbox,
    folder: tempfile::TempDir,
}

/// Successful calls that create a resource, by operation.
#[derive(Debug, PartialEq)]
struct Created {
    clients: usize,
    numbers: usize,
    keys: usize,
    accounts: usize,
}

const fn each(count: usize) -> Created {
    Created { clients: count, numbers: count, keys: count, accounts: count }
}

impl Vendors {
    async fn start() -> Self {
        let sandbox = Sandbox::builder().limits(false).start().await.expect("a free port");
        Self { sandbox, folder: tempfile::tempdir().expect("a folder") }
    }

    fn command(&self, rows: &str, state: &str, options: &[&str]) -> Command {
        let head = "name,email,waba_external_id,phone_number_id,country,language\n";
        let tenants = self.folder.path().join(format!("{state}.csv"));
        fs::write(&tenants, format!("{head}{rows}")).expect("it is written");
        let credentials = self.sandbox.credentials();
        let mut command = Command::new(env!("CARGO_BIN_EXE_onboard-tenants"));
        command
            .arg(&tenants)
            .args(["--dialog360-url", self.sandbox.url(), "--zapsign-url", self.sandbox.url()])
            .args(["--pause", "2", "--settle", "0", "--no-pacing"])
            .arg("--state")
            .arg(self.folder.path().join(state))
            .args(options)
            .env("D360_API_KEY", &credentials.api_key)
            .env("D360_PARTNER_ID", &credentials.partner_id)
            .env("ZAPSIGN_API_TOKEN", &credentials.api_token)
            .env_remove("ZAPSIGN_OWNER")
            .env_remove("ZAPSIGN_OWNER_PASSWORD")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Runs to the end, and returns `true` on success and everything that it printed, on one line.
    async fn run(&self, rows: &str, state: &str, options: &[&str]) -> (bool, String) {
        finish(&mut self.command(rows, state, options)).await
    }

    fn created(&self) -> Created {
        let requests = self.sandbox.requests();
        let of = |operation: &str| {
            requests.iter().filter(|request| request.operation.as_deref() == Some(operation) && request.served).count()
        };
        Created {
            clients: of("create_client"),
            numbers: of("onboard_number"),
            keys: of("create_channel_api_key"),
            accounts: of("create_partner_account"),
        }
    }

    fn dialog360(&self) -> (dialog360_api::Client, PartnerId) {
        let credentials = self.sandbox.credentials();
        let client =
            dialog360_api::Client::builder().api_key(credentials.api_key.as_str()).base_url(self.sandbox.url());
        (client.build().expect("it builds"), PartnerId::new(credentials.partner_id.as_str()).expect("an id"))
    }
}

async fn finish(command: &mut Command) -> (bool, String) {
    let output = tokio::time::timeout(PATIENCE, command.output()).await.expect("it ends").expect("it starts");
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).expect("text"))
}

fn row(name: &str, email: &str, number: usize) -> String {
    format!("{name},{email},22{number},33{number},br,pt-br\n")
}

fn rows() -> String {
    (0..TENANTS)
        .map(|number| row(&format!("Tenant {number}"), &format!("it@tenant-{number}.example"), number))
        .collect()
}

/// Checks for a text regardless of line breaks, which the table inserts.
#[track_caller]
fn says(said: &str, text: &str) {
    let flat = |text: &str| text.chars().filter(|c| !c.is_whitespace() && !"│┆".contains(*c)).collect::<String>();
    assert!(flat(said).contains(&flat(text)), "{text:?} in:\n{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_of_another_tenant_is_refused_and_his_key_stays() {
    let vendors = Vendors::start().await;
    let (success, said) = vendors.run(&row("A", "a@x.example", 111), "state", &[]).await;
    assert!(success, "{said}");
    for (state, refusal) in [
        ("state", "number 33111 belongs to the tenant a@x.example of this journal"),
        ("other-state", "of the number belongs to client"),
    ] {
        let (success, said) = vendors.run(&row("B", "b@x.example", 111), state, &["--rotate-keys"]).await;
        assert!(!success, "{said}");
        says(&said, refusal);
        says(&said, "0 of 1 tenants have everything");
    }
    assert_eq!(vendors.created(), Created { clients: 2, ..each(1) }, "the client of B, and else nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_in_other_letters_are_the_same_tenants() {
    let vendors = Vendors::start().await;
    assert!(vendors.run(&rows(), "state", &[]).await.0);
    let (success, said) = vendors.run(&rows().replace("it@", " IT@"), "state", &["--rotate-keys"]).await;
    assert!(success, "{said}");
    says(&said, "5 of 5 tenants have everything");
    assert_eq!(vendors.created(), each(TENANTS));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_state_file_revokes_no_key() {
    let vendors = Vendors::start().await;
    let (success, said) = vendors.run(&rows(), "state", &[]).await;
    assert!(success, "{said}");
    says(&said, &format!("journal: {}", vendors.folder.path().join("state").display()));
    let (success, said) = vendors.run(&rows(), "elsewhere", &[]).await;
    assert!(!success, "{said}");
    says(&said, "has a key that is not of this journal, and a new one would revoke it; allow that with --rotate-keys");
    says(&said, "0 of 5 tenants have everything");
    assert_eq!(vendors.created(), each(TENANTS));
    // A list of keys that can't be read is not an empty one.
    let status = Fault::Status {
        status: 500,
        body: String::new(),
        media_type: "text/plain".into(),
        stage: FaultStage::BeforeHandler,
    };
    vendors.sandbox.inject(FaultRule::with_probability(1.0, vec![status]).for_operation("list_channel_api_keys"));
    let (success, said) = vendors.run(&rows(), "third", &["--attempts", "2"]).await;
    assert!(!success, "{said}");
    says(&said, "can't be listed, and a new one would revoke any; allow that with --rotate-keys");
    assert_eq!(vendors.created(), each(TENANTS));
    vendors.sandbox.clear_faults();
    // With the flag, keys are created; the accounts still need an owner's login that shows their users.
    let (success, said) = vendors.run(&rows(), "elsewhere", &["--rotate-keys"]).await;
    assert!(!success, "{said}");
    says(&said, "its users are not known");
    assert_eq!(vendors.created(), Created { keys: 2 * TENANTS, ..each(TENANTS) });
    let credentials = vendors.sandbox.credentials();
    let mut command = vendors.command(&rows(), "elsewhere", &[]);
    command.env("ZAPSIGN_OWNER", &credentials.owner).env("ZAPSIGN_OWNER_PASSWORD", &credentials.owner_password);
    let (success, said) = finish(&mut command).await;
    assert!(success, "{said}");
    assert_eq!(vendors.created(), Created { keys: 2 * TENANTS, ..each(TENANTS) });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_shares_a_name_or_an_address_is_taken() {
    let vendors = Vendors::start().await;
    let credentials = vendors.sandbox.credentials();
    let zapsign =
        zapsign_api::Client::builder().api_token(credentials.api_token.as_str()).base_url(vendors.sandbox.url());
    let body = CreatePartnerAccount::builder()
        .company_name("AURORA  bakery")
        .email("somebody@else.example")
        .country("br".into())
        .lang("es".into())
        .build();
    let zapsign = zapsign.build().expect("it builds");
    let account = zapsign.create_partner_account().body(&body).send().await.expect("an account").id;
    let (dialog360, partner) = vendors.dialog360();
    let body = CreateClient::builder().name("OTHER COMPANY").email("it@basalt.example").build();
    dialog360.create_client().partner_id(&partner).body(&body).send().await.expect("a client");

    let rows = row("Aurora Bakery", "it@aurora.example", 1) + &row("Basalt", "IT@basalt.example", 2);
    let mut command = vendors.command(&rows, "state", &[]);
    command.env("ZAPSIGN_OWNER", &credentials.owner).env("ZAPSIGN_OWNER_PASSWORD", &credentials.owner_password);
    let (success, said) = finish(&mut command).await;
    assert!(!success, "{said}");
    says(&said, "is \"AURORA  bakery\" (its users are");
    says(&said, "somebody@else.example");
    says(&said, "the tenant is \"Aurora Bakery\" <it@aurora.example>, number 331");
    says(&said, "is \"OTHER COMPANY\" <it@basalt.example>");
    says(&said, "0 of 2 tenants have everything");
    // Those of the test, and those that Aurora needed before its account.
    assert_eq!(vendors.created(), Created { clients: 2, numbers: 1, keys: 1, accounts: 1 });

    // The operator adopts the client.
    let (clients, state) = (dialog360.find_client_by_email(&partner, "it@basalt.example").await, "state");
    let client = clients.expect("clients")[0].id.clone().expect("an id").to_string();
    let mut command = vendors.command(&rows, state, &["--adopt", &client, "--adopt", &account.to_string()]);
    command.env("ZAPSIGN_OWNER", &credentials.owner).env("ZAPSIGN_OWNER_PASSWORD", &credentials.owner_password);
    let (success, said) = finish(&mut command).await;
    assert!(success, "{said}");
    assert_eq!(vendors.created(), each(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_address_is_told_and_is_no_new_tenant() {
    let vendors = Vendors::start().await;
    assert!(vendors.run(&rows(), "state", &[]).await.0);
    let changed = rows().replace("it@tenant-3.example", "office@tenant-3.example");
    let (success, said) = vendors.run(&changed, "state", &["--rotate-keys"]).await;
    assert!(!success, "{said}");
    says(&said, "the journal has this number and name under the e-mail address it@tenant-3.example");
    says(&said, "4 of 5 tenants have everything");
    let changed = rows().replace("223,333,", "223,999,");
    let (success, said) = vendors.run(&changed, "state", &["--rotate-keys"]).await;
    assert!(!success, "{said}");
    says(&said, "the journal has the number 333 for this tenant, and not 999");
    assert_eq!(vendors.created(), each(TENANTS));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_journal_is_left_as_it_is() {
    let vendors = Vendors::start().await;
    let path = vendors.folder.path().join("config.json");
    fs::write(&path, "{\"database\":\"prod\"}").expect("it is written");
    let (success, said) = vendors.run(&rows(), "config.json", &[]).await;
    assert!(!success && said.contains("not a journal of tenant-onboarding"), "{said}");
    assert_eq!(fs::read_to_string(&path).expect("the file"), "{\"database\":\"prod\"}");
    assert_eq!(vendors.sandbox.request_count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_of_a_year_ends_the_tenant_and_not_the_night() {
    let vendors = Vendors::start().await;
    let hint = RetryAfterHint::RetryAfterSeconds;
    let fault = Fault::TooManyRequests { hint, seconds: 31_536_000, stage: FaultStage::BeforeHandler };
    vendors.sandbox.inject(FaultRule::next(1, fault).for_operation("create_client"));
    let (success, said) = vendors.run(&rows(), "state", &["--concurrency", "1"]).await;
    assert!(!success, "{said}");
    says(&said, "the server asks to wait 31536000 s, and this run waits 300 s at most");
    says(&said, "4 of 5 tenants have everything");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_no_arguments_and_names_do_not_control_the_terminal() {
    let vendors = Vendors::start().await;
    for option in ["--d360-api-key", "--zapsign-api-token", "--zapsign-owner-password"] {
        let (success, said) = vendors.run(&rows(), "state", &[option, "x"]).await;
        assert!(!success && said.contains("unexpected argument"), "{said}");
    }
    let strange = row("\"\u{1b}]0;owned\u{7}\u{1b}[2JTenant\"", "it@x.example", 1);
    let (success, said) = vendors.run(&strange, "state", &[]).await;
    assert!(success, "{said}");
    says(&said, "\u{fffd}]0;owned\u{fffd}\u{fffd}[2JTenant");
    assert!(!said.chars().any(|c| c.is_control() && c != '\n'), "{said:?}");
    let state = fs::read_to_string(vendors.folder.path().join("state")).expect("the journal");
    let secrets = state.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).flat_map(|line| {
        ["api_key", "api_token"].map(|name| line[name].as_str().map(ToOwned::to_owned)).into_iter().flatten()
    });
    let secrets: Vec<String> = secrets.collect();
    assert_eq!(secrets.len(), 2);
    assert!(secrets.iter().all(|secret| !said.contains(secret)), "a secret was printed");
}
