//! Faults on demand: what goes wrong, when, and how often.

mod fault;
mod injector;
mod response;
mod rule;

pub use fault::{Fault, FaultStage, RetryAfterHint};
pub(crate) use injector::FaultInjector;
pub use rule::{FaultRule, Frequency};
