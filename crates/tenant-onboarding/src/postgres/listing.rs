use std::time::Duration;

use tokio_postgres::types::Type;

use super::journal::PostgresJournal;
use super::row;
use crate::journal::SharedListing;
use crate::journal_error::JournalError;

const LISTING: &str = include_str!("sql/listing.sql");
const SHARE_LISTING: &str = include_str!("sql/share_listing.sql");

/// Time between two questions whether another process has read the listing.
const POLL: Duration = Duration::from_secs(1);

impl PostgresJournal {
    /// Returns the listing, or tells this process to read it. It has the time of a lease for that.
    pub(super) async fn read_listing(&self, max_age: Duration) -> Result<SharedListing, JournalError> {
        let reader = format!("{} {:016x}", self.0.settings.process, self.0.instance);
        let max_age = max_age.as_secs_f64();
        let parameters = [
            (&self.0.account as _, Type::INT4),
            (&reader as _, Type::TEXT),
            (&self.lease_seconds() as _, Type::FLOAT8),
            (&max_age as _, Type::FLOAT8),
        ];
        let row = row::only(self.0.database.query_long(LISTING, &parameters).await?)?;
        if row::column(&row, "read")? {
            return Ok(SharedListing::Absent);
        }
        if let Some(text) = row::column(&row, "content")? {
            let age: Option<f64> = row::column(&row, "age")?;
            let age = Duration::try_from_secs_f64(age.unwrap_or_default().max(0.0)).unwrap_or_default();
            return Ok(SharedListing::Found { text, age });
        }
        let left: Option<f64> = row::column(&row, "reading")?;
        let left = Duration::try_from_secs_f64(left.unwrap_or_default().clamp(0.05, POLL.as_secs_f64()));
        Ok(SharedListing::InProgress(left.unwrap_or(POLL).mul_f64(1.0 + fastrand::f64() / 4.0)))
    }

    /// Shares a listing whose reading began so long ago.
    pub(super) async fn write_listing(&self, text: &str, age: Duration) -> Result<(), JournalError> {
        let age = age.as_secs_f64();
        let parameters = [(&self.0.account as _, Type::INT4), (&text as _, Type::TEXT), (&age as _, Type::FLOAT8)];
        self.0.database.query_long(SHARE_LISTING, &parameters).await?;
        Ok(())
    }
}
