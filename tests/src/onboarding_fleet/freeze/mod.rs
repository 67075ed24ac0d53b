//! Freezes: a process is stopped at one point of a tenant's onboarding, for longer than its lease and the settle time.

mod report;
mod run;

pub use report::{FreezeOutcome, FreezeReport};
pub use run::run_freezes;
