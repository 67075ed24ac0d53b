//! Onboarding of 500 tenants while nearly every third call fails and the process is killed twenty times: at the end
//! each tenant has one of each resource, and nothing that was created is lost.
//!
//! `ONBOARDING_SEED` repeats a failed run; its seed is printed.
#![allow(missing_docs)]
#![cfg(unix)]

mod onboarding_audit;

use std::fs;
use std::io::Read as _;
use std::mem::{Discriminant, discriminant};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use api_sandbox::{Fault, FaultRule, Sandbox};

use onboarding_audit::{State, accounts, email, numbers};

const TENANTS: usize = 500;
const KILLS: usize = 20;
/// Maximum number of requests between two kills. Even without faults a tenant takes eight.
const APART: u64 = 170;
const CHANCE: f64 = 0.3;
/// Number of runs without a kill until every tenant is complete.
const LAST_RUNS: usize = 3;
/// Operations whose effect must not happen twice.
const CREATING: [&str; 3] = ["create_client", "onboard_number", "create_partner_account"];

struct Onboarding {
    sandbox: Sandbox,
    folder: tempfile::TempDir,
    tenants: PathBuf,
}

impl Onboarding {
    async fn start(seed: u64, count: usize) -> Self {
        let rule = FaultRule::with_probability(CHANCE, Fault::every_kind());
        let sandbox = Sandbox::builder().seed(seed).limits(false).fault(rule).start().await.expect("a free port");
        let folder = tempfile::tempdir().expect("a folder");
        let tenants = folder.path().join("tenants.csv");
        let mut text = "name,email,waba_external_id,phone_number_id,country,language\n".to_owned();
        for number in 0..count {
            text.push_str(&format!("Tenant {number},{},22{number},33{number},br,pt-br\n", email(number)));
        }
        fs::write(&tenants, text).expect("it is written");
        Self { sandbox, folder, tenants }
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state.jsonl")
    }

    /// Starts the program as an operator does.
    fn process(&self) -> Child {
        let credentials = self.sandbox.credentials();
        Command::new(env!("CARGO_BIN_EXE_onboard-tenants"))
            .arg(&self.tenants)
            .arg("--state")
            .arg(self.state())
            .args(["--dialog360-url", self.sandbox.url(), "--zapsign-url", self.sandbox.url()])
            .args(["--concurrency", "32", "--attempts", "40", "--pause", "2", "--settle", "0", "--no-pacing"])
            .env("D360_API_KEY", &credentials.api_key)
            .env("D360_PARTNER_ID", &credentials.partner_id)
            .env("ZAPSIGN_API_TOKEN", &credentials.api_token)
            .env("ZAPSIGN_OWNER", &credentials.owner)
            .env("ZAPSIGN_OWNER_PASSWORD", &credentials.owner_password)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts")
    }

    /// Runs the program and kills it once the sandbox has received `at` requests in all. Returns `true` if it was still
    /// running.
    async fn run_and_kill(&self, at: u64) -> bool {
        let mut child = self.process();
        while self.sandbox.request_count() < at {
            if child.try_wait().expect("it can be asked").is_some() {
                return false;
            }
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
        // Its last request must have ended before the next run begins.
        self.sandbox.idle().await;
        true
    }

    async fn run(&self) -> (ExitStatus, String) {
        let mut child = self.process();
        let output = tokio::task::spawn_blocking(move || {
            let mut text = String::new();
            child.stdout.take().expect("a pipe").read_to_string(&mut text).expect("text");
            child.stderr.take().expect("a pipe").read_to_string(&mut text).expect("text");
            (child.wait().expect("it ends"), text)
        });
        output.await.expect("it ends")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tenant_has_one_of_everything_and_no_token_is_lost() {
    let seed =
        std::env::var("ONBOARDING_SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().expect("a number"));
    eprintln!("ONBOARDING_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let onboarding = Onboarding::start(seed, TENANTS).await;
    for kill in 0..KILLS {
        let at = onboarding.sandbox.request_count() + random.u64(1..=APART);
        assert!(onboarding.run_and_kill(at).await, "the process ended before kill {kill}");
    }
    let mut said = String::new();
    for _ in 0..LAST_RUNS {
        let (status, output) = onboarding.run().await;
        said.push_str(&output);
        if status.success() {
            break;
        }
    }
    assert!(said.contains("500 of 500 tenants have everything"), "{said}");
    faults_came(&onboarding.sandbox);
    onboarding.sandbox.clear_faults();

    let state = State::read(&onboarding.state());
    for secret in state.secrets.iter().chain([&onboarding.sandbox.credentials().api_token]) {
        assert!(!said.contains(secret), "a secret was printed");
    }
    let mode = fs::metadata(onboarding.state()).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    numbers(&onboarding.sandbox, &state, TENANTS).await;
    accounts(&onboarding.sandbox, &state, TENANTS).await;
}

/// No run is killed here, so the number of calls that took effect is known exactly.
#[tokio::test(flavor = "multi_thread")]
async fn every_token_that_arrives_is_kept() {
    const FEW: usize = 60;
    let seed = seed();
    let onboarding = Onboarding::start(seed, FEW).await;
    let (status, said) = onboarding.run().await;
    assert!(status.success(), "{said}");
    onboarding.sandbox.clear_faults();
    let arrived = onboarding.sandbox.requests().into_iter().filter(|request| {
        let whole = matches!(request.fault, None | Some(Fault::Delay { .. } | Fault::SlowDrip { .. }));
        whole && request.served && request.operation.as_deref() == Some("create_partner_account")
    });
    let arrived = arrived.count();
    let state = State::read(&onboarding.state());
    numbers(&onboarding.sandbox, &state, FEW).await;
    let by_login = accounts(&onboarding.sandbox, &state, FEW).await;
    assert_eq!(arrived + by_login, FEW);
    assert!(by_login > 0, "no answer was lost");
}

fn seed() -> u64 {
    let seed =
        std::env::var("ONBOARDING_SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().expect("a number"));
    eprintln!("ONBOARDING_SEED={seed}");
    seed
}

/// Checks that every kind of fault met a call that creates something.
fn faults_came(sandbox: &Sandbox) {
    let creating = sandbox
        .requests()
        .into_iter()
        .filter(|request| request.operation.as_deref().is_some_and(|operation| CREATING.contains(&operation)));
    let met: std::collections::HashSet<Discriminant<Fault>> =
        creating.filter_map(|request| request.fault.as_ref().map(discriminant)).collect();
    for fault in Fault::every_kind() {
        assert!(met.contains(&discriminant(&fault)), "{fault:?} met nothing that creates");
    }
}
