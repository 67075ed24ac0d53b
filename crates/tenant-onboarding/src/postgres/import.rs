use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Transaction;
use tokio_postgres::types::Type;

use super::database::{Parameter, TransactionFuture};
use super::database_error::DatabaseError;
use super::journal::{JournalState, PostgresJournal};
use super::row;
use super::sealed_entry::{EntrySealer, SealedEntry, is_same};
use super::stored_resource;
use crate::entry::{Entry, Resource};
use crate::identity::normalize;
use crate::journal_error::JournalError;
use crate::journal_file::{self, Line, LockedFile};

const ADD_TENANTS: &str = include_str!("sql/import_add_tenants.sql");
const LOCK_TENANTS: &str = include_str!("sql/import_lock_tenants.sql");
const FIND_ENTRIES: &str = include_str!("sql/entries_of_tenants.sql");
const FIND_CONFLICT: &str = include_str!("sql/import_find_conflict.sql");
const ADD_RESOURCES: &str = include_str!("sql/import_add_resources.sql");
const ADD_ENTRIES: &str = include_str!("sql/import_add_entries.sql");
const SET_PROGRESS: &str = include_str!("sql/import_set_progress.sql");

/// Time for the transaction: 100,000 tenants take about a minute.
const LONGEST_IMPORT: Duration = Duration::from_secs(3600);
/// Tenants of one round of statements.
const BATCH: usize = 500;
/// End of the name of a file that was imported.
const IMPORTED: &str = "imported";

/// Tenant of a file.
#[derive(Clone)]
struct ImportedTenant {
    identity: String,
    entries: Vec<Entry>,
    rows: Vec<SealedEntry>,
}

