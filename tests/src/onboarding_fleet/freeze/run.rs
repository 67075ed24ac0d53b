//! Run of the freezes.

use std::path::Path;
use std::time::{Duration, Instant};

use api_sandbox::{Fault, FaultRule, Sandbox};
use futures_util::{StreamExt as _, stream};
use serde_json::Value;
use tenant_onboarding::{Progress, SealingKeys};

use super::report::{FreezeOutcome, FreezeReport};
use crate::onboarding_fleet::assignment::{Assignment, JournalAccess, ProcessLimits};
use crate::onboarding_fleet::freeze_point::{CreatedThing, FreezePoint, Moment};
use crate::onboarding_fleet::recorded_calls::RecordedCalls;
use crate::onboarding_fleet::settings::ProcessTimes;
use crate::onboarding_fleet::tenants::tenant;
use crate::onboarding_fleet::vendor_access::VendorAccess;
use crate::onboarding_fleet::vendor_state::VendorState;
use crate::onboarding_fleet::worker_process::{PATIENCE, WorkerProcess};
use crate::postgres_server::PostgresServer;

/// Name of the process that is stopped, and of the one that goes on with its tenant.
const STOPPED: &str = "stopped";
const SUCCESSOR: &str = "successor";

/// Time for an attempt of the process that is stopped: longer than the freeze, because the end of an attempt would keep the
/// request from being written. This is the worst case.
const LONG_ATTEMPT: Duration = Duration::from_secs(300);

/// Pieces of the slow response, and the time before each.
const PIECES: u32 = 2;
const PIECE_MILLISECONDS: u64 = 1500;

/// Freeze at one point, with a vendor and a journal of its own.
struct Freeze<'f> {
    program: &'f Path,
    point: FreezePoint,
    number: usize,
    sandbox: Sandbox,
    journal: JournalAccess,
    times: ProcessTimes,
}

/// Stops a process of `program`, which calls [`run_process`](crate::onboarding_fleet::run_process) with the argument `process`, at
/// each of these points, so many at once. Returns `None` if no Postgres server is installed.
///
/// # Panics
///
/// If a process hangs or fails.
pub async fn run_freezes(
    program: &Path,
    points: &[FreezePoint],
    at_once: usize,
    times: ProcessTimes,
) -> Option<FreezeReport> {
    let postgres = PostgresServer::start()?;
    let database = postgres.database().await;
    let (url, keys) = (database.url().to_owned(), SealingKeys::generate("1").expect("random numbers"));
    let access = |number| JournalAccess { url: url.clone(), servers: format!("freeze {number}"), keys: keys.clone() };
    // The schema is made by one.
    access(0).connect("first", &times, None).await.expect("a journal");
    let freezes = points.iter().enumerate().map(|(number, &point)| {
        let journal = access(number);
        async move {
            let sandbox = Sandbox::builder().limits(false).start().await.expect("a free port");
            Freeze { program, point, number, sandbox, journal, times }.run().await
        }
    });
    let outcomes = stream::iter(freezes.collect::<Vec<_>>()).buffered(at_once.max(1)).collect().await;
    drop(postgres);
    Some(FreezeReport { outcomes })
}

impl Freeze<'_> {
    async fn run(self) -> FreezeOutcome {
        let journal = self.journal.connect("auditor", &self.times, None).await.expect("a journal");
        let tenant = tenant(self.number);
        journal.enqueue(std::slice::from_ref(&tenant)).await.expect("a journal");
        let mut calls = RecordedCalls::begin(&self.sandbox);
        let mut stopped = self.start_stopped().await;
        stopped.signal("STOP");
        if !self.is_in_response() {
            stopped.leave_point();
        }
        // It takes the tenant over when the lease has ended, and ends itself when the tenant has everything.
        assert!(self.start_successor().end().await.success(), "{}", self.point);
        stopped.signal("CONT");
        assert!(stopped.end().await.success(), "{}", self.point);
        // What the process did that had lost the tenant is verified by now, or is by this one.
        assert!(self.start_successor().end().await.success(), "{}", self.point);
        calls.update(&self.sandbox);

        let entries = journal.entries(&tenant.identity()).await.expect("a journal");
        let mut progress = Progress::default();
        entries.iter().for_each(|entry| progress.apply(entry));
        let state = VendorState::read(&self.sandbox).await;
        let owned = |ids: Vec<&str>| ids.into_iter().map(str::to_owned).collect();
        let responses = calls.iter().filter(|call| call.operation == CreatedThing::Key.operation());
        let responses = responses.filter_map(|call| call.response.as_deref());
        let key_id = |response| {
            let response: Value = serde_json::from_str(response).expect("JSON");
            response["id"].as_str().expect("an id").to_owned()
        };
        let key_works = match &progress.key {
            Some((address, key)) => state.takes_key(address.clone(), key.expose()).await,
            None => false,
        };
        let dead = journal.dead().await.expect("a journal").pop();
        FreezeOutcome {
            point: self.point,
            clients: owned(state.clients_of(&tenant.email)),
            channels: owned(state.channels_of(&tenant.phone_number_id)),
            keys: responses.map(key_id).collect(),
            accounts: state.accounts_of(&tenant.name).iter().map(ToString::to_string).collect(),
            key_works,
            has_access: state.access(&entries).await.is_some(),
            fenced: journal.status().await.expect("a journal").fenced,
            dead: dead.map(|letter| letter.error),
        }
    }

    /// Starts the process that is to be stopped, and returns it at its point.
    async fn start_stopped(&self) -> WorkerProcess {
        let mut assignment = self.assignment(STOPPED);
        assignment.point = Some(self.point);
        assignment.times.attempt_timeout = LONG_ATTEMPT;
        // Only a name is looked up.
        assignment.access.url = assignment.access.url.replace("127.0.0.1", "localhost");
        let slow = Fault::SlowDrip { milliseconds: PIECE_MILLISECONDS, pieces: PIECES };
        let FreezePoint::Creation(thing, Moment::Answering) = self.point else {
            let mut stopped = WorkerProcess::start(self.program, &assignment);
            assert!(stopped.reaches_point().await, "{}: the process ended before", self.point);
            return stopped;
        };
        self.sandbox.inject(FaultRule::next(1, slow).for_operation(thing.operation()));
        let stopped = WorkerProcess::start(self.program, &assignment);
        let end = Instant::now() + PATIENCE;
        let is_served = || {
            let requests = self.sandbox.requests();
            requests.iter().any(|request| request.served && request.operation.as_deref() == Some(thing.operation()))
        };
        while !is_served() {
            assert!(Instant::now() < end, "{}: the process hangs", self.point);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stopped
    }

    fn start_successor(&self) -> WorkerProcess {
        WorkerProcess::start(self.program, &self.assignment(SUCCESSOR))
    }

    /// Returns `true` if the process is stopped while it waits for a response, and not at a gate.
    fn is_in_response(&self) -> bool {
        matches!(self.point, FreezePoint::Creation(_, Moment::Answering))
    }

    fn assignment(&self, process: &str) -> Assignment {
        Assignment {
            process: process.to_owned(),
            access: VendorAccess::of(&self.sandbox),
            database: self.journal.clone(),
            workers: 1,
            times: self.times,
            limits: ProcessLimits::Unlimited,
            spool: None,
            point: None,
        }
    }
}
