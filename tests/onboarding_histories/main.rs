//! Random histories of a few runs against one sandbox. Each run draws its tenants, journal, kill and faults. No key
//! that a journal holds is revoked, no resource has two tenants, and no tenant has two of any resource.
//!
//! The journals of a history are files if its seed is even, and databases of a real Postgres server if it is odd. The sample is
//! small; `ONBOARDING_HISTORIES` makes it larger. `ONBOARDING_SEED` repeats a failed history; its seed is printed.
#![allow(missing_docs)]
#![cfg(unix)]

mod comparison;
mod journals;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use api_sandbox::{Fault, FaultRule, FaultStage, Sandbox};
use dialog360_api::types::PartnerId;
use fastrand::Rng;
use futures_util::StreamExt as _;
use tenant_onboarding::{Onboarding, Progress, Tenant, TenantReport, normalize};

use crate::journals::{JournalKind, JournalPlace, JournalStore};

/// Number of histories without `ONBOARDING_HISTORIES`.
const SAMPLE: u64 = 20;
/// Timeout of a run, far longer than any takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Maximum number of requests before a kill. A tenant takes about eight.
const LAST_KILL: u64 = 24;
/// Probability of a fault in a call that creates something.
const CHANCE: f64 = 0.25;
const CREATING: [&str; 4] = ["create_client", "onboard_number", "create_channel_api_key", "create_partner_account"];

/// Content of a journal, and the resources created by the runs that used it.
#[derive(Clone)]
struct Journal {
    place: JournalPlace,
    /// `true` once a run had it.
    is_used: bool,
    /// Progress by the tenant's identity.
    tenants: BTreeMap<String, Progress>,
    /// Identities of the tenants in its queue.
    enqueued: BTreeSet<String>,
    /// Number of resources by operation and identity.
    created: BTreeMap<(String, String), usize>,
}

impl Journal {
    fn new(place: JournalPlace) -> Self {
        let (tenants, enqueued, created) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        Self { place, is_used: false, tenants, enqueued, created }
    }
}

/// Drawn parameters of one run.
#[derive(Debug)]
struct Run {
    tenants: Vec<(String, String, String)>,
    journal: usize,
    /// `true` if the tenants go through the journal's queue, with what earlier runs left in it.
    is_queue: bool,
    rotate_keys: bool,
    workers: usize,
    attempts: u32,
    /// Number of requests, and of task switches after them, before the kill.
    kill: Option<(u64, u32)>,
    faults: bool,
}

/// Counts of the situations that the histories must meet.
#[derive(Debug, Default)]
struct Seen {
    runs: usize,
    kills: usize,
    finished: usize,
    refused: usize,
    copies: usize,
    queues: usize,
    revoked_as_allowed: usize,
}

struct History {
    seed: u64,
    /// HTTP client without idle connections, so that the sandbox is idle once no request is in flight.
    http: reqwest::Client,
    random: Rng,
    sandbox: Sandbox,
    store: JournalStore,
    tenants: usize,
    journals: Vec<Journal>,
    /// State of the last run's journal before that run.
    before: Option<Journal>,
    /// Keys that a run was allowed to revoke.
    revocable: BTreeSet<String>,
    /// Identities of each account's users, which never change.
    accounts: BTreeMap<i64, BTreeSet<String>>,
    drawn: Vec<String>,
}

impl History {
    /// Starts a history; `None` without a server that its journals need.
    async fn start(seed: u64, http: reqwest::Client) -> Option<Self> {
        let kind = if seed.is_multiple_of(2) { JournalKind::Files } else { JournalKind::Databases };
        let store = JournalStore::new(kind)?;
        let mut random = Rng::with_seed(seed);
        let sandbox = Sandbox::builder().seed(seed).limits(false).start().await.expect("a free port");
        let tenants = random.usize(2..=5);
        let (journals, drawn, revocable, accounts) = (Vec::new(), Vec::new(), BTreeSet::new(), BTreeMap::new());
        Some(Self { seed, http, random, sandbox, store, tenants, journals, before: None, revocable, accounts, drawn })
    }

    fn chance(&mut self, chance: f64) -> bool {
        self.random.f64() < chance
    }

    /// Returns the tenant itself, or sometimes any.
    fn mostly(&mut self, tenant: usize) -> usize {
        if self.chance(0.08) { self.random.usize(..self.tenants) } else { tenant }
    }

