#![doc = include_str!("../README.md")]

mod attempts;
mod entry;
mod error;
mod file_journal;
mod identity;
mod inventory;
mod journal;
mod journal_file;
mod onboarding;
mod progress;
mod step_error;
mod steps;
mod tenant;

pub use entry::{Entry, Resource};
pub use error::{ErrorKind, OnboardingError};
pub use file_journal::FileJournal;
pub use identity::{normalize, printable};
pub use journal::{Journal, JournalError};
pub use onboarding::{Onboarding, TenantReport};
pub use progress::Progress;
pub use tenant::Tenant;
