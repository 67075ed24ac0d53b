//! Check that all processes of a journal have the same sealing keys, before one of them claims a tenant.

use tokio_postgres::types::Type;

use super::database::Database;
use super::repetition::repeat;
use super::row;
use super::sealed_entry::EntrySealer;
use crate::journal_error::JournalError;
use crate::seal::{SealError, Sealed};

const FIND: &str = include_str!("sql/sealing_check.sql");
const ADD: &str = include_str!("sql/add_sealing_check.sql");
const RESEAL: &str = include_str!("sql/reseal_sealing_check.sql");

/// Opens the text that the first process has sealed, or is the first one. A journal that does not seal has nothing to check: it
/// may be that of an operator who needs no secrets.
///
/// # Errors
///
/// [`JournalError::Broken`] if the text was sealed with keys that this journal lacks.
pub(super) async fn check(database: &Database, sealer: &EntrySealer, account: i32) -> Result<(), JournalError> {
    if sealer.check_seals().is_err() {
        return Ok(());
    }
    let outage = database.max_outage();
    let found = match find(database, account).await? {
        Some(found) => found,
        None => {
            let new = repeat(outage, SealError::is_passing, || sealer.seal_check()).await;
            let new = new.map_err(|error| JournalError::Broken(error.to_string()))?;
            add(database, account, &new).await?;
            // That of another process may have come before.
            find(database, account).await?.unwrap_or(new)
        }
    };
    let opened = repeat(outage, SealError::is_passing, || sealer.open_check(&found)).await;
    opened.map_err(|error| {
        let remedy = "give every process the same sealing keys";
        JournalError::Broken(format!("other processes seal with another key; {remedy}: {error}"))
    })
}

/// Seals the text again if it was not sealed with the current key.
pub(super) async fn reseal(database: &Database, sealer: &EntrySealer, account: i32) -> Result<(), JournalError> {
    let Some(found) = find(database, account).await? else { return Ok(()) };
    let resealed = sealer.reseal_check(&found).await;
    let Some(new) = resealed.map_err(|error| JournalError::Broken(error.to_string()))? else { return Ok(()) };
    let parameters = [
        (&account as _, Type::INT4),
        (&found.bytes as _, Type::BYTEA),
        (&new.bytes as _, Type::BYTEA),
        (&new.key_id as _, Type::TEXT),
    ];
    database.query(RESEAL, &parameters).await?;
    Ok(())
}

async fn find(database: &Database, account: i32) -> Result<Option<Sealed>, JournalError> {
    let rows = database.query(FIND, &[(&account, Type::INT4)]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Sealed { key_id: row::column(row, "key_id")?, bytes: row::column(row, "sealed")? }))
}

async fn add(database: &Database, account: i32, check: &Sealed) -> Result<(), JournalError> {
    let parameters = [(&account as _, Type::INT4), (&check.bytes as _, Type::BYTEA), (&check.key_id as _, Type::TEXT)];
    database.query(ADD, &parameters).await?;
    Ok(())
}
