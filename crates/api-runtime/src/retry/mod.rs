//! Retry policy, exponential backoff, and the rule of which attempts may be repeated.

mod backoff;
mod classify;
mod policy;

pub(crate) use backoff::Backoff;
pub(crate) use classify::{AttemptOutcome, is_retryable, may_have_taken_effect};
pub use policy::RetryPolicy;
