use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Transaction;
use tokio_postgres::types::Type;

use super::database::{Parameter, TransactionFuture};
use super::database_error::DatabaseError;
use super::journal::{JournalState, PostgresJournal};
use super::row;
use super::sealed_entry::EntrySealer;
use crate::journal_error::JournalError;
use crate::journal_file::{Line, NewFile};

/// Makes all pages of one moment.
const ONE_MOMENT: &str = "set transaction isolation level repeatable read, read only";
const UNVERIFIED: &str = include_str!("sql/export_unverified.sql");
const TENANTS: &str = include_str!("sql/export_tenants.sql");
const ENTRIES: &str = include_str!("sql/entries_of_tenants.sql");

const EXISTS: &str = "there is such a file; name a new one";
/// Time for the transaction: 100,000 tenants take half a minute.
const LONGEST_EXPORT: Duration = Duration::from_secs(3600);
/// Tenants of one page.
const PAGE: i64 = 500;

impl PostgresJournal {
    /// Writes all entries with their secrets, as of one moment, into a new journal of a single process, readable by its owner
    /// only. Returns the number of tenants. Stop the processes first if a run is to go on with the file: what they write later is
    /// not in it.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the database can't be read, a secret can't be opened, the file exists, or tenants have entries
    /// of processes that had lost them, and were not looked at since.
    pub async fn export(&self, file: impl AsRef<Path>) -> Result<u64, JournalError> {
        let file = file.as_ref();
        let broken = |fault: String| JournalError::Broken(format!("{}: {fault}", file.display()));
        let path: Arc<Path> = std::path::absolute(file).map_err(|error| broken(error.to_string()))?.into();
        // Checked once more when the file gets its name.
        if path.symlink_metadata().is_ok() {
            return Err(broken(EXISTS.to_owned()));
        }
        let JournalState { database, account, sealer, .. } = &*self.0;
        let written = database.transaction_within(LONGEST_EXPORT, |transaction| -> TransactionFuture<'_, u64> {
            let (path, sealer, account) = (path.clone(), sealer.clone(), *account);
            Box::pin(async move { write(transaction, &sealer, account, &path).await })
        });
        Ok(written.await?)
    }
}

async fn write(
    transaction: &Transaction<'_>,
    sealer: &EntrySealer,
    account: i32,
    path: &Path,
) -> Result<u64, DatabaseError> {
    let in_file = |fault: String| DatabaseError::lasting(format!("{}: {fault}", path.display()));
    transaction.batch_execute(ONE_MOMENT).await?;
    refuse_unverified(transaction, account).await?;
    let mut file = NewFile::create(path, sealer.servers()).map_err(in_file)?;
    let (mut last, mut written): (i64, u64) = (0, 0);
    loop {
        let page: [Parameter<'_>; 3] = [(&account, Type::INT4), (&last, Type::INT8), (&PAGE, Type::INT8)];
        let tenants = transaction.query_typed(TENANTS, &page).await?;
        let Some(end) = tenants.last() else { break };
        let next = end.try_get("id")?;
        let ids: Result<Vec<i64>, _> = tenants.iter().map(|row| row.try_get("id")).collect();
        let ids = ids?;
        for row in &transaction.query_typed(ENTRIES, &[(&ids, Type::INT8_ARRAY)]).await? {
            let (tenant, number): (i64, i64) = (row.try_get("tenant")?, row.try_get("number")?);
            // Both are in the order of their ids.
            let at = ids.binary_search(&tenant).map_err(|_| DatabaseError::lasting("a query had a strange result"))?;
            let identity: &str = tenants[at].try_get("identity")?;
            let entry = sealer.open(identity, number, &row::entry(row)?).await;
            let entry = entry.map_err(|error| DatabaseError::lasting(error.to_string()))?;
            file.append(&Line { tenant: identity.to_owned(), entry }).map_err(in_file)?;
        }
        written += tenants.len() as u64;
        last = next;
    }
    file.persist().map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => in_file(EXISTS.to_owned()),
        _ => in_file(error.to_string()),
    })?;
    Ok(written)
}

/// Refuses while something may exist that only a late entry tells of: the file has no late entries.
async fn refuse_unverified(transaction: &Transaction<'_>, account: i32) -> Result<(), DatabaseError> {
    let row = row::only(transaction.query_typed(UNVERIFIED, &[(&account, Type::INT4)]).await?)?;
    let (tenants, first): (i64, Option<&str>) = (row.try_get("tenants")?, row.try_get("first")?);
    let Some(first) = first else { return Ok(()) };
    Err(DatabaseError::lasting(format!(
        "{tenants} tenants, such as {first}, have entries of processes that had lost them, and are not looked at again since; \
         let a process work through them before the export"
    )))
}
