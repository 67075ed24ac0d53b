use std::time::Duration;

/// Settings of a journal on Postgres.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// Duration of a lease.
    pub(super) lease: Duration,
    /// Name of this process.
    pub(super) process: String,
    /// Time for which a statement is repeated while the database can't be reached.
    pub(super) max_outage: Duration,
    /// Delay after the first failure of a tenant.
    pub(super) initial_backoff: Duration,
    /// Failures in a row after which a tenant is a dead letter.
    pub(super) max_failures: u32,
}

/// Ended leases in a row, without an entry, after which a tenant is a dead letter.
pub(super) const MAX_LOST_LEASES: i32 = 10;

impl Default for Settings {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(5 * 60),
            process: default_process(),
            max_outage: Duration::from_secs(5 * 60),
            initial_backoff: Duration::from_secs(30),
            max_failures: 10,
        }
    }
}

impl Settings {
    /// Returns the time for a statement of one tenant: a lease outlasts several of them.
    pub(super) fn statement_timeout(&self) -> Duration {
        (self.lease / 4).clamp(Duration::from_secs(1), Duration::from_secs(10))
    }
}

/// Returns machine and process id.
fn default_process() -> String {
    let machine = ["HOSTNAME", "COMPUTERNAME"].iter().find_map(|name| std::env::var(name).ok());
    let machine = machine.or_else(|| std::fs::read_to_string("/proc/sys/kernel/hostname").ok());
    let machine = machine.as_deref().map(str::trim).filter(|machine| !machine.is_empty()).unwrap_or("unknown");
    format!("{machine}/{}", std::process::id())
}
