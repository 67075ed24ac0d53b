use std::fmt;
use std::future::Future;

use crate::entry::{Entry, Resource};
use crate::progress::Progress;

/// Write-ahead log of the tenants: every entry is durable before the next call is sent.
///
/// [`FileJournal`](crate::FileJournal) is one for a single process. One for several processes leases a tenant in
/// [`Journal::begin`], renews the lease with each entry, and rejects an entry of an expired lease
/// ([`JournalError::Fenced`]).
pub trait Journal: Send + Sync {
    /// Claims the tenant for this process and returns its progress.
    ///
    /// # Errors
    ///
    /// [`JournalError::Busy`] if another process has the tenant, [`JournalError::Broken`] if the journal can't be read.
    fn begin(&self, tenant: &str) -> impl Future<Output = Result<Progress, JournalError>> + Send;

    /// Writes an entry of a tenant, and returns once it is durable.
    ///
    /// No other tenant may have what the entry [claims](Entry::claims); that check and the write are atomic. The claims
    /// of a later [`Entry::Tenant`] replace those of an earlier one.
    ///
    /// # Errors
    ///
    /// [`JournalError::Held`] if another tenant has it, [`JournalError::Fenced`] if the tenant's lease expired, and
    /// [`JournalError::Broken`] if the entry can't be written.
    fn record(&self, tenant: &str, entry: &Entry) -> impl Future<Output = Result<(), JournalError>> + Send;

    /// Returns the tenant that has a resource.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the journal can't be read.
    fn holder(&self, resource: &Resource) -> impl Future<Output = Result<Option<String>, JournalError>> + Send;
}

/// Error of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum JournalError {
    /// Another tenant has a resource that the entry claims. Correct the data of one of the two.
    Held {
        /// The resource.
        resource: Resource,
        /// Identity of the tenant that has it.
        by: String,
    },
    /// Another task or process has the tenant. Try again when it has ended.
    Busy,
    /// The lease of the tenant expired; nothing may be sent for it any more. Another process continues with it.
    Fenced,
    /// The journal can't be read or written, for the given reason. The run must stop.
    Broken(String),
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held { resource, by } => write!(f, "{resource} belongs to the tenant {by} of this journal"),
            Self::Busy => f.write_str("the tenant is being worked on already"),
            Self::Fenced => f.write_str("another process has taken the tenant over"),
            Self::Broken(fault) => write!(f, "the journal: {fault}"),
        }
    }
}

impl std::error::Error for JournalError {}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PhoneNumber(id) => write!(f, "number {id}"),
            Self::Name(name) => write!(f, "the name {name:?}"),
            Self::Client(id) => write!(f, "client {id}"),
            Self::Channel(id) => write!(f, "channel {id}"),
            Self::Account(id) => write!(f, "account {id}"),
        }
    }
}
