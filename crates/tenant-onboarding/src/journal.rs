use std::fmt;
use std::future::Future;
use std::time::Duration;

use crate::entry::{Entry, Resource};
use crate::error::OnboardingError;
use crate::journal_error::JournalError;
use crate::lease::Lease;
use crate::progress::Progress;

/// Write-ahead log of the tenants: every entry is durable before the next call is sent.
///
/// [`FileJournal`](crate::FileJournal) is one for a single process. One for several processes leases a tenant in
/// [`Journal::begin`], renews the lease with each entry, and rejects an entry of a tenant that another process has taken over
/// ([`JournalError::Fenced`]). The methods with a body are for such a journal.
pub trait Journal: Send + Sync {
    /// Claims the tenant for this process.
    ///
    /// # Errors
    ///
    /// [`JournalError::Busy`] if another process has the tenant, [`JournalError::Broken`] if the journal can't be read.
    fn begin(&self, tenant: &str) -> impl Future<Output = Result<Claim, JournalError>> + Send;

    /// Writes an entry of a tenant, renews its lease, and returns once the entry is durable.
    ///
    /// No other tenant may have what the entry [claims](Entry::claims); that check and the write are atomic. The claims
    /// of a later [`Entry::Tenant`] replace those of an earlier one.
    ///
    /// An entry that [records a response or a doubt](Entry::is_evidence) is kept even if it is fenced: the process that has
    /// the tenant now, or the next one, gets it in [`Claim::late`].
    ///
    /// # Errors
    ///
    /// [`JournalError::Held`] if another tenant has it, [`JournalError::Fenced`] if another process has taken the tenant over,
    /// and [`JournalError::Broken`] if the entry can't be written.
    fn record(&self, tenant: &str, entry: &Entry) -> impl Future<Output = Result<(), JournalError>> + Send;

    /// Returns the tenant that has a resource.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the journal can't be read.
    fn holder(&self, resource: &Resource) -> impl Future<Output = Result<Option<String>, JournalError>> + Send;

    /// Renews the lease of a tenant.
    ///
    /// # Errors
    ///
    /// [`JournalError::Fenced`] if another process has taken the tenant over, and [`JournalError::Broken`] if the journal
    /// can't be written.
    fn renew(&self, tenant: &str) -> impl Future<Output = Result<(), JournalError>> + Send {
        let _ = tenant;
        async { Ok(()) }
    }

    /// Ends the claim of a tenant with the result of its onboarding, by which a shared journal decides whether and when
    /// another process goes on with it.
    ///
    /// # Errors
    ///
    /// As [`Journal::renew`]. A claim that could not be ended ends with its lease.
    fn end(
        &self,
        tenant: &str,
        result: &Result<(), OnboardingError>,
    ) -> impl Future<Output = Result<(), JournalError>> + Send {
        let _ = (tenant, result);
        async { Ok(()) }
    }

    /// Returns the listing of what exists at the vendors, if it was read within `max_age`, or tells this process to read it.
    /// A journal that shares none returns [`SharedListing::NotShared`], as this does without an own implementation.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the journal can't be read.
    fn listing(&self, max_age: Duration) -> impl Future<Output = Result<SharedListing, JournalError>> + Send {
        let _ = max_age;
        async { Ok(SharedListing::NotShared) }
    }

    /// Shares the text of a listing that this process has read, as [`SharedListing::Absent`] told it to. `age` is the time since
    /// the reading began.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the journal can't be written.
    fn share_listing(&self, text: &str, age: Duration) -> impl Future<Output = Result<(), JournalError>> + Send {
        let _ = (text, age);
        async { Ok(()) }
    }
}

/// Tenant that a process has claimed in a journal.
#[derive(Clone)]
#[non_exhaustive]
pub struct Claim {
    /// Resources and intents of the tenant.
    pub progress: Progress,
    /// Entries of processes that had lost the tenant when they wrote them, the oldest first. They are not in `progress`. They
    /// are given with each claim until one [ends](Journal::end) with a complete tenant.
    pub late: Vec<Entry>,
    /// Time for which the tenant belongs to this process.
    pub lease: Lease,
}

impl Claim {
    /// Creates a claim without late entries.
    pub fn new(progress: Progress, lease: Lease) -> Self {
        Self { progress, late: Vec::new(), lease }
    }

    /// Sets the entries of processes that had lost the tenant.
    #[must_use]
    pub fn late(mut self, late: Vec<Entry>) -> Self {
        self.late = late;
        self
    }
}

/// Listing of what exists at the vendors, as processes share it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SharedListing {
    /// It was read.
    Found {
        /// Text of the listing.
        text: String,
        /// Time since the reading began.
        age: Duration,
    },
    /// There is none. This process is to read it, and to share it.
    Absent,
    /// Another process is reading it. Ask again after this time.
    InProgress(Duration),
    /// The journal shares none. This process is to read it for itself.
    NotShared,
}

/// Without the tenant's data, and without the late entries, which may have secrets.
impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim").field("late", &self.late.len()).field("lease", &self.lease).finish_non_exhaustive()
    }
}

/// Without the text, which has the data of all tenants.
impl fmt::Debug for SharedListing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found { text, age } => {
                f.debug_struct("Found").field("bytes", &text.len()).field("age", age).finish_non_exhaustive()
            }
            Self::Absent => f.write_str("Absent"),
            Self::InProgress(wait) => f.debug_tuple("InProgress").field(wait).finish(),
            Self::NotShared => f.write_str("NotShared"),
        }
    }
}
