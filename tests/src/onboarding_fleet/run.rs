//! Run of a fleet: the vendors, the stores, the processes, and what befalls them.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use api_sandbox::{Fault, FaultRule, Sandbox};
use fastrand::Rng;
use tenant_onboarding::{SealingKeys, Tenant};

use super::assignment::{Assignment, JournalAccess, ProcessLimits};
use super::audit::{audit, journaled};
use super::line::Line;
use super::recorded_calls::RecordedCalls;
use super::report::OnboardingFleetReport;
use super::scaled_limits::vendor_limits;
use super::settings::OnboardingFleetSettings;
use super::strangers::Strangers;
use super::tenants::tenant;
use super::tokens::TokenCounts;
use super::vendor_access::VendorAccess;
use super::vendor_state::VendorState;
use super::worker_process::WorkerProcess;
use crate::postgres_server::{PostgresServer, Shutdown};
use crate::redis_server::RedisServer;

/// Time-out against a run that hangs.
const PATIENCE: Duration = Duration::from_secs(3600);
/// Time between two looks at the processes.
const LOOK: Duration = Duration::from_millis(20);
/// Least time between two looks at the vendor's record, and the multiple of the time that one takes.
const RECORD: Duration = Duration::from_millis(100);
const RECORD_MULTIPLE: u32 = 20;
/// Number of calls that the processes make at least between two kills, however slow the machine is.
const CALLS_BETWEEN_KILLS: u64 = 10;
/// Parts of the accounts that are open when the database is restarted: killed the first time, shut down the second.
const RESTARTS: [(usize, usize, Option<Shutdown>); 2] = [(1, 4, None), (1, 2, Some(Shutdown::Fast))];

/// Processes of a run, and what happened to them.
struct Fleet<'r> {
    program: &'r Path,
    settings: &'r OnboardingFleetSettings,
    assignments: Vec<Assignment>,
    /// Processes that run, by the numbers of their assignments.
    running: Vec<Option<WorkerProcess>>,
    random: Rng,
    starts: usize,
    killed: BTreeSet<String>,
    /// Ends of processes that were not killed, other than with success.
    failed: Vec<String>,
    ended: usize,
    errors: Vec<String>,
}

/// Runs a fleet of processes of `program`, which calls [`run_process`](super::run_process) with the argument `process`. Returns
/// `None` if a server is not installed.
///
/// # Panics
///
/// If a server fails otherwise than it is told to, or the run does not end within an hour.
pub async fn run_onboarding_fleet(program: &Path, settings: &OnboardingFleetSettings) -> Option<OnboardingFleetReport> {
    let redis = RedisServer::start()?;
    let mut postgres = PostgresServer::start()?;
    let sandbox = Sandbox::builder().seed(settings.seed).rate_limit_headers(false);
    let sandbox = vendor_limits().fold(sandbox, |sandbox, limit| sandbox.rate_limit(limit));
    let sandbox = sandbox.start().await.expect("a free port");
    let strangers = Strangers::create(&sandbox).await;
    let database = postgres.database().await;
    let access = JournalAccess {
        url: database.url().to_owned(),
        servers: "the sandbox".to_owned(),
        keys: SealingKeys::generate("1").expect("random numbers"),
    };
    let journal = access.connect("auditor", &settings.times, None).await.expect("a journal");
    let tenants: Vec<Tenant> = (0..settings.tenants).map(tenant).collect();
    journal.enqueue(&tenants).await.expect("a journal");
    if settings.fault_probability > 0.0 {
        sandbox.inject(FaultRule::with_probability(settings.fault_probability, Fault::every_kind()));
    }

    let spool = tempfile::tempdir().expect("a folder");
    let assignment = |number: u32| Assignment {
        process: String::new(),
        access: VendorAccess::of(&sandbox),
        database: access.clone(),
        workers: settings.workers,
        times: settings.times,
        limits: ProcessLimits::Shared { url: redis.url(), processes: settings.processes },
        spool: Some(spool.path().join(number.to_string())),
        point: None,
    };
    let assignments: Vec<Assignment> = (0..settings.processes).map(assignment).collect();
    let mut calls = RecordedCalls::begin(&sandbox);
    let began = Instant::now();
    let mut fleet = Fleet::start(program, settings, assignments);
    let restarts = fleet.run(&sandbox, &mut postgres, &mut calls, began).await;
    let time = began.elapsed();
    sandbox.idle().await;
    calls.update(&sandbox);
    sandbox.clear_faults();

    let journaled = journaled(&journal, tenants).await.expect("a journal");
    let state = VendorState::read(&sandbox).await;
    let findings = audit(&state, &journaled, &strangers).await;
    let tokens = TokenCounts::of_accounts(&calls, &journaled, &fleet.killed, settings.workers);
    let keys = TokenCounts::of_keys(&calls, &journaled, &fleet.killed, settings.workers);
    let dead = journal.dead().await.expect("a journal");
    let number = async |sql: &str| u64::try_from(database.integer(sql).await).unwrap_or_default();
    Some(OnboardingFleetReport {
        settings: settings.clone(),
        time,
        kills: fleet.killed.len(),
        restarts,
        failed: fleet.failed,
        ends: fleet.ended,
        errors: fleet.errors,
        status: journal.status().await.expect("a journal"),
        dead: dead.into_iter().map(|letter| format!("{}: {}", letter.tenant, letter.error)).collect(),
        late_entries: number("SELECT count(*) FROM tenant_onboarding.late_entry").await,
        unverified: number("SELECT count(*) FROM tenant_onboarding.late_entry WHERE consumed_at IS NULL").await,
        claims: number("SELECT sum(fence)::bigint FROM tenant_onboarding.tenant").await,
        findings,
        tokens,
        keys,
        ..OnboardingFleetReport::of_calls(settings, &calls)
    })
}

