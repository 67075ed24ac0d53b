//! The closed vocabulary of OpenAPI 3.0 and 3.1: each key of each object has a handling, so that none is ignored by
//! accident. A key that one version lacks is accepted in both.

mod check;
mod keys;
mod schema;
mod tables;
mod value_type;

pub use check::{Note, check, clean};

#[cfg(test)]
mod specification;
#[cfg(test)]
mod tests;
