use tokio_postgres::Row;
use tokio_postgres::types::FromSqlOwned;

use super::database_error::DatabaseError;
use super::sealed_entry::SealedEntry;

/// Returns the only row of a statement that always has one.
pub(super) fn only(rows: Vec<Row>) -> Result<Row, DatabaseError> {
    rows.into_iter().next().ok_or_else(|| DatabaseError::lasting("a statement had no result"))
}

/// Returns a column of a row.
pub(super) fn column<T: FromSqlOwned>(row: &Row, name: &str) -> Result<T, DatabaseError> {
    row.try_get(name).map_err(DatabaseError::from)
}

/// Returns the entry in the columns of a row.
pub(super) fn entry(row: &Row) -> Result<SealedEntry, DatabaseError> {
    Ok(SealedEntry {
        step: column(row, "step")?,
        content: column(row, "content")?,
        sealed: column(row, "sealed")?,
        key_id: column(row, "key_id")?,
    })
}

/// Returns a number of rows.
pub(super) fn count(row: &Row, name: &str) -> Result<u64, DatabaseError> {
    let count: i64 = column(row, name)?;
    Ok(u64::try_from(count).unwrap_or(0))
}
