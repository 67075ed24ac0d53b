//! Onboarding of 500 tenants while nearly every third call fails and the process is killed twenty times: at the end
//! each tenant has one of each resource, and nothing that was created is lost.
//!
//! `ONBOARDING_SEED` repeats a failed run; its seed is printed.
#![allow(missing_docs)]
#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io::Read as _;
use std::mem::{Discriminant, discriminant};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use api_sandbox::{Fault, FaultRule, Sandbox};
use dialog360_api::types::{ChannelId, PartnerId};
use serde_json::Value;
use zapsign_api::partner_plans;
use zapsign_api::types::OrganizationId;

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

fn email(number: usize) -> String {
    format!("it@tenant-{number}.example")
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

/// Last entries of each tenant in the state file.
struct State {
    /// Entry by tenant and step.
    steps: HashMap<(String, String), Value>,
    secrets: BTreeSet<String>,
}

impl State {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("the file");
        let mut steps = HashMap::new();
        let mut secrets = BTreeSet::new();
        for line in text.lines().skip(1) {
            let line: Value = serde_json::from_str(line).expect("whole lines");
            let of = |name: &str| line[name].as_str().map(ToOwned::to_owned);
            secrets.extend(of("api_key").into_iter().chain(of("api_token")));
            steps.insert((of("tenant").expect("a tenant"), of("step").expect("a step")), line);
        }
        Self { steps, secrets }
    }

    fn step(&self, number: usize, step: &str) -> Option<&Value> {
        self.steps.get(&(email(number), step.to_owned()))
    }
}

async fn numbers(sandbox: &Sandbox, state: &State, tenants: usize) {
    let credentials = sandbox.credentials();
    let partner = PartnerId::new(credentials.partner_id.as_str()).expect("an id");
    let client = dialog360_api::Client::builder().api_key(credentials.api_key.as_str()).base_url(sandbox.url());
    let client = client.build().expect("it builds");
    let clients: Vec<_> = client.list_clients().partner_id(&partner).items().try_collect().await.expect("a list");
    let addresses: BTreeSet<_> =
        clients.iter().map(|client| client.contact_user.as_ref().and_then(|user| user.email.clone())).collect();
    assert_eq!((clients.len(), addresses.len()), (tenants, tenants), "clients and their addresses");
    let channels: Vec<_> = client.list_channels().partner_id(&partner).items().try_collect().await.expect("a list");
    let numbers: BTreeMap<_, _> = channels.iter().map(|channel| (channel.external_id.clone(), channel)).collect();
    assert_eq!((channels.len(), numbers.len()), (tenants, tenants), "channels and their numbers");
    for number in 0..tenants {
        let channel = numbers[&Some(format!("33{number}"))];
        let id = state.step(number, "client").expect("a client")["client_id"].clone();
        assert_eq!(id, channel.client_id.as_ref().expect("a client").as_str(), "the number of tenant {number}");
        let id = state.step(number, "number").expect("a number")["channel_id"].clone();
        assert_eq!(id, channel.id.as_ref().expect("an id").as_str());
        let id = ChannelId::new(id.as_str().expect("a text")).expect("an id");
        let keys = client.list_channel_api_keys().partner_id(&partner).channel_id(&id).send().await.expect("a list");
        let keys = keys.into_inner().api_keys.unwrap_or_default();
        let [key] = &keys[..] else { panic!("one key") };
        let kept = state.step(number, "key").expect("a key")["api_key"].clone();
        let valid = key.api_key.as_ref().expect("a key").expose();
        assert_eq!(kept, valid, "the key of tenant {number} that was written down is the one that is valid");
    }
}

/// Checks the accounts, and returns how many need the owner's login because their token was lost.
async fn accounts(sandbox: &Sandbox, state: &State, tenants: usize) -> usize {
    let credentials = sandbox.credentials();
    let builder = || zapsign_api::Client::builder().base_url(sandbox.url()).rate_limiting(false);
    let partner = builder().api_token(credentials.api_token.as_str()).build().expect("it builds");
    let plans = async |client: &zapsign_api::Client| {
        let table = client.get_partner_plans().send().await.expect("a table");
        partner_plans::parse(&table).expect("a table")
    };
    // The first row is the account of the caller.
    let all = plans(&partner).await;
    let names: BTreeMap<_, _> = all.iter().skip(1).map(|plan| (plan.name.clone(), plan.id)).collect();
    assert_eq!((all.len() - 1, names.len()), (tenants, tenants), "accounts and their names");
    let mut by_login = 0;
    for number in 0..tenants {
        let id = names[&Some(format!("Tenant {number}"))];
        let client = match (state.step(number, "account"), state.step(number, "account_by_login")) {
            (Some(account), None) => {
                assert_eq!(account["account_id"].as_i64(), id);
                builder().api_token(account["api_token"].as_str().expect("a token"))
            }
            (None, Some(account)) => {
                by_login += 1;
                assert_eq!(account["account_id"].as_i64(), id);
                let organization = OrganizationId::new(id.expect("a number").to_string()).expect("an id");
                builder().login(organization, credentials.owner.as_str(), credentials.owner_password.as_str())
            }
            other => panic!("tenant {number}: {other:?}"),
        };
        let own = plans(&client.build().expect("it builds")).await;
        assert_eq!(own.first().and_then(|plan| plan.id), id, "what was kept opens the account of tenant {number}");
    }
    by_login
}