    /// Returns a name, address and number, mostly those of the tenant.
    fn row(&mut self, tenant: usize) -> (String, String, String) {
        let name = if self.chance(0.1) { "Renamed" } else { "Tenant" };
        let name = format!("{name} {}", self.mostly(tenant));
        let local = if self.chance(0.06) { "office" } else { "it" };
        let email = format!("{local}@tenant-{}.example", self.mostly(tenant));
        let email = if self.chance(0.3) { email.to_uppercase() } else { email };
        (name, email, format!("33{}", self.mostly(tenant)))
    }

    /// Draws a new journal, an existing one, or a copy from before the last run.
    async fn journal(&mut self, seen: &mut Seen) -> usize {
        let number = self.journals.len();
        let journal = match self.random.u8(..10) {
            0..2 => Journal::new(self.store.create().await),
            2..6 if let Some(before) = self.before.take() => {
                seen.copies += 1;
                before
            }
            _ if number == 0 => Journal::new(self.store.create().await),
            _ => return self.random.usize(..number),
        };
        self.journals.push(journal);
        number
    }

    async fn draw(&mut self, seen: &mut Seen) -> Run {
        let all = self.chance(0.5);
        let one = self.random.usize(..self.tenants);
        let tenants: Vec<usize> = (0..self.tenants).filter(|of| all || *of == one || self.random.bool()).collect();
        let run = Run {
            tenants: tenants.into_iter().map(|tenant| self.row(tenant)).collect(),
            journal: self.journal(seen).await,
            is_queue: self.random.bool() && self.store.has_queues(),
            rotate_keys: self.chance(0.1),
            workers: self.random.usize(1..=3),
            attempts: self.random.u32(2..=4),
            kill: self.chance(0.6).then(|| (self.random.u64(1..=LAST_KILL), self.random.u32(..60))),
            faults: self.chance(0.6),
        };
        self.drawn.push(format!("{run:?}"));
        run
    }

    async fn run(&mut self, seen: &mut Seen) {
        let run = self.draw(seen).await;
        if run.is_queue {
            seen.queues += 1;
            let identities = run.tenants.iter().map(|(_, email, _)| normalize(email));
            self.journals[run.journal].enqueued.extend(identities);
        }
        self.allow(&run);
        let journal = self.journals[run.journal].clone();
        self.before = None;
        if journal.is_used {
            self.before = Some(Journal { place: self.store.copy(&journal.place).await, ..journal });
        }
        self.journals[run.journal].is_used = true;
        if run.faults {
            for operation in CREATING {
                self.sandbox.inject(FaultRule::with_probability(CHANCE, faults()).for_operation(operation));
            }
        }
        let earlier = self.sandbox.request_count();
        let reports = tokio::time::timeout(PATIENCE, self.reports(&run)).await.expect("it ends");
        self.sandbox.clear_faults();
        seen.runs += 1;
        match &reports {
            None => seen.kills += 1,
            Some(reports) => assert!(run.is_queue || reports.len() == run.tenants.len()),
        }
        for TenantReport { progress, result, .. } in reports.iter().flatten() {
            let Progress { client, channel, key, account, .. } = progress;
            let everything = client.is_some() && channel.is_some() && key.is_some() && account.is_some();
            assert!(everything || result.is_err(), "a tenant lacks something and is not told");
            if result.is_ok() {
                seen.finished += 1
            } else {
                seen.refused += 1
            }
            self.drawn.push(format!("  {:?}", result.as_ref().map_err(ToString::to_string)));
        }
        self.check(run.journal, earlier, seen).await;
    }

    /// Records the keys that the README allows to revoke: any key of a tenant whose run may rotate keys, and a key that
    /// appeared after an intent in the run's journal.
    fn allow(&mut self, run: &Run) {
        let mut identities: BTreeSet<_> = run.tenants.iter().map(|(_, email, _)| normalize(email)).collect();
        if run.is_queue {
            identities.extend(self.journals[run.journal].enqueued.iter().cloned());
        }
        for identity in identities {
            let begun = self.journals[run.journal].tenants.get(&identity);
            let intended = begun.is_some_and(|begun| begun.key.is_none() && begun.key_intent.is_some());
            if run.rotate_keys || intended {
                let progress = self.journals.iter().filter_map(|journal| journal.tenants.get(&identity));
                self.revocable.extend(progress.filter_map(key));
            }
        }
    }

