//! Journal on Postgres, for tenants that several processes work through together.

mod builder;
mod dead_letter;
mod journal;
mod queue_status;
mod sealed_entry;
mod spool;

pub use builder::PostgresJournalBuilder;
pub use dead_letter::DeadLetter;
pub use journal::{EnqueuedTenants, PostgresJournal};
pub use queue_status::QueueStatus;
