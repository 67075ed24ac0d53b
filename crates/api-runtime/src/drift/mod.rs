//! Differences between what a vendor sends and what the spec says, reported without a value.

mod monitor;
mod report;
mod table;
#[cfg(test)]
mod tests;
mod walk;

pub use monitor::DriftMonitor;
pub(crate) use monitor::Observer;
pub use report::{Drift, DriftKind, JsonType};
pub use table::{AnswerRow, EventRow, FieldRow, OperationRow, SchemaRow, SchemaTable};
