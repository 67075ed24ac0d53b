use std::time::Duration;

use api_runtime::{Error, ErrorBody};

/// Why something did not work, and what that means for doing it again.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) message: String,
    /// Whether it may work another time.
    pub(crate) passing: bool,
    /// Whether it may have had its effect all the same.
    pub(crate) doubt: bool,
    /// When the server wants to hear of it again.
    pub(crate) wait: Option<Duration>,
}

impl Trouble {
    pub(crate) fn passing(message: String) -> Self {
        Self { message, passing: true, doubt: true, wait: None }
    }

    pub(crate) fn lasting(message: String) -> Self {
        Self { message, passing: false, doubt: true, wait: None }
    }
}

impl<E: ErrorBody> From<Error<E>> for Trouble {
    /// A refusal of what was sent stays one. Anything else passes: the server is busy or broken, or something in between
    /// answered in its place.
    fn from(error: Error<E>) -> Self {
        // Too late, too early and too often are no refusals.
        let refused = error
            .status()
            .is_some_and(|status| status.is_client_error() && ![408, 425, 429].contains(&status.as_u16()));
        Self {
            passing: !refused && !matches!(error, Error::InvalidRequest(_)),
            // 429 and 503 too: both vendors are known to answer with them after the effect.
            doubt: !refused && (error.status().is_some() || error.may_have_reached_server()),
            wait: error.retry_after().or_else(|| error.rate_limit()?.reset),
            message: error.to_string(),
        }
    }
}

impl From<String> for Trouble {
    fn from(message: String) -> Self {
        Self::lasting(message)
    }
}
