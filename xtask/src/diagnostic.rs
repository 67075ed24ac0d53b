//! Diagnostics: errors and warnings with file, JSON pointer and remedy.

use std::fmt;
use std::path::{Path, PathBuf};

/// An error in the input, with file and JSON pointer where they are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    file: Option<PathBuf>,
    pointer: Option<String>,
    message: String,
}

pub type Result<T> = std::result::Result<T, Diagnostic>;

impl Diagnostic {
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

    /// Returns the diagnostic at its source location. Does nothing if it has a file already.
    #[must_use]
    pub fn relocated(mut self, file: &Path, pointer: String) -> Self {
        if self.file.is_none() {
            self.file = Some(file.to_owned());
            self.pointer = Some(pointer);
        }
        self
    }

    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    pub fn message(&self) -> &str {
        &self.message
    }

    pub fn pointer(&self) -> Option<&str> {
        self.pointer.as_deref()
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, &self.pointer) {
            (Some(file), Some(pointer)) => write!(f, "{} at {pointer}: {}", file.display(), self.message),
            (Some(file), None) => write!(f, "{}: {}", file.display(), self.message),
            (None, Some(pointer)) => write!(f, "at {pointer}: {}", self.message),
            (None, None) => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Diagnostic {}

impl From<Diagnostic> for Vec<Diagnostic> {
    fn from(diagnostic: Diagnostic) -> Self {
        vec![diagnostic]
    }
}

/// A diagnostic that does not stop the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Kind by which warnings are counted; a noun in the plural.
    pub kind: &'static str,
    pub diagnostic: Diagnostic,
}

/// Number of warnings of one kind from which on only their number and the first are shown.
const MAX_LISTED: usize = 3;

/// Returns the lines of a report: each warning, or per kind the number and the first warning if there are many.
pub fn summary(warnings: &[Warning]) -> Vec<String> {
    let mut kinds: Vec<&'static str> = Vec::new();
    for warning in warnings {
        if !kinds.contains(&warning.kind) {
            kinds.push(warning.kind);
        }
    }
    let mut lines = Vec::new();
    for kind in kinds {
        let of_kind: Vec<&Diagnostic> =
            warnings.iter().filter(|warning| warning.kind == kind).map(|warning| &warning.diagnostic).collect();
        match of_kind.as_slice() {
            [first, rest @ ..] if rest.len() >= MAX_LISTED => {
                lines.push(format!("{} {kind}; the first: {first}", of_kind.len()));
            }
            few => lines.extend(few.iter().map(ToString::to_string)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_warnings_of_a_kind_are_one_line() {
        let warning = |kind, n: usize| Warning { kind, diagnostic: Diagnostic::at(format!("/{n}"), "m") };
        let few: Vec<Warning> = (0..2).map(|n| warning("things", n)).collect();
        assert_eq!(summary(&few), ["at /0: m", "at /1: m"]);
        let many: Vec<Warning> = (0..5).map(|n| warning(if n == 1 { "others" } else { "things" }, n)).collect();
        assert_eq!(summary(&many), ["4 things; the first: at /0: m", "at /1: m"]);
    }
}
