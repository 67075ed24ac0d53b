use std::fmt;

use crate::entry::Resource;

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
    /// Another process has taken the tenant over, because its lease had ended; nothing may be sent for it any more.
    Fenced,
    /// The tenant's data can't be written, for the given reason. Correct them.
    Invalid(String),
    /// The journal can't be read or written, for the given reason. The run must stop.
    Broken(String),
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held { resource, by } => write!(f, "{resource} belongs to the tenant {by} of this journal"),
            Self::Busy => f.write_str("the tenant is being worked on already"),
            Self::Fenced => f.write_str("another process has taken the tenant over"),
            Self::Invalid(fault) => f.write_str(fault),
            Self::Broken(fault) => write!(f, "the journal: {fault}"),
        }
    }
}

impl std::error::Error for JournalError {}