impl<'r> Fleet<'r> {
    fn start(program: &'r Path, settings: &'r OnboardingFleetSettings, assignments: Vec<Assignment>) -> Self {
        let mut fleet = Self {
            program,
            settings,
            running: assignments.iter().map(|_| None).collect(),
            assignments,
            random: Rng::with_seed(settings.seed),
            starts: 0,
            killed: BTreeSet::new(),
            failed: Vec::new(),
            ended: 0,
            errors: Vec::new(),
        };
        (0..fleet.assignments.len()).for_each(|number| fleet.start_process(number));
        fleet
    }

    fn start_process(&mut self, number: usize) {
        self.starts += 1;
        self.assignments[number].process = format!("process-{number}.{}", self.starts);
        self.running[number] = Some(WorkerProcess::start(self.program, &self.assignments[number]));
    }

    /// Lets the processes work until no tenant is left, kills them and restarts the database. Returns the number of restarts.
    async fn run(
        &mut self,
        sandbox: &Sandbox,
        postgres: &mut PostgresServer,
        calls: &mut RecordedCalls,
        began: Instant,
    ) -> usize {
        let (mut killed_at, mut calls_at, mut record_at) = (began, sandbox.request_count(), began);
        let mut restarts = RESTARTS.into_iter().filter(|_| self.settings.restarts).peekable();
        let mut restarted = 0;
        while self.look_at_processes() {
            assert!(began.elapsed() < PATIENCE, "the run hangs: {:?}", self.errors.last());
            tokio::time::sleep(LOOK).await;
            if Instant::now() >= record_at {
                let began = Instant::now();
                calls.update(sandbox);
                record_at = Instant::now() + RECORD.max(began.elapsed() * RECORD_MULTIPLE);
            }
            let (open, all) = (calls.effects("create_partner_account"), self.settings.tenants);
            if let Some((_, _, shutdown)) = restarts.next_if(|(part, of, _)| open * of >= all * part) {
                restart(postgres, shutdown).await;
                restarted += 1;
            }
            let Some(kill_every) = self.settings.kill_every else { continue };
            let has_worked = sandbox.request_count() >= calls_at + CALLS_BETWEEN_KILLS;
            if killed_at.elapsed() >= kill_every && has_worked {
                self.kill_one();
                (killed_at, calls_at) = (Instant::now(), sandbox.request_count());
            }
        }
        restarted
    }

    /// Takes what the processes have told, and starts those again that have failed. Returns `false` if all have ended.
    fn look_at_processes(&mut self) -> bool {
        for number in 0..self.running.len() {
            let Some(process) = &mut self.running[number] else { continue };
            let ended = process.ended();
            while let Some(Line::Ended(error)) = process.next_line() {
                self.ended += 1;
                self.errors.extend(error);
            }
            match ended {
                None => {}
                Some(status) if status.success() => self.running[number] = None,
                Some(status) => {
                    self.failed.push(format!("{}: {status}", self.assignments[number].process));
                    self.start_process(number);
                }
            }
        }
        self.running.iter().any(Option::is_some)
    }

    /// Kills one of the processes that run, and starts it again.
    fn kill_one(&mut self) {
        let running = (0..self.running.len()).filter(|number| self.running[*number].is_some());
        let Some(number) = self.random.choice(running.collect::<Vec<_>>()) else { return };
        if let Some(process) = &mut self.running[number] {
            process.kill();
        }
        self.killed.insert(self.assignments[number].process.clone());
        self.start_process(number);
    }
}

/// Ends the database, by a kill without a kind of shut-down, and starts it again.
async fn restart(postgres: &mut PostgresServer, shutdown: Option<Shutdown>) {
    // The sandbox goes on meanwhile.
    tokio::task::block_in_place(|| {
        match shutdown {
            Some(shutdown) => postgres.shut_down(shutdown),
            None => postgres.kill(),
        }
        postgres.restart();
    });
}
