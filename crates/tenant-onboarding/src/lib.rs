#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod attempts;
mod entry;
mod error;
mod file_journal;
mod identity;
mod inventory;
mod journal;
mod journal_error;
mod journal_file;
mod lease;
mod onboarding;
#[cfg(feature = "postgres")]
mod postgres;
mod progress;
mod run;
#[cfg(feature = "postgres")]
mod seal;
mod shared_reads;
mod step_error;
mod steps;
mod tenant;
mod tenant_queue;
mod tenant_report;
mod work;

pub use entry::{Entry, Resource};
pub use error::{ErrorKind, OnboardingError};
pub use file_journal::FileJournal;
pub use identity::{normalize, printable};
pub use journal::{Claim, Journal, SharedListing};
pub use journal_error::JournalError;
pub use lease::{Lease, LeaseStart};
pub use onboarding::Onboarding;
#[cfg(feature = "postgres")]
pub use postgres::{DeadLetter, EnqueuedTenants, PostgresJournal, PostgresJournalBuilder, QueueStatus};
pub use progress::Progress;
#[cfg(feature = "postgres")]
pub use seal::{Seal, SealError, SealFuture, Sealed, SealingKeys};
pub use tenant::Tenant;
pub use tenant_queue::{ClaimedTenants, TenantQueue};
pub use tenant_report::TenantReport;
