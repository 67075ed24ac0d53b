use std::fmt;
use std::future::Future;

use crate::entry::{Entry, Resource};
use crate::progress::Progress;

/// Write-ahead log of the tenants: every entry is durable before the next call is sent.
///
/// [`FileJournal`](crate::FileJournal) is one for one process. One for several processes claims a tenant in
/// [`Journal::begin`] for a time, renews the claim with each entry, and refuses an entry of a claim that has ended
/// ([`JournalError::Fenced`]).
pub trait Journal: Send + Sync {
    /// Claims the tenant for this process and returns its progress.
    fn begin(&self, tenant: &str) -> impl Future<Output = Result<Progress, JournalError>> + Send;

    /// Writes an entry of a tenant. Comes back when it is durable.
    ///
    /// The check that no other tenant has what the entry [claims](Entry::claims) and the writing are one step. The claims of a
    /// later [`Entry::Tenant`] replace those of an earlier one.
    fn record(&self, tenant: &str, entry: &Entry) -> impl Future<Output = Result<(), JournalError>> + Send;

    /// Names the tenant that has a resource.
    fn holder(&self, resource: &Resource) -> impl Future<Output = Result<Option<String>, JournalError>> + Send;
}

/// Refusal or failure of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum JournalError {
    /// Another tenant has what the entry claims.
    Held {
        /// What it is.
        resource: Resource,
        /// The tenant that has it.
        by: String,
    },
    /// The tenant is claimed by another process.
    Busy,
    /// The claim of the tenant has ended; nothing may be sent for it any more.
    Fenced,
    /// The journal can't be written or read. The run is to stop.
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
