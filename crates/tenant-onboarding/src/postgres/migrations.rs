use deadpool_postgres::Transaction;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::database::{Database, TransactionFuture};
use super::database_error::DatabaseError;
use super::row;

/// Name and text of each script, in order. One that was released is never changed.
pub(super) const MIGRATIONS: &[(&str, &str)] = &[("0001_queue.sql", include_str!("migrations/0001_queue.sql"))];

/// Lock of those who change the schema: "onboard" in ASCII.
const LOCK: i64 = 0x006f_6e62_6f61_7264;

/// `to_regclass` may answer from a cache that is older than the lock.
const EXISTS: &str = "select exists (select from pg_catalog.pg_tables \
                      where schemaname = 'tenant_onboarding' and tablename = 'migration') as is_there";
const APPLIED: &str = "select coalesce(max(number), 0) as number from tenant_onboarding.migration";
const MISSING_RIGHTS: &str = include_str!("sql/missing_rights.sql");

/// Applies the scripts that the schema lacks, in one transaction.
///
/// # Errors
///
/// If the schema is newer than this program, or the role lacks a right.
pub(super) async fn migrate(database: &Database) -> Result<(), DatabaseError> {
    // Most processes find the schema complete, and need no lock and no right to change it.
    if applied(database).await? == Some(MIGRATIONS.len()) {
        return Ok(());
    }
    database.transaction(|transaction| -> TransactionFuture<'_, ()> { Box::pin(apply(transaction)) }).await
}

/// Checks that the schema has all scripts.
///
/// # Errors
///
/// If scripts are missing, with their names, or the schema is newer than this program.
pub(super) async fn check(database: &Database) -> Result<(), DatabaseError> {
    let applied = applied(database).await?.unwrap_or(0);
    let missing: Vec<&str> = MIGRATIONS.iter().skip(applied).map(|(name, _)| *name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let missing = missing.join(", ");
    Err(DatabaseError::lasting(format!(
        "its schema lacks {missing}: apply the scripts of `PostgresJournal::migrations`, each in one transaction, or connect \
         without `migrate(false)`"
    )))
}

/// Checks that the role may read and write the tables.
///
/// # Errors
///
/// If it lacks rights, with their names.
pub(super) async fn check_rights(database: &Database) -> Result<(), DatabaseError> {
    let rows = database.query(MISSING_RIGHTS, &[]).await?;
    let missing: Vec<String> = rows.iter().map(|row| row::column(row, "missing")).collect::<Result<_, _>>()?;
    if missing.is_empty() {
        return Ok(());
    }
    let missing = missing.join(", ");
    Err(DatabaseError::lasting(format!("the role lacks rights; let an administrator grant {missing}")))
}

/// Returns the number of applied scripts; `None` if there is no schema.
async fn applied(database: &Database) -> Result<Option<usize>, DatabaseError> {
    let exists = database.query(EXISTS, &[]).await?;
    if !is_there(exists)? {
        return Ok(None);
    }
    number(database.query(APPLIED, &[]).await?).map(Some)
}

async fn apply(transaction: &Transaction<'_>) -> Result<(), DatabaseError> {
    transaction.query_typed("select pg_advisory_xact_lock($1)", &[(&LOCK, Type::INT8)]).await?;
    let applied = match is_there(transaction.query_typed(EXISTS, &[]).await?)? {
        false => 0,
        true => number(transaction.query_typed(APPLIED, &[]).await?)?,
    };
    for (_, script) in MIGRATIONS.iter().skip(applied) {
        transaction.batch_execute(script).await?;
    }
    Ok(())
}

fn is_there(rows: Vec<Row>) -> Result<bool, DatabaseError> {
    row::column(&row::only(rows)?, "is_there")
}

fn number(rows: Vec<Row>) -> Result<usize, DatabaseError> {
    let number: i32 = row::column(&row::only(rows)?, "number")?;
    let number = usize::try_from(number).unwrap_or(0);
    let known = MIGRATIONS.len();
    if number > known {
        return Err(DatabaseError::lasting(format!(
            "its schema has the number {number}, and this program knows {known}: use a newer version of the program"
        )));
    }
    Ok(number)
}
