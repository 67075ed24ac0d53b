use tokio_postgres::types::Type;

use super::database::{Database, Parameter};
use super::database_error::DatabaseError;
use super::journal::{JournalState, PostgresJournal};
use super::sealed_entry::{EntrySealer, SealedEntry};
use super::{row, sealing_check};
use crate::journal_error::JournalError;

const FIND_ENTRIES: &str = include_str!("sql/reseal_find_entries.sql");
const RESEAL_ENTRIES: &str = include_str!("sql/reseal_entries.sql");
const FIND_LATE_ENTRIES: &str = include_str!("sql/reseal_find_late_entries.sql");
const RESEAL_LATE_ENTRIES: &str = include_str!("sql/reseal_late_entries.sql");

/// Secrets of one statement.
const PAGE: i64 = 500;

/// Secrets of a page that were sealed again.
#[derive(Default)]
struct Resealed {
    /// Tenants of entries, or ids of late entries.
    ids: Vec<i64>,
    numbers: Vec<i64>,
    found: Vec<Option<Vec<u8>>>,
    sealed: Vec<Option<Vec<u8>>>,
    key_ids: Vec<Option<String>>,
}

impl PostgresJournal {
    /// Seals again what was not sealed with the current key, also what is not sealed at all, so that older keys can be given up.
    /// Returns the number of secrets. Workers may go on meanwhile, if they have both keys.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if this journal does not seal, the database can't be written, or a secret can't be opened. What
    /// was sealed again until then stays so.
    pub async fn reseal(&self) -> Result<u64, JournalError> {
        let JournalState { database, account, sealer, .. } = &*self.0;
        sealer.check_seals().map_err(|error| JournalError::Broken(error.to_string()))?;
        // Each page is written by itself, so that no row is locked for long.
        let mut changed = reseal_entries(database, sealer, *account).await?;
        changed += reseal_late_entries(database, sealer, *account).await?;
        // At the end, since it keeps processes out that lack the current key.
        sealing_check::reseal(database, sealer, *account).await?;
        Ok(changed)
    }
}

async fn reseal_entries(database: &Database, sealer: &EntrySealer, account: i32) -> Result<u64, DatabaseError> {
    let (mut last, mut changed): ((i64, i64), _) = ((0, 0), 0);
    loop {
        let page: [Parameter<'_>; 4] =
            [(&account, Type::INT4), (&last.0, Type::INT8), (&last.1, Type::INT8), (&PAGE, Type::INT8)];
        let rows = database.query_long(FIND_ENTRIES, &page).await?;
        let Some(end) = rows.last() else { return Ok(changed) };
        last = (end.try_get("tenant")?, end.try_get("number")?);
        let mut resealed = Resealed::default();
        for row in &rows {
            let (tenant, number, identity) = (row.try_get("tenant")?, row.try_get("number")?, row.try_get("identity")?);
            resealed.push(sealer, tenant, number, identity, row::entry(row)?).await?;
        }
        let parameters: [Parameter<'_>; 5] = [
            (&resealed.ids, Type::INT8_ARRAY),
            (&resealed.numbers, Type::INT8_ARRAY),
            (&resealed.found, Type::BYTEA_ARRAY),
            (&resealed.sealed, Type::BYTEA_ARRAY),
            (&resealed.key_ids, Type::TEXT_ARRAY),
        ];
        if !resealed.ids.is_empty() {
            changed += database.query_long(RESEAL_ENTRIES, &parameters).await?.len() as u64;
        }
    }
}

async fn reseal_late_entries(database: &Database, sealer: &EntrySealer, account: i32) -> Result<u64, DatabaseError> {
    let (mut last, mut changed): (i64, _) = (0, 0);
    loop {
        let page: [Parameter<'_>; 3] = [(&account, Type::INT4), (&last, Type::INT8), (&PAGE, Type::INT8)];
        let rows = database.query_long(FIND_LATE_ENTRIES, &page).await?;
        let Some(end) = rows.last() else { return Ok(changed) };
        last = end.try_get("id")?;
        let mut resealed = Resealed::default();
        for row in &rows {
            let (id, number, identity) = (row.try_get("id")?, row.try_get("number")?, row.try_get("identity")?);
            resealed.push(sealer, id, number, identity, row::entry(row)?).await?;
        }
        let parameters: [Parameter<'_>; 4] = [
            (&resealed.ids, Type::INT8_ARRAY),
            (&resealed.found, Type::BYTEA_ARRAY),
            (&resealed.sealed, Type::BYTEA_ARRAY),
            (&resealed.key_ids, Type::TEXT_ARRAY),
        ];
        if !resealed.ids.is_empty() {
            changed += database.query_long(RESEAL_LATE_ENTRIES, &parameters).await?.len() as u64;
        }
    }
}

impl Resealed {
    /// Seals the secret of a row again, if it needs that.
    async fn push(
        &mut self,
        sealer: &EntrySealer,
        id: i64,
        number: i64,
        identity: &str,
        row: SealedEntry,
    ) -> Result<(), DatabaseError> {
        let new = sealer.reseal(identity, number, &row).await;
        let Some(new) = new.map_err(|error| DatabaseError::lasting(error.to_string()))? else { return Ok(()) };
        self.ids.push(id);
        self.numbers.push(number);
        self.found.push(row.sealed);
        self.sealed.push(new.sealed);
        self.key_ids.push(new.key_id);
        Ok(())
    }
}
