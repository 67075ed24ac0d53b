use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::database::Parameter;
use super::database_error::DatabaseError;
use super::held_tenants::HeldTenant;
use super::journal::PostgresJournal;
use super::repetition::repeat;
use super::row;
use super::sealed_entry::SealedEntry;
use super::spool::{SpooledEntry, SpooledFile};
use super::stored_resource;
use crate::entry::{Entry, Resource};
use crate::journal_error::JournalError;
use crate::lease::LeaseStart;
use crate::seal::SealError;

const RECORD: &str = include_str!("sql/record.sql");
const REFUSE: &str = include_str!("sql/refuse.sql");
const HOLDER: &str = include_str!("sql/holder.sql");

/// Error of a tenant whose entries are missing.
const OLDER: &str = "the database has lost entries that it had acknowledged, as an older copy or a standby without synchronous \
                     replication: stop all processes, compare with the vendors, and requeue";

/// Entry on its way to its row.
struct EntryWrite<'a> {
    tenant: i64,
    claim: &'a str,
    /// Its process is gone, and may have ended the claim.
    is_spooled: bool,
    number: i64,
    fence: i64,
    /// Lease that it renews, in seconds.
    lease: f64,
    row: &'a SealedEntry,
    claims: Vec<Resource>,
    replaced_kinds: &'static [&'static str],
    is_evidence: bool,
}

/// Result of a write.
enum Written {
    /// It is in the log now.
    Now(LeaseStart),
    /// It was in the log, and the claim still is the tenant's.
    Before,
    /// Another tenant has a resource that it claims.
    Held(Resource, String),
    /// The claim is not the tenant's any more. `is_in_log` says that the entry was written before.
    Refused { is_in_log: bool },
    /// The database has lost entries or claims that it had acknowledged.
    Older,
}

impl PostgresJournal {
    /// Writes an entry of a tenant, and renews its lease.
    pub(super) async fn write_entry(&self, tenant: &str, entry: &Entry) -> Result<(), JournalError> {
        // Its claim has ended, and with it all that may be written.
        let held = self.held(tenant).ok_or(JournalError::Fenced)?;
        let mut number = held.next_entry.lock().await;
        let row = self.seal(tenant, *number, entry).await?;
        let write = EntryWrite {
            tenant: held.id,
            claim: &held.claim,
            is_spooled: false,
            number: *number,
            fence: held.fence,
            lease: self.lease_seconds(),
            row: &row,
            claims: entry.claims(),
            replaced_kinds: stored_resource::replaced_kinds(entry),
            is_evidence: entry.is_evidence(),
        };
        let (written, spooled) = self.write_or_spool(tenant, &write, entry.answer().is_some()).await;
        let outcome = match written? {
            Written::Now(start) => {
                *number += 1;
                held.lease.renew(start);
                Ok(())
            }
            Written::Before => {
                *number += 1;
                // The moment of that write's lease is not known.
                self.renew_held(&held).await
            }
            Written::Held(resource, by) => Err(JournalError::Held { resource, by }),
            Written::Refused { is_in_log } => {
                if is_in_log || write.is_evidence {
                    *number += 1;
                }
                held.lease.lose();
                Err(JournalError::Fenced)
            }
            Written::Older => {
                if write.is_evidence {
                    *number += 1;
                }
                Err(self.report_older_copy(tenant, &held).await)
            }
        };
        remove(spooled).await;
        outcome
    }

    /// Writes an entry of a process that is gone, from its spool.
    pub(super) async fn write_spooled(&self, entry: &SpooledEntry) -> Result<(), JournalError> {
        let SpooledEntry { account: _, tenant, claim, fence, number, entry: row } = entry;
        let entry = row.without_secret().map_err(JournalError::Broken)?;
        let id = self.tenant_id(tenant).await?;
        let id = id.ok_or_else(|| JournalError::Broken(format!("the database does not have the tenant {tenant}")))?;
        let write = EntryWrite {
            tenant: id,
            claim,
            is_spooled: true,
            number: *number,
            fence: *fence,
            lease: 0.0,
            row,
            claims: entry.claims(),
            replaced_kinds: stored_resource::replaced_kinds(&entry),
            is_evidence: entry.is_evidence(),
        };
        match self.write(&write).await? {
            Written::Now(_) | Written::Before | Written::Refused { .. } | Written::Older => Ok(()),
            Written::Held(resource, by) => Err(JournalError::Held { resource, by }),
        }
    }

    /// Returns the tenant that has a resource.
    pub(super) async fn read_holder(&self, resource: &Resource) -> Result<Option<String>, JournalError> {
        let (kind, value) = stored_resource::to_row(resource);
        let parameters = [(&self.0.account as _, Type::INT4), (&kind as _, Type::TEXT), (&value as _, Type::TEXT)];
        let rows = self.0.database.query(HOLDER, &parameters).await?;
        Ok(rows.first().map(|row| row::column(row, "identity")).transpose()?)
    }

