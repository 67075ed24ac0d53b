use std::fmt;

/// Error of sealing or opening a secret, with a text that shows no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealError {
    text: String,
    is_passing: bool,
}

impl SealError {
    /// Creates an error. Its text gets into errors of the journal, so it must not show a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_passing: false }
    }

    /// Creates the error of a key service that can't be reached at present. A journal asks it again, as long as it would its
    /// database.
    pub fn passing(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_passing: true }
    }

    /// Returns `true` if the key service may be reached later.
    pub fn is_passing(&self) -> bool {
        self.is_passing
    }

    /// Puts before the text what the secret belongs to.
    pub(crate) fn context(mut self, context: &str) -> Self {
        self.text = format!("{context}: {}", self.text);
        self
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for SealError {}
