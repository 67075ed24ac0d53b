use std::time::Duration;

use api_runtime::{Error, ErrorBody};

use crate::error::{ErrorKind, OnboardingError};
use crate::journal_error::JournalError;

/// Error of one attempt of a step, with its consequences for the next attempt.
#[derive(Debug)]
pub(crate) struct StepError {
    pub(crate) error: OnboardingError,
    pub(crate) retryable: bool,
    pub(crate) may_have_taken_effect: bool,
    /// Delay that the server requests.
    pub(crate) retry_after: Option<Duration>,
}

impl StepError {
    pub(crate) fn retryable(message: impl AsRef<str>) -> Self {
        let error = OnboardingError::new(ErrorKind::Failed, message);
        Self { error, retryable: true, may_have_taken_effect: true, retry_after: None }
    }
}

impl<E: ErrorBody> From<Error<E>> for StepError {
    /// Classifies the error of a call. A rejection of the request is final; anything else can be retried, because the
    /// server is busy or broken, or a proxy replied in its place.
    fn from(error: Error<E>) -> Self {
        // 408, 425 and 429 do not reject the request itself.
        let refused = error
            .status()
            .is_some_and(|status| status.is_client_error() && ![408, 425, 429].contains(&status.as_u16()));
        Self {
            retryable: match &error {
                // Its turn under a rate limit, or its lease, which is renewed before the next attempt.
                Error::InvalidRequest(failure) => failure.is_retryable(),
                _ => !refused,
            },
            // Also after 429 and 503: both vendors are known to send them after the effect.
            may_have_taken_effect: !refused && (error.status().is_some() || error.may_have_reached_server()),
            retry_after: error.retry_after().or_else(|| error.rate_limit()?.reset),
            error: OnboardingError::new(ErrorKind::Failed, error.to_string()),
        }
    }
}

impl From<OnboardingError> for StepError {
    fn from(error: OnboardingError) -> Self {
        Self { error, retryable: false, may_have_taken_effect: true, retry_after: None }
    }
}

impl From<JournalError> for StepError {
    fn from(error: JournalError) -> Self {
        OnboardingError::from(error).into()
    }
}
