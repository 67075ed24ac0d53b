use std::time::Duration;

use reqwest::Url;

use super::headers::DefaultHeaders;
use crate::auth::Credential;
use crate::drift::Observer;
use crate::operation::{Operation, RateLimitScope};
use crate::rate_limit::RateLimiter;
use crate::request::Call;
use crate::retry::RetryPolicy;

/// Settings of one client, as its calls need them.
pub(crate) struct PipelineConfig {
    pub(crate) http: reqwest::Client,
    /// Without a trailing slash.
    pub(crate) base_url: String,
    /// The same, parsed.
    pub(crate) base: Url,
    /// The vendor's address was replaced, which holds for operations that have another one, too.
    pub(crate) other_address: bool,
    pub(crate) credential: Option<Credential>,
    pub(crate) headers: DefaultHeaders,
    pub(crate) timeout: Duration,
    pub(crate) response_limit: usize,
    pub(crate) retry: RetryPolicy,
    pub(crate) rate_limiter: Option<RateLimiter>,
    pub(crate) max_file_bytes: Option<usize>,
    /// Limits by address are kept, too.
    pub(crate) limit_by_address: bool,
    pub(crate) drift: Option<Observer>,
}

impl PipelineConfig {
    /// Starts a request of an operation.
    pub(crate) fn call(&self, operation: &'static Operation) -> Call {
        let mut call = Call::new(self.base_of(operation), operation);
        call.max_file_bytes = self.max_file_bytes;
        call
    }

    /// Value that a limit of this scope is counted by. That of the credential needs none.
    pub(crate) fn partition_for(&self, call: &Call, scope: RateLimitScope) -> Option<String> {
        match scope {
            RateLimitScope::Address => self.partition_address(call.operation),
            _ => call.partition_for(scope),
        }
    }

    /// The address that the paths of an operation are appended to.
    pub(crate) fn base_of(&self, operation: &Operation) -> &str {
        match operation.server {
            Some(server) if !self.other_address => server,
            _ => &self.base_url,
        }
    }

    /// The address that a limit of an operation is counted by, if it is: scheme, host and port.
    fn partition_address(&self, operation: &Operation) -> Option<String> {
        let url = self.limit_by_address.then(|| Url::parse(self.base_of(operation)).ok())??;
        Some(url.origin().ascii_serialization())
    }
}
