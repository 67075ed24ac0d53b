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

#[cfg(test)]
use serde_json::Value;

pub use complete::{GeneratedExamples, complete};

#[cfg(test)]
use direction::Direction;
#[cfg(test)]
use generator::ExampleGenerator;

/// Generates an example of a schema, whose references lead into the document. `name` is that of the field or parameter
/// that holds it, or empty. `None` if no value that fits was found.
///
/// A `readOnly` or `writeOnly` property of the other direction is kept if the schema requires it, since the value
/// would not fit without it.
#[cfg(test)]
fn example(document: &Value, schema: &Value, name: &str, direction: Direction) -> Option<Value> {
    ExampleGenerator::of(document).generate(schema, name, direction)
}
