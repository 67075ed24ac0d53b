//! The language that the files of `specs/` are written in.

pub mod secrets;
pub mod vocabulary;
