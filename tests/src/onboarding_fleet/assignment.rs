use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tenant_onboarding::{JournalError, PostgresJournal, SealingKeys};
use zapsign_api::Secret;

use super::freeze_point::FreezePoint;
use super::settings::ProcessTimes;
use super::vendor_access::VendorAccess;

/// Task of a process, as it reads it from its input.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Assignment {
    /// Name of the process, another one after each restart.
    pub(super) process: String,
    pub(super) access: VendorAccess,
    pub(super) database: JournalAccess,
    /// Number of tenants that it works on at once.
    pub(super) workers: usize,
    pub(super) times: ProcessTimes,
    /// Limits that it keeps.
    pub(super) limits: ProcessLimits,
    /// Folder for responses that can't be written.
    pub(super) spool: Option<PathBuf>,
    /// Point at which it is stopped.
    pub(super) point: Option<FreezePoint>,
}

/// Limits that a process keeps.
#[derive(Clone, Serialize, Deserialize)]
pub(super) enum ProcessLimits {
    /// None.
    Unlimited,
    /// The scaled ones, together with so many processes over the Redis server at a URL.
    Shared { url: String, processes: u32 },
}

/// Access to the journal.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct JournalAccess {
    pub(super) url: String,
    /// Description of the servers, which tells journals in one database apart.
    pub(super) servers: String,
    /// Keys that seal, as text.
    pub(super) keys: Secret,
}

impl JournalAccess {
    /// Connects to the journal.
    ///
    /// # Errors
    ///
    /// As its builder.
    pub(super) async fn connect(
        &self,
        process: &str,
        times: &ProcessTimes,
        spool: Option<PathBuf>,
    ) -> Result<PostgresJournal, JournalError> {
        let keys = SealingKeys::parse(&self.keys).expect("keys");
        let builder = PostgresJournal::builder(&self.url, self.servers.as_str()).seal(keys).process(process);
        let builder = builder.lease(times.lease).max_outage(times.max_outage).initial_backoff(times.retry_delay);
        // With so many faults, failures in a row are no reason to give up.
        let builder = builder.max_failures(1000);
        match spool {
            Some(folder) => builder.spool(folder).connect().await,
            None => builder.connect().await,
        }
    }
}
