use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Settings of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FleetSettings {
    /// Number of processes.
    pub processes: u32,
    /// Number of calls of each process.
    pub calls: u32,
    /// Number of calls that a process makes at once.
    pub tasks: u32,
    /// Number of requests in a window.
    pub requests: u32,
    /// Length of a window, in seconds.
    pub per_seconds: u32,
    /// Longest time for one attempt, for which the call of a process that dies counts longer.
    pub attempt_timeout: Duration,
    /// Longest time for an answer of the store.
    pub response_timeout: Duration,
    /// `false` if each process keeps the limit alone.
    pub with_store: bool,
    /// `false` if the vendor refuses nothing, so that the count alone shows what was too much.
    pub vendor_refuses: bool,
}
