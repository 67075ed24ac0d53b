//! Examples that are made from schemas, for documents that have none. The same schema has the same example every time.

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

/// Makes an example of a schema, whose references lead into the document. `name` is that of the field or parameter that
/// holds it, or empty. `None` says that no value was found that fits.
///
/// What is left out by its purpose is there all the same if the schema requires it, as a value without it would not fit.
#[cfg(test)]
fn example(document: &Value, schema: &Value, name: &str, direction: Direction) -> Option<Value> {
    ExampleGenerator::of(document).generate(schema, name, direction)
}