    /// Returns the reports of a run; `None` if it was killed.
    async fn reports(&self, run: &Run) -> Option<Vec<TenantReport>> {
        let credentials = self.sandbox.credentials();
        let place = &self.journals[run.journal].place;
        let journal = place.open().await;
        let (url, owner) = (self.sandbox.url().to_owned(), credentials.owner.clone());
        let (password, http) = (credentials.owner_password.clone(), self.http.clone());
        let onboarding = Onboarding::new(self.dialog360(), self.partner(), self.zapsign(), "1", journal)
            .account_login(move |organization| {
                let builder = zapsign_api::Client::builder().login(organization, owner.as_str(), password.as_str());
                builder.base_url(&url).danger_http_client(http.clone()).rate_limiting(false).build()
            })
            .settle(Duration::ZERO)
            .initial_backoff(Duration::from_millis(1))
            .max_attempts(run.attempts)
            .rotate_keys(run.rotate_keys);
        let tenants = run.tenants.iter().map(|(name, email, number)| Tenant {
            name: name.clone(),
            email: email.clone(),
            waba_external_id: "220".to_owned(),
            phone_number_id: number.clone(),
            country: "br".to_owned(),
            language: "pt-br".to_owned(),
            messaging_webhook_url: String::new(),
        });
        let last = run.kill.map(|(requests, turns)| (self.sandbox.request_count() + requests, turns));
        let kill = async {
            let Some((at, turns)) = last else { return std::future::pending().await };
            while self.sandbox.request_count() < at {
                tokio::task::yield_now().await;
            }
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
        };
        let tenants: Vec<Tenant> = tenants.collect();
        let all = async {
            if run.is_queue {
                onboarding.journal().enqueue(&tenants).await;
                onboarding.work(run.workers).map(|report| report.expect("the journal works")).collect().await
            } else {
                onboarding.run(futures_util::stream::iter(tenants), run.workers).collect().await
            }
        };
        let reports = tokio::select! {
            reports = all => Some(reports),
            () = kill => None,
        };
        drop(onboarding);
        place.end_sessions().await;
        // Its last request must have ended before the next run begins.
        self.sandbox.idle().await;
        reports
    }

    fn dialog360(&self) -> dialog360_api::Client {
        let client = dialog360_api::Client::builder().api_key(self.sandbox.credentials().api_key.as_str());
        client
            .base_url(self.sandbox.url())
            .danger_http_client(self.http.clone())
            .rate_limiting(false)
            .build()
            .expect("it builds")
    }

    fn zapsign(&self) -> zapsign_api::Client {
        let client = zapsign_api::Client::builder().api_token(self.sandbox.credentials().api_token.as_str());
        client
            .base_url(self.sandbox.url())
            .danger_http_client(self.http.clone())
            .rate_limiting(false)
            .build()
            .expect("it builds")
    }

    fn partner(&self) -> PartnerId {
        PartnerId::new(self.sandbox.credentials().partner_id.as_str()).expect("an id")
    }
}

/// Prints the seed of a failed history.
impl Drop for History {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("ONBOARDING_SEED={} ONBOARDING_HISTORIES=1\n{}", self.seed, self.drawn.join("\n"));
        }
    }
}

fn faults() -> Vec<Fault> {
    let mut faults = vec![Fault::Garbage, Fault::CutBody];
    for stage in [FaultStage::BeforeHandler, FaultStage::AfterHandler] {
        let media_type = "text/plain".to_owned();
        faults.push(Fault::Status { status: 500, body: String::new(), media_type, stage });
        faults.push(Fault::Reset { stage });
    }
    faults
}

fn key(progress: &Progress) -> Option<String> {
    progress.key.as_ref().map(|(_, key)| key.expose().to_owned())
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a number"))
}

#[tokio::test]
async fn no_history_revokes_a_key_or_gives_a_thing_two_tenants() {
    let seed = variable("ONBOARDING_SEED").unwrap_or_else(|| fastrand::u64(..));
    let histories = variable("ONBOARDING_HISTORIES").unwrap_or(SAMPLE);
    // Reading the machine's certificates takes longer than a run.
    let http = reqwest::Client::builder().pool_max_idle_per_host(0).build().expect("it builds");
    let (mut seen, mut whole) = (Seen::default(), 0);
    for number in 0..histories {
        let Some(mut history) = History::start(seed.wrapping_add(number), http.clone()).await else { continue };
        for _ in 0..history.random.usize(2..=4) {
            history.run(&mut seen).await;
        }
        history.store.remove().await;
        whole += 1;
    }
    eprintln!("ONBOARDING_SEED={seed}: {whole} of {histories} histories, {seen:?}");
    if whole >= SAMPLE {
        let all = [seen.kills, seen.finished, seen.refused, seen.copies];
        assert!(all.iter().all(|count| *count > 0), "{seen:?}");
    }
}
