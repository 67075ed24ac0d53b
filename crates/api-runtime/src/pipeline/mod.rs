//! Execution of a call: rate limit, authenticate, attempt, classify, back off.

mod attempt;
mod config;
pub(crate) mod connect_deadline;
mod execute;
mod headers;
mod retry_state;
#[cfg(feature = "tracing")]
mod telemetry;

use std::fmt;
use std::sync::Arc;

pub(crate) use config::PipelineConfig;
pub(crate) use headers::DefaultHeaders;

use crate::error::{Error, ErrorBody};
use crate::operation::Operation;
use crate::rate_limit::RateLimiter;
use crate::request::Call;
use crate::response::RawResponse;

/// The one place where a request is really sent. Clones share it.
#[derive(Clone)]
pub struct Transport(Arc<PipelineConfig>);

impl Transport {
    pub(crate) fn new(config: PipelineConfig) -> Self {
        Self(Arc::new(config))
    }

    /// Starts a call of this operation.
    pub fn call(&self, operation: &'static Operation) -> Call {
        self.0.call(operation)
    }

    /// Sends a call and reads the answer.
    ///
    /// # Errors
    ///
    /// Every case of [`Error`] but [`Error::Decode`].
    pub async fn send<E: ErrorBody>(&self, call: &mut Call) -> Result<RawResponse, Error<E>> {
        call.finish().map_err(Error::InvalidRequest)?;
        let mut response = execute::send(&self.0, call).await?;
        response.decode_limit = call.options.decode_limit().unwrap_or(response.decode_limit);
        Ok(response)
    }

    /// The address that paths are appended to, without a trailing slash.
    pub fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// How many budgets of published limits are remembered, those that hold nobody back left out.
    pub fn paced_scopes(&self) -> usize {
        self.0.rate_limiter.as_ref().map_or(0, RateLimiter::tracked)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            // A path may hold a secret.
            .field("origin", &self.0.base.origin().ascii_serialization())
            .field("credential", &self.0.credential)
            .field("timeout", &self.0.timeout)
            .field("response_limit", &self.0.response_limit)
            .field("retry", &self.0.retry)
            .field("pacing", &self.0.rate_limiter.is_some())
            .finish_non_exhaustive()
    }
}
