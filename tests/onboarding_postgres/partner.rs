//! Operator of a partner: its vendors, its database, and the program with his environment.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use api_sandbox::Sandbox;
use conformance::postgres_server::{Database, PostgresServer};
use serde_json::Value;
use tokio::process::{Child, Command};

use super::onboarding_audit::email;

/// Timeout of a process, far longer than any takes.
const PATIENCE: Duration = Duration::from_secs(180);
const HEAD: &str = "name,email,waba_external_id,phone_number_id,country,language";
/// Exit status of a run that leaves nothing but tenants that need an operator.
pub const DEAD_LETTERS: i32 = 3;
/// Operations whose effect must not happen twice.
const CREATING: [&str; 4] = ["create_client", "onboard_number", "create_channel_api_key", "create_partner_account"];

/// Vendors, and a database for the journal of a test.
pub struct Partner {
    pub sandbox: Sandbox,
    pub database: Database,
    folder: tempfile::TempDir,
    /// Text of the sealing keys; empty for none.
    pub keys: String,
}

/// End of a process.
pub struct Ended {
    pub code: Option<i32>,
    pub output: String,
    /// Everything that it printed.
    pub said: String,
}

impl Partner {
    /// Starts the vendors. `None` without an installed Postgres.
    pub async fn start() -> Option<Self> {
        Self::start_with(Sandbox::builder().limits(false).start().await.expect("a free port")).await
    }

    pub async fn start_with(sandbox: Sandbox) -> Option<Self> {
        let database = PostgresServer::shared()?.database().await;
        let mut partner =
            Self { sandbox, database, folder: tempfile::tempdir().expect("a folder"), keys: String::new() };
        partner.keys = partner.new_key("first").await;
        Some(partner)
    }

    pub async fn new_key(&self, id: &str) -> String {
        let ended = finish(&mut program(&["new-key", id])).await;
        assert!(ended.code == Some(0) && ended.output.starts_with(&format!("{id}:")), "{}", ended.said);
        ended.output
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).to_str().expect("text").to_owned()
    }

    /// Writes a CSV file, and returns its path.
    pub fn tenants(&self, rows: &str) -> String {
        fs::write(self.path("tenants.csv"), format!("{HEAD}\n{rows}")).expect("it is written");
        self.text("tenants.csv")
    }

    /// Returns the program with the environment of an operator.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = program(words);
        command
            .args(["--dialog360-url", self.sandbox.url(), "--zapsign-url", self.sandbox.url()])
            .env("D360_PARTNER_ID", &self.sandbox.credentials().partner_id)
            .env("ONBOARDING_JOURNAL", self.database.url())
            .env("ONBOARDING_SEALING_KEYS", &self.keys);
        command
    }

    /// Returns the program as one that onboards tenants.
    pub fn worker(&self, words: &[&str]) -> Command {
        let credentials = self.sandbox.credentials();
        let mut command = self.command(words);
        command
            .args(["--messaging-url", self.sandbox.url(), "--pause", "2"])
            .env("D360_API_KEY", &credentials.api_key)
            .env("ZAPSIGN_API_TOKEN", &credentials.api_token)
            .env("ZAPSIGN_OWNER", &credentials.owner)
            .env("ZAPSIGN_OWNER_PASSWORD", &credentials.owner_password);
        command
    }

    /// Returns the program as one that onboards tenants without limits, and without waits between attempts.
    pub fn quick_worker(&self, words: &[&str]) -> Command {
        let mut command = self.worker(words);
        command.args(["--settle", "0", "--backoff", "0", "--no-pacing"]);
        command
    }

    pub async fn operate(&self, words: &[&str]) -> Ended {
        finish(&mut self.command(words)).await
    }

    /// Makes the schema, as the first process does.
    pub async fn make_schema(&self) {
        self.operate(&["requeue", "--all"]).await.has_code(0);
    }

    pub async fn status(&self) -> Value {
        let ended = self.operate(&["status", "--json"]).await;
        serde_json::from_str(&ended.output).unwrap_or_else(|error| panic!("{error}: {}", ended.said))
    }

    /// Returns the number of calls of each creating operation that the vendors served.
    pub fn created(&self) -> [usize; 4] {
        let requests = self.sandbox.requests();
        CREATING.map(|operation| {
            let served = requests.iter().filter(|request| request.served);
            served.filter(|request| request.operation.as_deref() == Some(operation)).count()
        })
    }

    /// Waits until the vendors have received this many requests. The process must still be running then.
    pub async fn received(&self, requests: u64, mut process: Child) -> Child {
        while self.sandbox.request_count() < requests {
            if process.try_wait().expect("it can be asked").is_some() {
                panic!("it ended before {requests} requests: {}", end(process).await.said);
            }
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        process
    }
}

impl Ended {
    /// Checks for a text regardless of line breaks, which a table inserts.
    #[track_caller]
    pub fn says(&self, text: &str) {
        let flat = |text: &str| text.chars().filter(|c| !c.is_whitespace() && !"│┆".contains(*c)).collect::<String>();
        assert!(flat(&self.said).contains(&flat(text)), "{text:?} in:\n{}", self.said);
    }

    #[track_caller]
    pub fn has_code(&self, code: i32) {
        assert_eq!(self.code, Some(code), "{}", self.said);
    }
}

/// Returns the program without any setting of this process's environment.
pub fn program(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_onboard-tenants"));
    command.args(words);
    for name in ["JOURNAL", "SEALING_KEYS", "RATE_LIMITS"] {
        command.env_remove(format!("ONBOARDING_{name}"));
    }
    for name in ["PGPASSWORD", "D360_API_KEY", "D360_PARTNER_ID", "ZAPSIGN_API_TOKEN", "ZAPSIGN_OWNER"] {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

pub async fn finish(command: &mut Command) -> Ended {
    end(command.spawn().expect("it starts")).await
}

pub async fn end(process: Child) -> Ended {
    let output = tokio::time::timeout(PATIENCE, process.wait_with_output()).await.expect("it ends").expect("it ran");
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).expect("text"));
    Ended { code: output.status.code(), said: format!("{out}{err}"), output: out }
}

pub fn rows(numbers: std::ops::Range<usize>) -> String {
    let row = |number| format!("Tenant {number},{},22{number},33{number},br,pt-br\n", email(number));
    numbers.map(row).collect()
}

pub async fn signal(process: &Child, signal: &str) {
    let id = process.id().expect("it runs").to_string();
    let sent = Command::new("kill").args(["-s", signal, &id]).status().await.expect("every system has it");
    assert!(sent.success(), "{signal}");
}
