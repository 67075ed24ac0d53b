use super::exchange_error::ExchangeError;
use crate::error::TransportErrorKind;
use crate::operation::Operation;
#[cfg(feature = "test-util")]
use crate::testing::ReplayTransport;

/// Sender of HTTP requests.
#[derive(Clone)]
pub(crate) enum Transport {
    /// HTTP client.
    Http(reqwest::Client),
    /// Replies of a test.
    #[cfg(feature = "test-util")]
    Replay(ReplayTransport),
}

impl Transport {
    /// Sends a request, and returns the response with its body not read yet.
    ///
    /// # Errors
    ///
    /// [`ExchangeError`] if no status line arrives.
    #[cfg_attr(not(feature = "test-util"), expect(unused_variables))]
    pub(crate) async fn execute(
        &self,
        operation: &Operation,
        request: reqwest::Request,
    ) -> Result<reqwest::Response, ExchangeError> {
        match self {
            Self::Http(http) => {
                let no_response = |error| ExchangeError::new(error, TransportErrorKind::NoResponse);
                http.execute(request).await.map_err(no_response)
            }
            #[cfg(feature = "test-util")]
            Self::Replay(replay) => {
                replay.reply(operation, &request).await.map_err(|kind| ExchangeError { kind, source: None })
            }
        }
    }
}
