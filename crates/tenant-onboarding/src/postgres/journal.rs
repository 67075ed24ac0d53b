use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::database::Database;
use super::held_tenants::{HeldTenant, HeldTenants};
use super::sealed_entry::EntrySealer;
use super::settings::Settings;
use super::spool::Spool;
use crate::entry::{Entry, Resource};
use crate::error::OnboardingError;
use crate::journal::{Claim, Journal, SharedListing};
use crate::journal_error::JournalError;
use crate::tenant_queue::{ClaimedTenants, TenantQueue};

/// Longest identity in bytes; an e-mail address has 254 at most.
const LONGEST_IDENTITY: usize = 1000;

/// Journal on Postgres, for tenants that several processes work through together. Clones share its connections and claims.
///
/// The times of leases and turns are those of the database's clock.
#[derive(Clone)]
pub struct PostgresJournal(pub(super) Arc<JournalState>);

/// State that the clones of a journal share.
pub(super) struct JournalState {
    pub(super) database: Database,
    /// Row of servers and partner.
    pub(super) account: i32,
    pub(super) servers: String,
    pub(super) sealer: EntrySealer,
    pub(super) spool: Option<Spool>,
    /// Files of the spool that could not be read or written, each with the reason.
    pub(super) spool_faults: OnceLock<Vec<String>>,
    pub(super) settings: Settings,
    pub(super) held: HeldTenants,
    /// Number that tells this journal from every other one, also of the same process.
    pub(super) instance: u64,
    pub(super) claims: AtomicU64,
}

impl PostgresJournal {
    /// Returns the text of a new claim, by which the database knows it.
    pub(super) fn new_claim(&self) -> String {
        format!("{:016x}-{}", self.0.instance, self.0.claims.fetch_add(1, Ordering::Relaxed))
    }

    /// Returns the claim of a tenant.
    pub(super) fn held(&self, tenant: &str) -> Option<Arc<HeldTenant>> {
        self.0.held.get(tenant)
    }

    /// Returns the duration of a lease in seconds.
    pub(super) fn lease_seconds(&self) -> f64 {
        self.0.settings.lease.as_secs_f64()
    }
}

/// Checks that a text can be the identity of a tenant.
///
/// # Errors
///
/// [`JournalError::Invalid`].
pub(super) fn check_identity(identity: &str) -> Result<(), JournalError> {
    let length = identity.len();
    if identity.is_empty() {
        return Err(JournalError::Invalid("the tenant has no e-mail address; give it one".to_owned()));
    }
    if identity.contains('\0') {
        return Err(JournalError::Invalid("the e-mail address of the tenant contains NUL; correct it".to_owned()));
    }
    if length > LONGEST_IDENTITY {
        return Err(JournalError::Invalid(format!(
            "the e-mail address of the tenant has {length} bytes, and {LONGEST_IDENTITY} are the maximum; correct it"
        )));
    }
    Ok(())
}

impl Journal for PostgresJournal {
    async fn begin(&self, tenant: &str) -> Result<Claim, JournalError> {
        self.claim_tenant(tenant).await
    }

    async fn record(&self, tenant: &str, entry: &Entry) -> Result<(), JournalError> {
        self.write_entry(tenant, entry).await
    }

    async fn holder(&self, resource: &Resource) -> Result<Option<String>, JournalError> {
        self.read_holder(resource).await
    }

    async fn renew(&self, tenant: &str) -> Result<(), JournalError> {
        self.renew_lease(tenant).await
    }

    async fn end(&self, tenant: &str, result: &Result<(), OnboardingError>) -> Result<(), JournalError> {
        self.end_claim(tenant, result).await
    }

    async fn listing(&self, max_age: Duration) -> Result<SharedListing, JournalError> {
        self.read_listing(max_age).await
    }

    async fn share_listing(&self, text: &str, age: Duration) -> Result<(), JournalError> {
        self.write_listing(text, age).await
    }
}

impl TenantQueue for PostgresJournal {
    async fn claim(&self, most: usize) -> Result<ClaimedTenants, JournalError> {
        self.claim_turns(most).await
    }
}

impl fmt::Debug for PostgresJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresJournal")
            .field("servers", &self.0.servers)
            .field("process", &self.0.settings.process)
            .finish_non_exhaustive()
    }
}
