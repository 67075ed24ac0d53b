use tokio_postgres::types::Type;

use super::dead_letter::DeadLetter;
use super::journal::PostgresJournal;
use super::queue_status::QueueStatus;
use super::{row, stored_resource};
use crate::entry::Entry;
use crate::identity::normalize;
use crate::journal_error::JournalError;

const STATUS: &str = include_str!("sql/status.sql");
const DEAD: &str = include_str!("sql/dead.sql");
const REQUEUE: &str = include_str!("sql/requeue.sql");
const ENTRIES: &str = include_str!("sql/entries.sql");
const TENANT_ID: &str = include_str!("sql/tenant_id.sql");

impl PostgresJournal {
    /// Returns the numbers of the tenants of all processes.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the database can't be read.
    pub async fn status(&self) -> Result<QueueStatus, JournalError> {
        let row = row::only(self.0.database.query_long(STATUS, &[(&self.0.account, Type::INT4)]).await?)?;
        Ok(QueueStatus {
            ready: row::count(&row, "ready")?,
            delayed: row::count(&row, "delayed")?,
            claimed: row::count(&row, "claimed")?,
            done: row::count(&row, "done")?,
            dead: row::count(&row, "dead")?,
            without_data: row::count(&row, "without_data")?,
            doubts: row::count(&row, "doubts")?,
            fenced: row::count(&row, "fenced")?,
        })
    }

    /// Returns the tenants that need an operator, the oldest first.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the database can't be read.
    pub async fn dead(&self) -> Result<Vec<DeadLetter>, JournalError> {
        let rows = self.0.database.query_long(DEAD, &[(&self.0.account, Type::INT4)]).await?;
        let mut dead = Vec::with_capacity(rows.len());
        for row in &rows {
            let kinds: Vec<String> = row::column(row, "kinds")?;
            let ids: Vec<String> = row::column(row, "ids")?;
            dead.push(DeadLetter {
                tenant: row::column(row, "identity")?,
                name: row::column(row, "name")?,
                error: row::column(row, "error")?,
                at: row::column(row, "at")?,
                resources: kinds.iter().zip(&ids).map(|(kind, id)| stored_resource::description(kind, id)).collect(),
            });
        }
        Ok(dead)
    }

    /// Makes dead letters ready again: these tenants', by e-mail address, or all. Returns their number.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the database can't be written.
    pub async fn requeue(&self, tenants: Option<&[String]>) -> Result<u64, JournalError> {
        // No tenant has NUL in its address.
        let identities: Option<Vec<String>> = tenants.map(|tenants| {
            tenants.iter().map(|tenant| normalize(tenant)).filter(|identity| !identity.contains('\0')).collect()
        });
        let parameters = [(&self.0.account as _, Type::INT4), (&identities as _, Type::TEXT_ARRAY)];
        let rows = self.0.database.query_long(REQUEUE, &parameters).await?;
        Ok(rows.len() as u64)
    }

    /// Returns the entries of a tenant with their secrets, the oldest first. Those of processes that had lost the tenant are
    /// not among them.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the database can't be read, or a secret can't be opened.
    pub async fn entries(&self, tenant: &str) -> Result<Vec<Entry>, JournalError> {
        let identity = normalize(tenant).replace('\0', "\u{fffd}");
        let parameters = [(&self.0.account as _, Type::INT4), (&identity as _, Type::TEXT)];
        let rows = self.0.database.query(ENTRIES, &parameters).await?;
        let mut entries = Vec::with_capacity(rows.len());
        for row in &rows {
            entries.push(self.open(&identity, row::column(row, "number")?, row).await?);
        }
        Ok(entries)
    }

    /// Returns the row of a tenant.
    pub(super) async fn tenant_id(&self, identity: &str) -> Result<Option<i64>, JournalError> {
        let parameters = [(&self.0.account as _, Type::INT4), (&identity as _, Type::TEXT)];
        let rows = self.0.database.query(TENANT_ID, &parameters).await?;
        Ok(rows.first().map(|row| row::column(row, "id")).transpose()?)
    }
}
