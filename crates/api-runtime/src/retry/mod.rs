//! Retry policy.

mod backoff;
mod classify;
mod policy;

pub(crate) use backoff::Waits;
pub(crate) use classify::{Came, repeatable};
pub use policy::RetryPolicy;
