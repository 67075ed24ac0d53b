use std::fmt;

/// Error of sealing or opening a secret, with a text that shows no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealError(String);

impl SealError {
    /// Creates an error. Its text gets into errors of the journal, so it must not show a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SealError {}
