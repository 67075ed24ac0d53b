use std::fmt;

use serde::Serialize;

use super::body::ErrorBody;
use super::typed::Error;

/// Report of an error for an operator, the same for every API: what happened, and the vendor's own words. It owns
/// everything, and any [`Error`] converts into it, also by `?`.
///
/// `Display` and `Debug` show the vendor's text, which may hold personal data; [`ErrorReport::text`] does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ErrorReport {
    /// Operation, such as `create_document`.
    pub operation: &'static str,
    /// HTTP status; `None` if no status line arrived.
    pub status: Option<u16>,
    /// Vendor's error code: [`Error::code`].
    pub code: Option<String>,
    /// Reason as far as `text` does not tell it: [`Error::reason`].
    pub reason: Option<String>,
    /// Id by which the vendor's support finds the call.
    pub trace_id: Option<String>,
    /// Number of times that the request was sent.
    pub attempts: u32,
    /// `true` if the same call can be sent again: [`Error::is_retryable`].
    pub retryable: bool,
    /// Time to wait before that, in seconds, rounded up: [`Error::retry_after`].
    pub retry_after_seconds: Option<u64>,
    /// `true` if the operation may have taken effect: [`Error::may_have_taken_effect`].
    pub may_have_taken_effect: bool,
    /// Redacted text: the `Display` of the error.
    pub text: String,
}

impl<E: ErrorBody> Error<E> {
    /// Returns the report of the error for an operator.
    pub fn report(&self) -> ErrorReport {
        ErrorReport {
            operation: self.operation(),
            status: self.status().map(|status| status.as_u16()),
            code: self.code(),
            reason: self.reason(),
            trace_id: self.trace_id().map(ToOwned::to_owned),
            attempts: self.attempts(),
            retryable: self.is_retryable(),
            retry_after_seconds: self.retry_after().map(|delay| delay.as_secs() + u64::from(delay.subsec_nanos() > 0)),
            may_have_taken_effect: self.may_have_taken_effect(),
            text: self.to_string(),
        }
    }

    /// Returns a `Display` of the error with its reason and the vendor's code, for where personal data may be shown. It
    /// is that of the [`report`](Self::report).
    pub fn detailed(&self) -> impl fmt::Display + use<E> {
        self.report()
    }
}

impl<E: ErrorBody> From<Error<E>> for ErrorReport {
    fn from(error: Error<E>) -> Self {
        error.report()
    }
}

impl fmt::Display for ErrorReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        if let Some(reason) = &self.reason {
            write!(f, "; reason: {reason}")?;
        }
        match &self.code {
            // A code that repeats the status tells nothing more.
            Some(code) if self.status.is_none_or(|status| *code != status.to_string()) => write!(f, "; code: {code}"),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for ErrorReport {}
