use std::fmt;

use crate::identity::printable;
use crate::journal::JournalError;

/// Class of an [`OnboardingError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Something is there that is not the tenant's as far as can be told; nothing was changed.
    Taken,
    /// The channel has a key that a new one would revoke; nothing was changed.
    KeyInUse,
    /// The tenant contradicts the journal: another tenant has its number or name, or its own number has changed.
    Conflict,
    /// A call was refused, or did not succeed as often as it may be tried.
    Failed,
    /// The server asks for a longer wait than the run's patience.
    WaitTooLong,
    /// The journal refused or failed.
    Journal,
    /// The run was stopped.
    Stopped,
}

/// Why a tenant does not have everything.
#[derive(Debug, Clone)]
pub struct OnboardingError {
    kind: ErrorKind,
    message: String,
}

impl OnboardingError {
    pub(crate) fn new(kind: ErrorKind, message: impl AsRef<str>) -> Self {
        Self { kind, message: printable(message.as_ref()) }
    }

    /// Class of the error.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Puts the name of the step before the message.
    pub(crate) fn in_step(mut self, step: &str) -> Self {
        self.message = format!("{step}: {}", self.message);
        self
    }
}

/// The text shows names and addresses of the tenant and of what was found, for the operator's eyes.
impl fmt::Display for OnboardingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for OnboardingError {}

impl From<JournalError> for OnboardingError {
    fn from(error: JournalError) -> Self {
        let kind = if matches!(error, JournalError::Held { .. }) { ErrorKind::Conflict } else { ErrorKind::Journal };
        Self::new(kind, error.to_string())
    }
}
