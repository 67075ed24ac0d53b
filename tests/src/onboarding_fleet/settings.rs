use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Settings of a run.
#[derive(Debug, Clone)]
pub struct OnboardingFleetSettings {
    /// Number of tenants.
    pub tenants: usize,
    /// Number of processes.
    pub processes: u32,
    /// Number of tenants that a process works on at once.
    pub workers: usize,
    /// Decides ids, faults and the processes that are killed.
    pub seed: u64,
    /// Time between two kills; `None` if no process is killed.
    pub kill_every: Option<Duration>,
    /// Probability of a fault in a call.
    pub fault_probability: f64,
    /// `true` if the database is restarted twice, once after a kill.
    pub restarts: bool,
    /// Times of the processes.
    pub times: ProcessTimes,
}

/// Times of a process, shorter than those of a real one.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ProcessTimes {
    /// Time after which another process goes on with the tenant of one that is gone.
    pub lease: Duration,
    /// Time in which a failed call may still take effect.
    pub settle: Duration,
    /// Longest time for an attempt of a call.
    pub attempt_timeout: Duration,
    /// Delay after the first failed attempt of a step or a call.
    pub initial_backoff: Duration,
    /// Delay before a tenant whose onboarding failed is tried again.
    pub retry_delay: Duration,
    /// Time for which a statement is repeated while the database can't be reached.
    pub max_outage: Duration,
}

impl Default for ProcessTimes {
    /// Returns times that are those of a real process, divided by 100 or so.
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(3),
            settle: Duration::from_millis(300),
            attempt_timeout: Duration::from_millis(1400),
            initial_backoff: Duration::from_millis(20),
            retry_delay: Duration::from_millis(200),
            max_outage: Duration::from_secs(60),
        }
    }
}
