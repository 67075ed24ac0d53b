//! Generation of examples from schemas. The result is deterministic.

mod cache;
mod complete;
mod containers;
mod direction;
mod field_names;
mod generator;
mod merged_schema;
mod numbers;
mod pattern;
#[cfg(test)]
mod properties;
mod strings;
#[cfg(test)]
mod tests;
mod validation;

pub use complete::{GeneratedExamples, complete};
