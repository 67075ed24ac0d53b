//! Figures of a run.

use std::collections::HashMap;
use std::time::Duration;

use api_runtime::RateLimitRule;

use crate::jain_index::jain_index;
use crate::load::{Load, PER_ACCOUNT, PER_EMAIL, load_of, saturated_accounts};

/// Counters while a run goes on.
pub(crate) struct Statistics {
    processes: u32,
    /// Times from the beginning of a call to its first attempt.
    waits: HashMap<Load, Vec<Duration>>,
    /// Attempts of each process, by saturated account.
    attempts_by_process: HashMap<u32, Vec<u32>>,
    pub(crate) calls: u64,
    pub(crate) attempts: u64,
    pub(crate) refused: u64,
    pub(crate) asks: u64,
    /// Requests to the store for slots of saturated accounts.
    saturated_asks: u64,
    pub(crate) settlements: u64,
    pub(crate) store_failures: u64,
}

impl Statistics {
    pub(crate) fn new(processes: u32) -> Self {
        let attempts_by_process = saturated_accounts().map(|account| (account, vec![0; processes as usize])).collect();
        Self {
            processes,
            waits: HashMap::new(),
            attempts_by_process,
            calls: 0,
            attempts: 0,
            refused: 0,
            asks: 0,
            saturated_asks: 0,
            settlements: 0,
            store_failures: 0,
        }
    }

    /// Counts a request to the store for slots of an account.
    pub(crate) fn ask(&mut self, account: u32) {
        self.asks += 1;
        self.saturated_asks += u64::from(saturated_accounts().contains(&account));
    }

    /// Counts an attempt, which a process sends now.
    pub(crate) fn attempt(&mut self, account: u32, process: u32) {
        self.attempts += 1;
        if let Some(processes) = self.attempts_by_process.get_mut(&account) {
            processes[process as usize] += 1;
        }
    }

    /// Counts the wait of a call.
    pub(crate) fn wait(&mut self, account: u32, wait: Duration) {
        self.waits.entry(load_of(account)).or_default().push(wait);
    }

    /// Returns the mean number of requests to the store for an attempt at a saturated account.
    pub(crate) fn saturated_asks_per_attempt(&self) -> f64 {
        let attempts: u32 = self.attempts_by_process.values().flatten().sum();
        self.saturated_asks as f64 / f64::from(attempts)
    }

    /// Returns the lowest figures of fairness of the accounts with this load.
    pub(crate) fn fairness(&self, load: Load) -> Fairness {
        let of_load = self.attempts_by_process.iter().filter(|(account, _)| load_of(**account) == load);
        let of_account = |shares: &Vec<u32>| {
            let mean = f64::from(shares.iter().sum::<u32>()) / f64::from(self.processes);
            let least = shares.iter().copied().min().unwrap_or_default();
            Fairness { jain: jain_index(shares), least_share: f64::from(least) / mean }
        };
        let lower = |one: Fairness, other: Fairness| Fairness {
            jain: one.jain.min(other.jain),
            least_share: one.least_share.min(other.least_share),
        };
        of_load.map(|(_, shares)| of_account(shares)).reduce(lower).unwrap_or_default()
    }

    /// Returns the distribution of the waits of calls to accounts with this load.
    pub(crate) fn waits(&mut self, load: Load) -> Waits {
        self.waits.get_mut(&load).map(|waits| Waits::of(waits)).unwrap_or_default()
    }
}

/// Distribution of the attempts at an account over the processes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Fairness {
    /// Jain's index: 1 if all processes have as many.
    pub jain: f64,
    /// Smallest number of a process, as a multiple of the mean.
    pub least_share: f64,
}

/// Distribution of waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waits {
    /// Median.
    pub p50: Duration,
    /// Wait that one call of a hundred exceeds.
    pub p99: Duration,
    /// Longest wait.
    pub max: Duration,
}

impl Waits {
    fn of(waits: &mut [Duration]) -> Self {
        waits.sort_unstable();
        let at = |part: f64| waits.get((waits.len() as f64 * part) as usize).copied().unwrap_or_default();
        Self { p50: at(0.5), p99: at(0.99), max: waits.last().copied().unwrap_or_default() }
    }
}

/// Figures of a run that has ended.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// Seed of the run.
    pub seed: u64,
    /// Calls that have begun.
    pub calls: u64,
    /// Largest number of arrivals at one account in any of its intervals.
    pub worst_by_account: usize,
    /// Largest number of arrivals about one e-mail address in any of its intervals.
    pub worst_by_email: usize,
    /// Part of the budget of the saturated accounts that was used, after the first interval.
    pub used: f64,
    /// Fairness at accounts that all processes have a backlog for, the lowest.
    pub backlog_fairness: Fairness,
    /// Fairness at accounts with more new calls than the limit lets through, the lowest.
    pub overload_fairness: Fairness,
    /// Waits of calls to accounts that all processes have a backlog for.
    pub backlog_waits: Waits,
    /// Waits of calls to accounts with more new calls than the limit lets through.
    pub overload_waits: Waits,
    /// Waits of calls to accounts with a light load.
    pub light_waits: Waits,
    /// Calls that were refused because no slot would be free in time.
    pub refused: u64,
    /// Requests to the store for slots, for each attempt at a saturated account.
    pub saturated_asks_per_attempt: f64,
    /// Requests to the store for slots that failed.
    pub store_failures: u64,
    /// Events: requests to the store, sendings, arrivals, answers.
    pub events: u64,
    /// Real time that the run took.
    pub elapsed: Duration,
}

impl Outcome {
    /// Returns `true` if no interval has more arrivals than this multiple of its limit.
    pub fn keeps_limits(&self, multiple: usize) -> bool {
        let within = |worst: usize, rule: RateLimitRule| worst <= rule.requests as usize * multiple;
        within(self.worst_by_account, PER_ACCOUNT) && within(self.worst_by_email, PER_EMAIL)
    }
}
