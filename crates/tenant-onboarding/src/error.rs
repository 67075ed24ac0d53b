use std::fmt;
use std::time::Duration;

use crate::identity::printable;
use crate::journal_error::JournalError;

/// Kind of an [`OnboardingError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A resource exists that can't be told to be the tenant's; nothing was changed. If it is, name its id with
    /// [`Onboarding::adopt`](crate::Onboarding::adopt).
    Taken,
    /// The channel has a key that a new one would revoke; nothing was changed. Allow that with
    /// [`Onboarding::rotate_keys`](crate::Onboarding::rotate_keys).
    KeyInUse,
    /// The tenant contradicts the journal: another tenant has its number or name, or its own number has changed.
    /// Correct the tenant's data.
    Conflict,
    /// A call was rejected, or failed in every attempt. Correct the data that the message names, or run it again.
    Failed,
    /// The server requests a longer delay than [`Onboarding::max_wait`](crate::Onboarding::max_wait). Run it again
    /// after that time.
    WaitTooLong,
    /// The journal can't be written, or another process has the tenant. Free the disk, or wait for the other process.
    Journal,
    /// The run was stopped. Run it again to continue.
    Stopped,
}

/// Error of a tenant whose onboarding is incomplete.
#[derive(Debug, Clone)]
pub struct OnboardingError {
    kind: ErrorKind,
    message: String,
    retryable: bool,
    retry_after: Option<Duration>,
}

impl OnboardingError {
    pub(crate) fn new(kind: ErrorKind, message: impl AsRef<str>) -> Self {
        let retryable = matches!(kind, ErrorKind::WaitTooLong | ErrorKind::Journal | ErrorKind::Stopped);
        Self { kind, message: printable(message.as_ref()), retryable, retry_after: None }
    }

    /// Marks the error as passing. `retry_after` is the delay that a server requests.
    pub(crate) fn passing(mut self, retry_after: Option<Duration>) -> Self {
        self.retryable = true;
        self.retry_after = retry_after;
        self
    }

    /// Returns the kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns `true` if the tenant may succeed later, with the same data.
    pub fn is_retryable(&self) -> bool {
        self.retryable
    }

    /// Returns the delay that a server requests before another attempt, if that is the reason.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Replaces the message. The error stays passing if it is.
    pub(crate) fn with_message(mut self, message: impl AsRef<str>) -> Self {
        self.message = printable(message.as_ref());
        self
    }

    /// Prepends the name of the step to the message.
    pub(crate) fn in_step(mut self, step: &str) -> Self {
        self.message = format!("{step}: {}", self.message);
        self
    }
}

/// Shows names and addresses of the tenant and of existing resources, since the message is for the operator.
impl fmt::Display for OnboardingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for OnboardingError {}

impl From<JournalError> for OnboardingError {
    fn from(error: JournalError) -> Self {
        let is_of_data = matches!(error, JournalError::Held { .. } | JournalError::Invalid(_));
        let kind = if is_of_data { ErrorKind::Conflict } else { ErrorKind::Journal };
        Self::new(kind, error.to_string())
    }
}
