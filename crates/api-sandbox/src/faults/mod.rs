//! Faults on demand: what goes wrong, when, and how often.

mod fault;
mod injector;
mod response;
mod rule;

pub use fault::{Fault, FaultStage, Hint};
pub(crate) use injector::Plan;
pub use rule::{FaultRule, Often};
