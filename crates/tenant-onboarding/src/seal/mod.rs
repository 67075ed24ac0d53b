//! Sealing of secrets before they go into a shared journal.

mod context;
mod seal_error;
mod sealing;
mod sealing_keys;

pub(crate) use context::SealContext;
pub use seal_error::SealError;
pub use sealing::{Seal, SealFuture, Sealed};
pub use sealing_keys::SealingKeys;
