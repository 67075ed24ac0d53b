use std::path::PathBuf;
use std::time::Duration;

use zapsign_api::Secret;

use super::journal::PostgresJournal;
use crate::journal_error::JournalError;
use crate::seal::Seal;

/// Builder of a [`PostgresJournal`].
pub struct PostgresJournalBuilder {}

impl PostgresJournalBuilder {
    /// Sets the password, in place of one in the URL.
    #[must_use]
    pub fn password(self, password: impl Into<Secret>) -> Self {
        let _ = password.into();
        self
    }

    /// Sets how secrets are sealed. This or [`PostgresJournalBuilder::unsealed`] is needed.
    #[must_use]
    pub fn seal(self, seal: impl Seal) -> Self {
        let _ = seal;
        self
    }

    /// Writes keys and tokens as they are, readable by everybody who can read the database or a copy of it.
    #[must_use]
    pub fn unsealed(self) -> Self {
        self
    }

    /// Sets the duration of a lease: the time after which another process goes on with the tenant of one that is gone.
    /// Default 5 minutes. Half of it must be longer than an attempt of the clients.
    #[must_use]
    pub fn lease(self, lease: Duration) -> Self {
        let _ = lease;
        self
    }

    /// Sets the name of this process, which others see for its tenants; default is made of machine and process id.
    #[must_use]
    pub fn process(self, name: impl Into<String>) -> Self {
        let _ = name.into();
        self
    }

    /// Sets the maximum number of connections; default 4.
    #[must_use]
    pub fn max_connections(self, connections: usize) -> Self {
        let _ = connections;
        self
    }

    /// Sets the time for which a statement is repeated while the database can't be reached; default 5 minutes. After it, the
    /// run stops.
    #[must_use]
    pub fn max_outage(self, outage: Duration) -> Self {
        let _ = outage;
        self
    }

    /// Sets the folder for responses that can't be written while the database can't be reached, sealed as in the database.
    /// They are written to it by the next process that uses the folder. Default: they are kept in memory only.
    #[must_use]
    pub fn spool(self, folder: impl Into<PathBuf>) -> Self {
        let _ = folder.into();
        self
    }

    /// Sets the delay before a tenant whose onboarding failed is tried again, before jitter. It doubles with each failure, up
    /// to an hour. Default 30 s.
    #[must_use]
    pub fn initial_backoff(self, backoff: Duration) -> Self {
        let _ = backoff;
        self
    }

    /// Sets the number of failures in a row after which a tenant is a dead letter; default 10.
    #[must_use]
    pub fn max_failures(self, failures: u32) -> Self {
        let _ = failures;
        self
    }

    /// Connects, and brings the schema up to date.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the settings are invalid, the database can't be reached, or its schema is newer.
    pub async fn connect(self) -> Result<PostgresJournal, JournalError> {
        todo!()
    }
}