impl PostgresJournal {
    /// Takes over the journal of a single process in one transaction. The file is renamed to `FILE.imported`, and in its place
    /// is one that no run accepts, so that nobody goes on with it. Returns the number of its tenants.
    ///
    /// Tenants that the database has with the same entries, or with these and later ones, stay as they are, so that a file may be
    /// imported again. A tenant gets its turn once it is [enqueued](PostgresJournal::enqueue).
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the file can't be read, is in use, is about other servers, or has a tenant that the database
    /// has with other entries, or that a process has at present. Nothing is changed then.
    pub async fn import(&self, file: impl AsRef<Path>) -> Result<u64, JournalError> {
        let file = file.as_ref();
        let broken = |fault: String| JournalError::Broken(format!("{}: {fault}", file.display()));
        let path = std::path::absolute(file).map_err(|error| broken(error.to_string()))?;
        let JournalState { database, account, servers, sealer, .. } = &*self.0;
        // The lock is held until the end, so that no run goes on with the file meanwhile.
        let (_lock, lines) = read(&path, servers).await.map_err(broken)?;
        let new_path = new_path(&path).map_err(broken)?;
        let tenants: Arc<[ImportedTenant]> = seal(sealer, lines).await.map_err(broken)?.into();
        database
            .transaction_within(LONGEST_IMPORT, |transaction| -> TransactionFuture<'_, ()> {
                let (tenants, sealer, account) = (tenants.clone(), sealer.clone(), *account);
                Box::pin(async move {
                    for batch in tenants.chunks(BATCH) {
                        write(transaction, &sealer, account, batch).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        if let Some(new_path) = new_path {
            journal_file::retire(&path, &new_path, servers).map_err(|error| {
                let fault = "its entries are in the database, but it can't be renamed; rename it, so that no run goes on with it";
                broken(format!("{fault}: {error}"))
            })?;
        }
        Ok(tenants.len() as u64)
    }
}

/// Returns the path that the file gets; `None` if it has it already.
fn new_path(path: &Path) -> Result<Option<PathBuf>, String> {
    if path.extension().is_some_and(|extension| extension == IMPORTED) {
        return Ok(None);
    }
    let mut new_path = path.as_os_str().to_owned();
    new_path.push(".");
    new_path.push(IMPORTED);
    let new_path = PathBuf::from(new_path);
    match new_path.symlink_metadata() {
        Ok(_) => Err(format!("there is a file {}; move it elsewhere", new_path.display())),
        Err(_) => Ok(Some(new_path)),
    }
}

async fn read(path: &Path, servers: &str) -> Result<(LockedFile, Vec<Line>), String> {
    let (path, servers) = (path.to_owned(), servers.to_owned());
    let read = move || journal_file::open_existing(&path, &servers);
    let read = tokio::task::spawn_blocking(read).await.map_err(|_| "the runtime ends".to_owned())?;
    read.map(|(lock, lines, _)| (lock, lines))
}

/// Gathers the entries of each tenant, in the order of the file.
async fn seal(sealer: &EntrySealer, lines: Vec<Line>) -> Result<Vec<ImportedTenant>, String> {
    let mut tenants: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    for Line { tenant, entry } in lines {
        tenants.entry(normalize(&tenant)).or_default().push(entry);
    }
    let mut sealed = Vec::with_capacity(tenants.len());
    for (identity, entries) in tenants {
        let mut rows = Vec::with_capacity(entries.len());
        for (number, entry) in (1..).zip(&entries) {
            rows.push(sealer.seal(&identity, number, entry).await.map_err(|error| error.to_string())?);
        }
        sealed.push(ImportedTenant { identity, entries, rows });
    }
    Ok(sealed)
}

/// Writes a batch of tenants, except those whose entries are there already.
async fn write(
    transaction: &Transaction<'_>,
    sealer: &EntrySealer,
    account: i32,
    batch: &[ImportedTenant],
) -> Result<(), DatabaseError> {
    let identities: Vec<&str> = batch.iter().map(|tenant| tenant.identity.as_str()).collect();
    let parameters: [Parameter<'_>; 2] = [(&account, Type::INT4), (&identities, Type::TEXT_ARRAY)];
    transaction.query_typed(ADD_TENANTS, &parameters).await?;
    let locked = transaction.query_typed(LOCK_TENANTS, &parameters).await?;
    let tenants: HashMap<&str, &ImportedTenant> =
        batch.iter().map(|tenant| (tenant.identity.as_str(), tenant)).collect();
    let mut new = BTreeMap::new();
    let mut there = BTreeMap::new();
    for row in &locked {
        let (id, identity): (i64, &str) = (row.try_get("id")?, row.try_get("identity")?);
        let tenant = *tenants.get(identity).ok_or_else(|| DatabaseError::lasting("a query had a strange result"))?;
        if row.try_get::<_, i64>("entries")? > 0 {
            there.insert(id, tenant);
        } else if row.try_get("is_claimed")? {
            return Err(refusal(&tenant.identity, "a process has it at present; stop the processes, and import again"));
        } else {
            new.insert(id, tenant);
        }
    }
    compare(transaction, sealer, &there).await?;
    add(transaction, account, &new).await
}

/// Checks that the database has the same entries as the file, and maybe later ones.
async fn compare(
    transaction: &Transaction<'_>,
    sealer: &EntrySealer,
    tenants: &BTreeMap<i64, &ImportedTenant>,
) -> Result<(), DatabaseError> {
    if tenants.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = tenants.keys().copied().collect();
    let rows = transaction.query_typed(FIND_ENTRIES, &[(&ids, Type::INT8_ARRAY)]).await?;
    let mut found: BTreeMap<i64, Vec<Entry>> = BTreeMap::new();
    for row in &rows {
        let (id, number): (i64, i64) = (row.try_get("tenant")?, row.try_get("number")?);
        let Some(tenant) = tenants.get(&id) else { continue };
        let entry = sealer.open(&tenant.identity, number, &row::entry(row)?).await;
        found.entry(id).or_default().push(entry.map_err(|error| DatabaseError::lasting(error.to_string()))?);
    }
    for (id, tenant) in tenants {
        let found = found.remove(id).unwrap_or_default();
        let is_same = tenant.entries.len() <= found.len()
            && tenant.entries.iter().zip(&found).all(|(one, other)| is_same(one, other));
        if !is_same {
            return Err(refusal(&tenant.identity, "the database has other entries than the file"));
        }
    }
    Ok(())
}

async fn add(
    transaction: &Transaction<'_>,
    account: i32,
    tenants: &BTreeMap<i64, &ImportedTenant>,
) -> Result<(), DatabaseError> {
    let resources: Vec<(i64, Resource)> = tenants
        .iter()
        .flat_map(|(id, tenant)| resources(&tenant.entries).into_iter().map(|resource| (*id, resource)))
        .collect();
    let holders: Vec<i64> = resources.iter().map(|(id, _)| *id).collect();
    let (kinds, values): (Vec<&str>, Vec<String>) =
        resources.iter().map(|(_, resource)| stored_resource::to_row(resource)).unzip();
    let parameters: [Parameter<'_>; 4] =
        [(&account, Type::INT4), (&holders, Type::INT8_ARRAY), (&kinds, Type::TEXT_ARRAY), (&values, Type::TEXT_ARRAY)];
    if let Some(conflict) = transaction.query_typed(FIND_CONFLICT, &parameters).await?.first() {
        let (identity, holder): (&str, &str) = (conflict.try_get("identity")?, conflict.try_get("holder")?);
        let (kind, value): (&str, &str) = (conflict.try_get("kind")?, conflict.try_get("value")?);
        return Err(refusal(identity, &format!("{kind} {value:?} belongs to the tenant {holder} of the database")));
    }
    transaction.query_typed(ADD_RESOURCES, &parameters).await?;

    let rows: Vec<(i64, i64, &SealedEntry)> = tenants
        .iter()
        .flat_map(|(id, tenant)| (1..).zip(&tenant.rows).map(|(number, row)| (*id, number, row)))
        .collect();
    let ids: Vec<i64> = rows.iter().map(|(id, ..)| *id).collect();
    let numbers: Vec<i64> = rows.iter().map(|(_, number, _)| *number).collect();
    let steps: Vec<&str> = rows.iter().map(|(.., row)| row.step.as_str()).collect();
    let contents: Vec<&serde_json::Value> = rows.iter().map(|(.., row)| &row.content).collect();
    let sealed: Vec<Option<&[u8]>> = rows.iter().map(|(.., row)| row.sealed.as_deref()).collect();
    let key_ids: Vec<Option<&str>> = rows.iter().map(|(.., row)| row.key_id.as_deref()).collect();
    let parameters: [Parameter<'_>; 6] = [
        (&ids, Type::INT8_ARRAY),
        (&numbers, Type::INT8_ARRAY),
        (&steps, Type::TEXT_ARRAY),
        (&contents, Type::JSONB_ARRAY),
        (&sealed, Type::BYTEA_ARRAY),
        (&key_ids, Type::TEXT_ARRAY),
    ];
    transaction.query_typed(ADD_ENTRIES, &parameters).await?;

    let ids: Vec<i64> = tenants.keys().copied().collect();
    let numbers: Vec<i64> = tenants.values().map(|tenant| tenant.entries.len() as i64).collect();
    let parameters: [Parameter<'_>; 2] = [(&ids, Type::INT8_ARRAY), (&numbers, Type::INT8_ARRAY)];
    transaction.query_typed(SET_PROGRESS, &parameters).await?;
    Ok(())
}

/// Returns the resources that a tenant has after these entries.
fn resources(entries: &[Entry]) -> BTreeSet<Resource> {
    let mut resources = BTreeSet::new();
    for entry in entries {
        if matches!(entry, Entry::Tenant { .. }) {
            resources.retain(|resource| !matches!(resource, Resource::PhoneNumber(_) | Resource::Name(_)));
        }
        resources.extend(entry.claims());
    }
    resources
}

fn refusal(tenant: &str, fault: &str) -> DatabaseError {
    DatabaseError::lasting(format!("nothing was imported, because of the tenant {tenant}: {fault}"))
}
