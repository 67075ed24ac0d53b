//! Execution of a request: wait for rate limits, authenticate, attempt, classify, back off.

mod attempt;
#[cfg(feature = "tracing")]
mod call_recorder;
#[cfg(not(feature = "tracing"))]
#[path = "silent_recorder.rs"]
mod call_recorder;
mod config;
pub(crate) mod connect_deadline;
mod exchange_error;
mod execute;
mod headers;
mod retry_state;
mod transport;

use std::fmt;
use std::sync::Arc;

pub(crate) use config::PipelineConfig;
#[cfg(feature = "download")]
pub(crate) use exchange_error::ExchangeError;
pub(crate) use headers::DefaultHeaders;
pub(crate) use transport::Transport;

use crate::auth::Credential;
use crate::error::{Error, ErrorBody};
use crate::operation::Operation;
use crate::rate_limit::RateLimits;
use crate::request::RequestBuilder;
use crate::response::UndecodedResponse;

/// Handle that executes calls. Clones are cheap, and share connections, access token and rate limits.
///
/// A call goes through these steps:
///
/// 1. The request is completed and checked. An invalid one fails here, before anything is sent.
/// 2. The call waits for a slot in each of the operation's rate limits.
/// 3. Its access token is fetched, if the client logs in and has no fresh one.
/// 4. An attempt is made: the request is sent, and the response is read up to the maximum size.
/// 5. The attempt is classified. After a rejected access token, the call goes on at step 2 with a new token, once. After
///    another failure that the operation allows to be repeated, it waits for the backoff and goes on at step 2.
/// 6. The response, or the last failure, is returned.
///
/// Each attempt has a timeout. Steps 2 to 6 together have the call's time limit.
#[derive(Clone)]
pub struct Pipeline(Arc<PipelineConfig>);

impl Pipeline {
    pub(crate) fn new(config: PipelineConfig) -> Self {
        Self(Arc::new(config))
    }

    /// Returns a pipeline of another account: it has the same settings, and shares connections and rate limits, which
    /// are counted for each credential. The access token of a login is its own.
    #[must_use]
    pub fn with_credential(&self, credential: Credential) -> Self {
        let mut config = PipelineConfig::clone(&self.0);
        config.headers.set_credential(&credential);
        config.account.credential = credential.fingerprint();
        config.credential = Some(credential);
        Self::new(config)
    }

    /// Returns a pipeline with this value of a path parameter that calls may leave out, and the same of everything else,
    /// the access token of a login included.
    #[must_use]
    pub fn with_path_default(&self, name: &'static str, value: &str) -> Self {
        let mut config = PipelineConfig::clone(&self.0);
        config.path_defaults.insert(name, value.to_owned());
        Self::new(config)
    }

    /// Returns the value of a path parameter that a call leaves out; `None` if the client has none.
    pub fn path_default(&self, name: &str) -> Option<&str> {
        self.0.path_defaults.get(name).map(String::as_str)
    }

    /// Starts a request of an operation, at this client's base URL.
    pub fn request(&self, operation: &'static Operation) -> RequestBuilder {
        self.0.request_for(operation)
    }

    /// Sends a request, with retries, and returns the response with its body not decoded yet.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidRequest`] if the request can't be sent as it is, or no rate limit slot becomes free within its
    ///   time limit and its maximum wait. Nothing was sent.
    /// - [`Error::Transport`] if no complete response arrived.
    /// - [`Error::Api`] if the response is not a success.
    /// - [`Error::Decode`] if the response to a login holds no token, or a 2xx response lacks the text that the operation's
    ///   result is found at.
    pub async fn send<E: ErrorBody>(&self, request: &mut RequestBuilder) -> Result<UndecodedResponse, Error<E>> {
        request.finish().map_err(Error::InvalidRequest)?;
        let mut response = execute::send(&self.0, request).await?;
        response.decode_limit = request.options.decode_limit().unwrap_or(response.decode_limit);
        Ok(response)
    }

    /// Returns the configuration, for what is sent beside the calls.
    #[cfg(feature = "download")]
    pub(crate) fn config(&self) -> &PipelineConfig {
        &self.0
    }

    /// Returns the URL that paths are appended to, without a trailing slash.
    pub fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// Returns the number of rate limit windows in use, those of other clients that share the [`RateLimits`] included:
    /// windows that still count a call or that the server holds. 0 if published limits are not kept.
    pub fn tracked_rate_limits(&self) -> usize {
        self.0.rate_limits.as_ref().map_or(0, RateLimits::tracked)
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline")
            // The path of a base URL may hold a secret.
            .field("origin", &self.0.parsed_base_url.origin().ascii_serialization())
            .field("credential", &self.0.credential)
            .field("attempt_timeout", &self.0.attempt_timeout)
            .field("time_limit", &self.0.time_limit)
            .field("max_wait", &self.0.max_wait)
            .field("max_response_bytes", &self.0.max_response_bytes)
            .field("retry", &self.0.retry)
            .field("rate_limits", &self.0.rate_limits)
            .finish_non_exhaustive()
    }
}
