//! What stops a run: where, what, and what to do.

use std::fmt;
use std::path::{Path, PathBuf};

/// A fault in the input, with its file and JSON pointer where they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    file: Option<PathBuf>,
    pointer: Option<String>,
    message: String,
}

pub type Result<T> = std::result::Result<T, Problem>;

impl Problem {
    pub fn new(message: impl Into<String>) -> Self {
        Self { file: None, pointer: None, message: message.into() }
    }

    pub fn at(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { file: None, pointer: Some(pointer.into()), message: message.into() }
    }

    #[must_use]
    pub fn in_file(mut self, file: &Path) -> Self {
        self.file.get_or_insert_with(|| file.to_owned());
        self
    }

    pub fn pointer(&self) -> Option<&str> {
        self.pointer.as_deref()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, &self.pointer) {
            (Some(file), Some(pointer)) => write!(f, "{} at {pointer}: {}", file.display(), self.message),
            (Some(file), None) => write!(f, "{}: {}", file.display(), self.message),
            (None, Some(pointer)) => write!(f, "at {pointer}: {}", self.message),
            (None, None) => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Problem {}

impl From<Problem> for Vec<Problem> {
    fn from(problem: Problem) -> Self {
        vec![problem]
    }
}
