//! From the bundle to Rust.

pub mod cases;
pub mod coverage;
pub mod emit;
pub mod features;
pub mod generate;
pub mod lower;
pub mod model;
pub mod refine;
pub mod schema_table;
pub mod tables;
