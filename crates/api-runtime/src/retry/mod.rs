//! Retry policy.

mod policy;

pub use policy::RetryPolicy;
pub(crate) use policy::{Came, Waits, hint, repeatable};
