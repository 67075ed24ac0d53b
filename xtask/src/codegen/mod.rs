//! From the bundle to Rust.

pub mod examples;
pub mod names;
pub mod schema_table;
