use std::collections::HashMap;
use std::time::Duration;

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::database::Parameter;
use super::held_tenants::HeldTenant;
use super::journal::{PostgresJournal, check_identity};
use super::repetition::repeat;
use super::row;
use super::settings::MAX_LOST_LEASES;
use crate::entry::Entry;
use crate::journal::Claim;
use crate::journal_error::JournalError;
use crate::lease::{Lease, LeaseStart};
use crate::progress::Progress;
use crate::seal::SealError;
use crate::tenant::Tenant;
use crate::tenant_queue::ClaimedTenants;

const BEGIN: &str = include_str!("sql/begin.sql");
const CLAIM: &str = include_str!("sql/claim.sql");
const CLAIMED_BEFORE: &str = include_str!("sql/claimed_before.sql");
const CLAIMED_ENTRIES: &str = include_str!("sql/claimed_entries.sql");
const MARK_DEAD: &str = include_str!("sql/mark_dead.sql");
const RELEASE: &str = include_str!("sql/release.sql");
const NEXT_TURN: &str = include_str!("sql/next_turn.sql");

/// Tenants of one claim at most, so that its statement stays short.
const MOST_TENANTS: usize = 500;
/// Time between two claims while nobody's turn has come.
const POLL: Duration = Duration::from_secs(1);
/// Shortest time between two claims, while tenants whose turn it is are locked by another process.
const SHORTEST_POLL: Duration = Duration::from_millis(50);

/// Row of a tenant that a statement has claimed.
struct ClaimedRow {
    id: i64,
    identity: String,
    fence: i64,
    input_revision: i32,
}

/// Entries of a tenant, read after its claim.
#[derive(Default)]
struct ReadEntries {
    progress: Progress,
    /// Number of the last entry.
    entries: i64,
    late_entries: i32,
    late: Vec<(i64, Entry)>,
}

impl PostgresJournal {
    /// Claims a tenant by its identity, in any state, and adds it if it is new.
    pub(super) async fn claim_tenant(&self, identity: &str) -> Result<Claim, JournalError> {
        check_identity(identity)?;
        if self.0.held.is_in_use(identity) {
            return Err(JournalError::Busy);
        }
        let claim = self.new_claim();
        let (start, rows) = self
            .0
            .database
            .query_timed(
                BEGIN,
                &[
                    (&self.0.account, Type::INT4),
                    (&identity, Type::TEXT),
                    (&self.0.settings.process, Type::TEXT),
                    (&claim, Type::TEXT),
                    (&self.lease_seconds(), Type::FLOAT8),
                ],
            )
            .await?;
        let Some(row) = rows.first() else { return Err(JournalError::Busy) };
        let claimed = ClaimedRow::new(row, identity.to_owned())?;
        let mut entries = match self.read_entries(std::slice::from_ref(&claimed)).await {
            Ok(entries) => entries,
            Err(fault) => return Err(self.release(&[claimed.id], &claim, fault).await),
        };
        self.hold(claimed, claim, start, &mut entries)
    }

    /// Claims tenants whose turn it is.
    pub(super) async fn claim_turns(&self, most: usize) -> Result<ClaimedTenants, JournalError> {
        let most = most.min(MOST_TENANTS);
        let tenants = if most == 0 { Vec::new() } else { self.claim_most(most).await? };
        let next = if tenants.len() < most || most == 0 { self.next_turn().await? } else { Some(Duration::ZERO) };
        Ok(ClaimedTenants::new(tenants, next))
    }