    /// Writes an entry; a response is put into the spool as soon as the database does not respond, or refuses it: an operator
    /// may mend a changed password or a missing right.
    async fn write_or_spool(
        &self,
        tenant: &str,
        write: &EntryWrite<'_>,
        is_response: bool,
    ) -> (Result<Written, JournalError>, Option<SpooledFile>) {
        let Some(spool) = self.0.spool.as_ref().filter(|_| is_response) else { return (self.write(write).await, None) };
        match self.0.database.query_soon(RECORD, &write.parameters(&write.claimed())).await {
            Ok((start, rows)) => return (self.conclude(write, start, rows).await, None),
            // Another tenant has just taken the resource: the next attempt sees which.
            Err(error) if error.is_unique_violation() => return (self.write(write).await, None),
            Err(_) => {}
        }
        let entry = SpooledEntry {
            account: self.0.servers.clone(),
            tenant: tenant.to_owned(),
            claim: write.claim.to_owned(),
            fence: write.fence,
            number: write.number,
            entry: write.row.clone(),
        };
        // A spool that can't be written leaves it as without one: the response is in memory until the database is back.
        let file = spool.put(&entry).await;
        match (self.write(write).await, file) {
            (Err(JournalError::Broken(fault)), Ok(_)) => {
                let fault = format!("{fault}; the response is in the spool, and written when a process uses it next");
                (Err(JournalError::Broken(fault)), None)
            }
            (Err(JournalError::Broken(fault)), Err(spool)) => {
                (Err(JournalError::Broken(format!("{fault}; nor can the response be kept: {spool}"))), None)
            }
            (written, file) => (written, file.ok()),
        }
    }

    async fn write(&self, write: &EntryWrite<'_>) -> Result<Written, JournalError> {
        let claimed = write.claimed();
        let parameters = write.parameters(&claimed);
        // Another tenant may have just taken the resource: the next attempt sees which.
        let (start, rows) = self.0.database.query_past_conflicts(RECORD, &parameters).await?;
        self.conclude(write, start, rows).await
    }

    /// Reads the result of a write. If nothing was written, finds out why, and keeps what must not be lost.
    async fn conclude(
        &self,
        write: &EntryWrite<'_>,
        start: LeaseStart,
        rows: Vec<Row>,
    ) -> Result<Written, JournalError> {
        let row = row::only(rows)?;
        if row::column(&row, "written")? {
            return Ok(Written::Now(start));
        }
        if let Some(holder) = row::column::<Option<String>>(&row, "holder")? {
            let (kind, value): (String, String) = (row::column(&row, "kind")?, row::column(&row, "value")?);
            let resource = write.claims.iter().find(|claim| {
                let stored = stored_resource::to_row(claim);
                (stored.0, stored.1.as_str()) == (kind.as_str(), value.as_str())
            });
            let resource =
                resource.ok_or_else(|| DatabaseError::lasting("a resource is held that was not asked for"))?;
            return Ok(Written::Held(resource.clone(), holder));
        }
        // The same statement, sent before and given up, or of another process with the same spool, may have just written it.
        let (_, rows) = self.0.database.query_past_conflicts(REFUSE, &write.refuse_parameters()).await?;
        let row = row::only(rows)?;
        let is_in_log: bool = row::column(&row, "already")?;
        let Some(is_held) = row::column::<Option<bool>>(&row, "held")? else {
            return Err(JournalError::Broken("the database has lost the tenant of an entry; restore it".to_owned()));
        };
        if row::column::<Option<bool>>(&row, "older")? == Some(true) {
            return Ok(Written::Older);
        }
        Ok(if is_in_log && is_held { Written::Before } else { Written::Refused { is_in_log } })
    }

    /// Ends the claim of a tenant whose entries are missing, and returns the error.
    pub(super) async fn report_older_copy(&self, tenant: &str, held: &HeldTenant) -> JournalError {
        held.lease.lose();
        // What is missing may be a key that is in use. Nobody goes on with the tenant unasked.
        match self.mark_dead(&[held.id], &held.claim, OLDER).await {
            Ok(()) => JournalError::Broken(format!("the tenant {tenant}: {OLDER}")),
            Err(error) => error,
        }
    }

    async fn seal(&self, tenant: &str, number: i64, entry: &Entry) -> Result<SealedEntry, JournalError> {
        let attempt = || self.0.sealer.seal(tenant, number, entry);
        let sealed = repeat(self.0.settings.max_outage, SealError::is_passing, attempt).await;
        sealed.map_err(|error| JournalError::Broken(error.to_string()))
    }
}

impl EntryWrite<'_> {
    /// Returns kinds and values of the resources that the entry claims.
    fn claimed(&self) -> (Vec<&'static str>, Vec<String>) {
        self.claims.iter().map(stored_resource::to_row).unzip()
    }

    fn parameters<'s>(&'s self, (kinds, values): &'s (Vec<&'static str>, Vec<String>)) -> [Parameter<'s>; 13] {
        [
            (&self.tenant, Type::INT8),
            (&self.claim, Type::TEXT),
            (&self.number, Type::INT8),
            (&self.fence, Type::INT8),
            (&self.lease, Type::FLOAT8),
            (&self.row.step, Type::TEXT),
            (&self.row.content, Type::JSONB),
            (&self.row.sealed, Type::BYTEA),
            (&self.row.key_id, Type::TEXT),
            (kinds, Type::TEXT_ARRAY),
            (values, Type::TEXT_ARRAY),
            (&self.replaced_kinds, Type::TEXT_ARRAY),
            (&self.is_spooled, Type::BOOL),
        ]
    }

    fn refuse_parameters(&self) -> [Parameter<'_>; 9] {
        [
            (&self.tenant, Type::INT8),
            (&self.claim, Type::TEXT),
            (&self.number, Type::INT8),
            (&self.fence, Type::INT8),
            (&self.row.step, Type::TEXT),
            (&self.row.content, Type::JSONB),
            (&self.row.sealed, Type::BYTEA),
            (&self.row.key_id, Type::TEXT),
            (&self.is_evidence, Type::BOOL),
        ]
    }
}

async fn remove(spooled: Option<SpooledFile>) {
    if let Some(file) = spooled {
        // If it stays, writing it once more changes nothing.
        let _ = file.remove().await;
    }
}
