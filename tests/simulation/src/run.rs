//! One run.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep, sleep_until};

use crate::load::{Load, PER_ACCOUNT, saturated_accounts};
use crate::process::Process;
use crate::scenario::{Faults, Scenario};
use crate::shared_state::SharedState;
use crate::statistics::Outcome;
use crate::vendor::Vendor;

/// Kills in a run, as a multiple of the number of processes.
const KILLS_PER_PROCESS: f64 = 0.5;
/// Time until all processes have started and the saturated accounts have no slot left.
const WARM_UP: Duration = Duration::from_secs(30);

/// Runs a scenario.
///
/// # Panics
///
/// If no runtime can be made.
pub fn run(scenario: Scenario) -> Outcome {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => panic!("no runtime: {error}"),
    };
    // Decides the jitter of the runtime, too: all is on this thread.
    fastrand::seed(scenario.seed);
    let begun = std::time::Instant::now();
    let outcome = runtime.block_on(simulate(scenario));
    Outcome { elapsed: begun.elapsed(), ..outcome }
}

async fn simulate(scenario: Scenario) -> Outcome {
    let state = Arc::new(SharedState::new(scenario));
    let mut processes: Vec<Process> = (0..scenario.processes).map(|number| Process::start(&state, number)).collect();
    if scenario.faults == Faults::Restart {
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            if let Some((begin, end)) = state.outage {
                sleep_until(begin + (end - begin) / 2).await;
                state.store.clear();
            }
        });
    }
    let end = state.start + scenario.duration;
    if scenario.faults == Faults::Kills {
        kill_some(&state, &mut processes, end).await;
    }
    sleep_until(end).await;
    // Nothing is settled any more, and nobody asks.
    processes.into_iter().for_each(Process::kill);
    outcome(&state, end)
}

/// Kills processes at random times until the end, and starts them anew.
async fn kill_some(state: &Arc<SharedState>, processes: &mut [Process], end: Instant) {
    let kills = f64::from(state.scenario.processes) * KILLS_PER_PROCESS;
    let mut rng = Rng::with_seed(!state.scenario.seed);
    loop {
        let pause = state.scenario.duration.mul_f64(2.0 * rng.f64() / kills);
        if Instant::now() + pause >= end {
            return;
        }
        sleep(pause).await;
        let victim = rng.usize(..processes.len());
        let new = Process::start(state, victim as u32);
        std::mem::replace(&mut processes[victim], new).kill();
    }
}

fn outcome(state: &SharedState, end: Instant) -> Outcome {
    let (mut vendor, mut statistics) = (state.vendor(), state.statistics());
    let (worst_by_account, worst_by_email) = vendor.worst();
    Outcome {
        seed: state.scenario.seed,
        calls: statistics.calls,
        worst_by_account,
        worst_by_email,
        used: used_share(&vendor, state.start + WARM_UP, end),
        backlog_fairness: statistics.fairness(Load::Backlog),
        overload_fairness: statistics.fairness(Load::Overload),
        backlog_waits: statistics.waits(Load::Backlog),
        overload_waits: statistics.waits(Load::Overload),
        light_waits: statistics.waits(Load::Light),
        refused: statistics.refused,
        saturated_asks_per_attempt: statistics.saturated_asks_per_attempt(),
        store_failures: statistics.store_failures,
        events: statistics.asks + statistics.settlements + 3 * statistics.attempts,
        elapsed: Duration::ZERO,
    }
}

/// Returns the part of the budget of the saturated accounts that was used. Arrivals come in bursts, so whole intervals are
/// counted.
fn used_share(vendor: &Vendor, start: Instant, end: Instant) -> f64 {
    let intervals = (end - start).as_secs() / u64::from(PER_ACCOUNT.per_seconds);
    let end = start + Duration::from_secs(intervals * u64::from(PER_ACCOUNT.per_seconds));
    let used: usize = saturated_accounts().map(|account| vendor.arrivals_between(account, start, end)).sum();
    let budget = u64::from(PER_ACCOUNT.requests) * intervals * saturated_accounts().len() as u64;
    used as f64 / budget as f64
}