    async fn claim_most(&self, most: usize) -> Result<Vec<(Tenant, Claim)>, JournalError> {
        let claim = self.new_claim();
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let in_use = self.0.held.ids_in_use();
        let lease = self.lease_seconds();
        let parameters: [Parameter<'_>; 6] = [
            (&self.0.account, Type::INT4),
            (&limit, Type::INT8),
            (&self.0.settings.process, Type::TEXT),
            (&claim, Type::TEXT),
            (&lease, Type::FLOAT8),
            (&in_use, Type::INT8_ARRAY),
        ];
        let before: [Parameter<'_>; 2] = [(&self.0.account, Type::INT4), (&claim, Type::TEXT)];
        let (start, rows) = self.0.database.query_unless_done((CLAIM, &parameters), (CLAIMED_BEFORE, &before)).await?;
        match self.hold_claimed(&claim, start, &rows).await {
            Ok(tenants) => Ok(tenants),
            Err(fault) => {
                let ids: Result<Vec<i64>, _> = rows.iter().map(|row| row::column(row, "id")).collect();
                Err(self.release(&ids?, &claim, fault).await)
            }
        }
    }

    /// Reads the entries of claimed tenants, and makes dead letters of those whose processes always end.
    async fn hold_claimed(
        &self,
        claim: &str,
        start: LeaseStart,
        rows: &[Row],
    ) -> Result<Vec<(Tenant, Claim)>, JournalError> {
        let (mut claimed, mut inputs, mut lost) = (Vec::new(), HashMap::new(), Vec::new());
        for row in rows {
            let id: i64 = row::column(row, "id")?;
            if row::column::<i32>(row, "lost_leases")? >= MAX_LOST_LEASES {
                lost.push(id);
                continue;
            }
            let input: serde_json::Value = row::column(row, "input")?;
            let identity: String = row::column(row, "identity")?;
            // The text of serde_json's error may show a value.
            let tenant: Tenant = serde_json::from_value(input).map_err(|_| {
                JournalError::Broken(format!(
                    "the data of the tenant {identity} are of another version of this program; use the newer one"
                ))
            })?;
            inputs.insert(id, tenant);
            claimed.push(ClaimedRow::new(row, identity)?);
        }
        if !lost.is_empty() {
            let error = format!(
                "the processes that had it ended {MAX_LOST_LEASES} times in a row without an entry; see what ends them, and \
                 requeue it"
            );
            self.mark_dead(&lost, claim, &error).await?;
        }
        let mut entries = self.read_entries(&claimed).await?;
        let mut tenants = Vec::new();
        for row in claimed {
            if let Some(tenant) = inputs.remove(&row.id) {
                tenants.push((tenant, self.hold(row, claim.to_owned(), start, &mut entries)?));
            }
        }
        Ok(tenants)
    }

    /// Gives claimed tenants back that this process can't go on with, and returns the reason.
    async fn release(&self, tenants: &[i64], claim: &str, fault: JournalError) -> JournalError {
        let parameters = [(&tenants as _, Type::INT8_ARRAY), (&claim as _, Type::TEXT)];
        // If this fails, too, the claims end with their leases.
        let _ = self.0.database.query_once(RELEASE, &parameters).await;
        fault
    }

    /// Makes dead letters of tenants that this process has claimed.
    pub(super) async fn mark_dead(&self, tenants: &[i64], claim: &str, error: &str) -> Result<(), JournalError> {
        let parameters = [(&tenants as _, Type::INT8_ARRAY), (&claim as _, Type::TEXT), (&error as _, Type::TEXT)];
        self.0.database.query(MARK_DEAD, &parameters).await?;
        Ok(())
    }

    /// Reads the entries of claimed tenants.
    async fn read_entries(&self, claimed: &[ClaimedRow]) -> Result<HashMap<i64, ReadEntries>, JournalError> {
        if claimed.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<i64> = claimed.iter().map(|row| row.id).collect();
        let identities: HashMap<i64, &str> = claimed.iter().map(|row| (row.id, row.identity.as_str())).collect();
        let rows = self.0.database.query(CLAIMED_ENTRIES, &[(&ids, Type::INT8_ARRAY)]).await?;
        let mut read: HashMap<i64, ReadEntries> = HashMap::new();
        for row in &rows {
            let id: i64 = row::column(row, "id")?;
            let identity = identities.get(&id).copied().unwrap_or_default();
            let tenant = read.entry(id).or_default();
            tenant.late_entries = row::column(row, "late_entries")?;
            // A tenant without entries has one row with nothing in it.
            let Some(number) = row::column::<Option<i64>>(row, "number")? else { continue };
            let entry = self.open(identity, number, row).await?;
            match row::column(row, "late")? {
                Some(late) => tenant.late.push((late, entry)),
                None => {
                    tenant.progress.apply(&entry);
                    tenant.entries += 1;
                }
            }
        }
        for row in &rows {
            let id: i64 = row::column(row, "id")?;
            let entries: i64 = row::column(row, "entries")?;
            if read.get(&id).is_none_or(|read| read.entries != entries) {
                let identity = identities.get(&id).copied().unwrap_or_default();
                let fault = format!("entries of the tenant {identity} are missing in the database; restore them");
                return Err(JournalError::Broken(fault));
            }
        }
        Ok(read)
    }

    /// Opens the entry in a row.
    pub(super) async fn open(&self, identity: &str, number: i64, row: &Row) -> Result<Entry, JournalError> {
        let entry = row::entry(row)?;
        let attempt = || self.0.sealer.open(identity, number, &entry);
        let opened = repeat(self.0.settings.max_outage, SealError::is_passing, attempt).await;
        opened.map_err(|error| JournalError::Broken(error.to_string()))
    }

    fn hold(
        &self,
        row: ClaimedRow,
        claim: String,
        start: LeaseStart,
        entries: &mut HashMap<i64, ReadEntries>,
    ) -> Result<Claim, JournalError> {
        let ReadEntries { progress, entries, late_entries, late } = entries
            .remove(&row.id)
            .ok_or_else(|| JournalError::Broken(format!("the tenant {} is missing in the database", row.identity)))?;
        let lease = Lease::new(self.0.settings.lease, start);
        let (late_ids, late) = late.into_iter().unzip();
        let held = HeldTenant {
            id: row.id,
            fence: row.fence,
            claim,
            lease: lease.clone(),
            input_revision: row.input_revision,
            late_entries,
            late: late_ids,
            next_entry: tokio::sync::Mutex::new(entries + 1),
        };
        self.0.held.insert(&row.identity, held);
        Ok(Claim::new(progress, lease).late(late))
    }

    /// Returns the time to the next turn; `None` if no tenant is left.
    async fn next_turn(&self) -> Result<Option<Duration>, JournalError> {
        let rows = self.0.database.query(NEXT_TURN, &[(&self.0.account, Type::INT4)]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let seconds: f64 = row::column(row, "seconds")?;
        Ok(Some(poll_after(seconds, fastrand::f64())))
    }
}

impl ClaimedRow {
    fn new(row: &Row, identity: String) -> Result<Self, JournalError> {
        Ok(Self {
            id: row::column(row, "id")?,
            identity,
            fence: row::column(row, "fence")?,
            input_revision: row::column(row, "input_revision")?,
        })
    }
}

/// Returns the time after which to claim again, when the next turn comes in so many seconds. `jitter` is between 0 and 1, and
/// keeps processes from claiming at the same moments.
fn poll_after(seconds: f64, jitter: f64) -> Duration {
    let turn = Duration::try_from_secs_f64(seconds.clamp(0.0, POLL.as_secs_f64())).unwrap_or_default();
    turn.clamp(SHORTEST_POLL, POLL).mul_f64(1.0 + jitter / 4.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_neither_too_frequent_nor_too_rare() {
        let after = |seconds, jitter| poll_after(seconds, jitter).as_millis();
        assert_eq!(after(-5.0, 0.0), 50);
        assert_eq!(after(0.4, 0.0), 400);
        assert_eq!((after(3600.0, 0.0), after(3600.0, 1.0)), (1000, 1250));
    }
}
