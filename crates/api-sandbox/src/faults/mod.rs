//! Fault injection: kinds of faults, rules that select calls, and the responses.

mod fault;
mod injector;
mod response;
mod rule;

pub use fault::{Fault, FaultStage, RetryAfterHint};
pub(crate) use injector::{FaultInjector, InjectableCall};
pub use rule::{FaultRule, Frequency};
