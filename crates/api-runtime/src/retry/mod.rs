//! Retry policy.

mod backoff;
mod classify;
mod policy;

pub(crate) use backoff::Backoff;
pub(crate) use classify::{AttemptOutcome, is_retryable};
pub use policy::RetryPolicy;
