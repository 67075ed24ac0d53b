//! The closed vocabulary of OpenAPI 3.0 and 3.1: every key of every object has one class, so that no key is passed over
//! without a decision. A key that one of the two versions lacks is taken in both.

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
