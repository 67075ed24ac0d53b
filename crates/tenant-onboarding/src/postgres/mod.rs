//! Journal on Postgres, for tenants that several processes work through together.

mod builder;
mod claim;
mod database;
mod database_error;
mod dead_letter;
mod end;
mod enqueue;
mod export;
mod held_tenants;
mod import;
mod journal;
mod listing;
mod migrations;
mod operator_queries;
mod queue_status;
mod record;
mod repetition;
mod reseal;
mod row;
mod sealed_entry;
mod sealing_check;
mod server;
mod settings;
mod spool;
mod spool_recovery;
mod stored_resource;
mod tls;

pub use builder::PostgresJournalBuilder;
pub use dead_letter::DeadLetter;
pub use enqueue::EnqueuedTenants;
pub use journal::PostgresJournal;
pub use queue_status::QueueStatus;
