//! Drift: differences between the vendor's responses or webhook deliveries and the spec, reported without their values.

mod monitor;
mod report;
mod table;
#[cfg(test)]
mod tests;
mod walk;

pub use monitor::DriftMonitor;
pub(crate) use monitor::Observer;
pub use report::{Drift, DriftKind, JsonType};
pub use table::{EventRow, FieldRow, OperationRow, ResponseRow, SchemaRow, SchemaTable};
