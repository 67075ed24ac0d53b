//! Examples in the documentation of what is generated: a call of each operation, the builder of each body, the match arm of
//! each event.
//!
//! Their values are those of the spec's examples, from which the conformance cases are made, too. The types, setters and fields
//! are read from the generated code, so that the examples compile. An optional value that can't be written is left out.

mod answer;
mod body;
mod call;
mod code;
mod documentation;
mod event;
mod example;
mod objects;
#[cfg(test)]
mod tests;
mod tokens;
mod value;

pub use documentation::Examples;
