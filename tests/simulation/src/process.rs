//! Process of the fleet.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use api_runtime::{Credential, Pipeline, PipelineBuilder, RateLimits, Secret, StoreOutage};
use fastrand::Rng;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::call::{ATTEMPT_TIMEOUT, TIME_LIMIT, call, transport};
use crate::load::{Caller, callers, draw_call};
use crate::shared_state::SharedState;
use crate::store::RemoteStore;

/// Longest time from the beginning of a run to the start of a process.
const LAST_START: Duration = Duration::from_secs(10);
/// Pause of a caller after a refusal.
const REFUSED_PAUSE: Duration = Duration::from_secs(1);

/// Process with a handle of its own, which runs until it is dropped or killed.
pub(crate) struct Process {
    /// Callers; those that are dropped make no more calls.
    _callers: JoinSet<()>,
    alive: Arc<AtomicBool>,
}

impl Process {
    /// Starts a process.
    pub(crate) fn start(state: &Arc<SharedState>, number: u32) -> Self {
        let alive = Arc::new(AtomicBool::new(true));
        let store = RemoteStore::new(Arc::clone(state), Arc::clone(&alive));
        let outage = StoreOutage::Divide { processes: state.scenario.processes };
        let builder = PipelineBuilder::new("https://vendor.example", "simulation")
            .transport(transport(Arc::clone(state), number))
            .rate_limits(RateLimits::shared(store, outage))
            .attempt_timeout(ATTEMPT_TIMEOUT)
            .time_limit(TIME_LIMIT);
        let client = match builder.build() {
            Ok(client) => client,
            Err(error) => panic!("the client can't be built: {error}"),
        };
        let mut running = JoinSet::new();
        for caller in callers(&state.scenario, number) {
            let rng = Rng::with_seed(state.rng().u64(..));
            running.spawn(run(Arc::clone(state), client.clone(), caller, rng));
        }
        Self { _callers: running, alive }
    }

    /// Kills the process: its calls end, and nothing is settled any more.
    pub(crate) fn kill(self) {
        self.alive.store(false, Ordering::Relaxed);
    }
}

/// Makes the calls of a caller, for ever.
async fn run(state: Arc<SharedState>, client: Pipeline, caller: Caller, mut rng: Rng) {
    sleep(LAST_START.mul_f64(rng.f64())).await;
    match caller {
        Caller::Backlog { account } => {
            let client = of_account(&client, account);
            loop {
                let planned = draw_call(&mut rng, &state.scenario, Some(account));
                if !call(&state, &client, planned).await {
                    sleep(REFUSED_PAUSE).await;
                }
            }
        }
        Caller::Random { account, per_second } => {
            // Dropped with the caller, and so are the calls.
            let mut calls = JoinSet::new();
            loop {
                sleep(Duration::from_secs_f64(-(1.0 - rng.f64()).ln() / per_second)).await;
                while calls.try_join_next().is_some() {}
                let planned = draw_call(&mut rng, &state.scenario, account);
                let (state, client) = (Arc::clone(&state), of_account(&client, planned.account));
                calls.spawn(async move {
                    call(&state, &client, planned).await;
                });
            }
        }
    }
}

fn of_account(client: &Pipeline, account: u32) -> Pipeline {
    match Credential::bearer(&Secret::from(format!("token-{account}"))) {
        Ok(credential) => client.with_credential(credential),
        Err(error) => panic!("no credential: {error}"),
    }
}
