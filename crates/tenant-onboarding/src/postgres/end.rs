use std::time::Duration;

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::held_tenants::HeldTenant;
use super::journal::PostgresJournal;
use super::row;
use crate::error::{ErrorKind, OnboardingError};
use crate::journal_error::JournalError;

const RENEW: &str = include_str!("sql/renew.sql");
const COMPLETE: &str = include_str!("sql/complete.sql");
const GIVE_UP: &str = include_str!("sql/give_up.sql");
const COUNT_REFUSED: &str = include_str!("sql/count_refused.sql");

/// Longest delay that a server may request: a date that Postgres does not have would stop the run.
const LONGEST_DELAY: Duration = Duration::from_secs(30 * 24 * 3600);

impl PostgresJournal {
    /// Renews the lease of a tenant.
    pub(super) async fn renew_lease(&self, tenant: &str) -> Result<(), JournalError> {
        // The claim has ended, or its task is told by the lease that it was lost.
        let held = self.held(tenant).filter(|held| !held.lease.is_lost()).ok_or(JournalError::Fenced)?;
        self.renew_held(&held).await
    }

    pub(super) async fn renew_held(&self, held: &HeldTenant) -> Result<(), JournalError> {
        let (start, rows) = self
            .0
            .database
            .query_timed(
                RENEW,
                &[
                    (&held.id, Type::INT8),
                    (&held.claim, Type::TEXT),
                    (&held.fence, Type::INT8),
                    (&self.lease_seconds(), Type::FLOAT8),
                ],
            )
            .await?;
        if rows.is_empty() {
            return self.refused(held).await;
        }
        held.lease.renew(start);
        Ok(())
    }

    /// Ends the claim of a tenant.
    pub(super) async fn end_claim(
        &self,
        tenant: &str,
        result: &Result<(), OnboardingError>,
    ) -> Result<(), JournalError> {
        let Some(held) = self.held(tenant) else { return Ok(()) };
        // Its task has been told, and the refused write was counted.
        if held.lease.is_lost() {
            self.0.held.remove(tenant, &held);
            return Err(JournalError::Fenced);
        }
        let rows = match result {
            Ok(()) => self.complete(&held).await?,
            Err(error) => self.give_up(&held, error).await?,
        };
        self.0.held.remove(tenant, &held);
        let row = row::only(rows)?;
        let ended: bool = row::column(&row, "ended")?;
        // A statement whose response was lost has ended it.
        let already: Option<bool> = row::column(&row, "already")?;
        if ended || already == Some(true) {
            return Ok(());
        }
        if result.is_ok() && row::column::<Option<bool>>(&row, "older")? == Some(true) {
            return Err(self.report_older_copy(tenant, &held).await);
        }
        self.refused(&held).await
    }

    async fn complete(&self, held: &HeldTenant) -> Result<Vec<Row>, JournalError> {
        let entries = *held.next_entry.lock().await - 1;
        let parameters = [
            (&held.id as _, Type::INT8),
            (&held.claim as _, Type::TEXT),
            (&held.fence as _, Type::INT8),
            (&held.late_entries as _, Type::INT4),
            (&held.input_revision as _, Type::INT4),
            (&held.late as _, Type::INT8_ARRAY),
            (&entries as _, Type::INT8),
        ];
        Ok(self.0.database.query(COMPLETE, &parameters).await?)
    }

    async fn give_up(&self, held: &HeldTenant, error: &OnboardingError) -> Result<Vec<Row>, JournalError> {
        let Ending { is_failure, is_final, least_delay } = Ending::of(error);
        let max_failures = i32::try_from(self.0.settings.max_failures).unwrap_or(i32::MAX);
        let initial_backoff = self.0.settings.initial_backoff.as_secs_f64();
        let least_delay = least_delay.as_secs_f64();
        // A stop or a lost database says nothing about the tenant.
        let text = (is_failure || is_final).then(|| error.to_string().replace('\0', "\u{fffd}"));
        let parameters = [
            (&held.id as _, Type::INT8),
            (&held.claim as _, Type::TEXT),
            (&held.fence as _, Type::INT8),
            (&held.input_revision as _, Type::INT4),
            (&is_failure as _, Type::BOOL),
            (&is_final as _, Type::BOOL),
            (&max_failures as _, Type::INT4),
            (&initial_backoff as _, Type::FLOAT8),
            (&least_delay as _, Type::FLOAT8),
            (&text as _, Type::TEXT),
        ];
        Ok(self.0.database.query(GIVE_UP, &parameters).await?)
    }

    /// Counts a refused write of a claim that is lost.
    async fn refused(&self, held: &HeldTenant) -> Result<(), JournalError> {
        held.lease.lose();
        self.0.database.query(COUNT_REFUSED, &[(&held.id, Type::INT8)]).await?;
        Err(JournalError::Fenced)
    }
}

/// Consequence of an error for its tenant.
#[derive(Debug, PartialEq, Eq)]
struct Ending {
    /// It counts, and the tenant is tried again later, until there are too many.
    is_failure: bool,
    /// The tenant is a dead letter at once.
    is_final: bool,
    /// Delay before the tenant is tried again, at least.
    least_delay: Duration,
}

impl Ending {
    fn of(error: &OnboardingError) -> Self {
        let is_release = matches!(error.kind(), ErrorKind::Stopped | ErrorKind::Journal);
        Self {
            is_failure: !is_release && error.is_retryable(),
            is_final: !is_release && !error.is_retryable(),
            least_delay: error.retry_after().unwrap_or_default().min(LONGEST_DELAY),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_released_or_tried_again_or_a_dead_letter() {
        let ending = |error: &OnboardingError| {
            let ending = Ending::of(error);
            (ending.is_failure, ending.is_final, ending.least_delay.as_secs())
        };
        let error = |kind| OnboardingError::new(kind, "");
        for kind in [ErrorKind::Stopped, ErrorKind::Journal] {
            assert_eq!(ending(&error(kind)), (false, false, 0), "{kind:?}");
        }
        for kind in [ErrorKind::Taken, ErrorKind::KeyInUse, ErrorKind::Conflict, ErrorKind::Failed] {
            assert_eq!(ending(&error(kind)), (false, true, 0), "{kind:?}");
        }
        assert_eq!(ending(&error(ErrorKind::WaitTooLong)), (true, false, 0));
        let passing = error(ErrorKind::Failed).passing(Some(Duration::from_secs(7)));
        assert_eq!(ending(&passing), (true, false, 7));
        let never = error(ErrorKind::WaitTooLong).passing(Some(Duration::MAX));
        assert_eq!(ending(&never), (true, false, 30 * 24 * 3600));
    }
}
