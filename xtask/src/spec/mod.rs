//! Stages 1 to 4: from the files of `specs/` to the bundle, the document that the code is generated from.

pub mod bundle;
pub mod document;
pub mod downlevel;
pub mod examples;
pub mod lint;
pub mod load;
pub mod merge;
pub mod names;
pub mod overlay;
#[cfg(test)]
pub mod properties;
pub mod secrets;
pub mod visit;
pub mod vocabulary;
