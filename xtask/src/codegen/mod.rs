//! From the bundle to Rust.

pub mod examples;
mod flatten;
pub mod names;
pub mod schema_table;
