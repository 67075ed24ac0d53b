use std::fmt;
use std::path::Path;

use super::builder::PostgresJournalBuilder;
use super::dead_letter::DeadLetter;
use super::queue_status::QueueStatus;
use crate::entry::{Entry, Resource};
use crate::error::OnboardingError;
use crate::journal::{Claim, Journal};
use crate::journal_error::JournalError;
use crate::tenant::Tenant;
use crate::tenant_queue::{ClaimedTenants, TenantQueue};

/// Journal on Postgres, for tenants that several processes work through together. Clones share its connections and claims.
#[derive(Clone)]
pub struct PostgresJournal {}

/// Result of [`PostgresJournal::enqueue`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct EnqueuedTenants {
    /// Tenants that are new.
    pub added: u64,
    /// Tenants whose data changed. A dead letter among them is ready again.
    pub changed: u64,
    /// Tenants that were there with the same data.
    pub unchanged: u64,
}

impl PostgresJournal {
    /// Creates a builder for the database at a URL, such as `postgres://user@host/database?sslmode=require`. `servers`
    /// describes the servers and the partner; journals with different ones do not know of each other.
    pub fn builder(url: impl AsRef<str>, servers: impl Into<String>) -> PostgresJournalBuilder {
        let _ = (url.as_ref(), servers.into());
        todo!()
    }

    /// Adds tenants, in one transaction.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the database can't be written.
    pub async fn enqueue(&self, tenants: &[Tenant]) -> Result<EnqueuedTenants, JournalError> {
        let _ = tenants;
        todo!()
    }

    /// Returns the numbers of the tenants of all processes.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the database can't be read.
    pub async fn status(&self) -> Result<QueueStatus, JournalError> {
        todo!()
    }

    /// Returns the tenants that need an operator, the oldest first.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the database can't be read.
    pub async fn dead(&self) -> Result<Vec<DeadLetter>, JournalError> {
        todo!()
    }

    /// Makes dead letters ready again: these tenants', by e-mail address, or all. Returns their number.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the database can't be written.
    pub async fn requeue(&self, tenants: Option<&[String]>) -> Result<u64, JournalError> {
        let _ = tenants;
        todo!()
    }

    /// Returns the entries of a tenant with their secrets, the oldest first.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the database can't be read, or a secret can't be opened.
    pub async fn entries(&self, tenant: &str) -> Result<Vec<Entry>, JournalError> {
        let _ = tenant;
        todo!()
    }

    /// Takes over the journal of a single process, which is renamed to `FILE.imported` so that nobody goes on with it. Returns
    /// the number of its tenants.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the file can't be read, is in use, is about other servers, or has a tenant that the database
    /// has with other entries. Nothing is changed then.
    pub async fn import(&self, file: impl AsRef<Path>) -> Result<u64, JournalError> {
        let _ = file;
        todo!()
    }

    /// Writes all entries with their secrets into a new journal of a single process, readable by its owner only. Returns the
    /// number of tenants.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the database can't be read, a secret can't be opened, or the file exists.
    pub async fn export(&self, file: impl AsRef<Path>) -> Result<u64, JournalError> {
        let _ = file;
        todo!()
    }

    /// Seals again what was not sealed with the current key, so that older keys can be given up. Returns the number of secrets.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the database can't be written, or a secret can't be opened.
    pub async fn reseal(&self) -> Result<u64, JournalError> {
        todo!()
    }

    /// Returns the numbered SQL scripts that make the schema, for an administrator who applies them.
    pub fn migrations() -> &'static [(&'static str, &'static str)] {
        todo!()
    }
}

impl Journal for PostgresJournal {
    async fn begin(&self, tenant: &str) -> Result<Claim, JournalError> {
        let _ = tenant;
        todo!()
    }

    async fn record(&self, tenant: &str, entry: &Entry) -> Result<(), JournalError> {
        let _ = (tenant, entry);
        todo!()
    }

    async fn holder(&self, resource: &Resource) -> Result<Option<String>, JournalError> {
        let _ = resource;
        todo!()
    }

    async fn end(&self, tenant: &str, result: &Result<(), OnboardingError>) -> Result<(), JournalError> {
        let _ = (tenant, result);
        todo!()
    }
}

impl TenantQueue for PostgresJournal {
    async fn claim(&self, most: usize) -> Result<ClaimedTenants, JournalError> {
        let _ = most;
        todo!()
    }
}

impl fmt::Debug for PostgresJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresJournal").finish_non_exhaustive()
    }
}
