use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Url;

use super::headers::DefaultHeaders;
use super::transport::Transport;
use crate::auth::Credential;
use crate::drift::Observer;
use crate::operation::{Operation, RateLimitScope};
use crate::rate_limit::{Account, ApplicableWindows, NoSlot, Permit, RateLimitWait, RateLimits, WaitLimit};
use crate::request::RequestBuilder;
use crate::retry::RetryPolicy;
use crate::telemetry::Telemetry;

/// Configuration of one client, fixed when it is built. A clone shares connections and rate limits.
#[derive(Clone)]
pub(crate) struct PipelineConfig {
    pub(crate) transport: Transport,
    /// Base URL without a trailing slash.
    pub(crate) base_url: String,
    pub(crate) parsed_base_url: Url,
    /// `true` if the base URL is not the vendor's own. It then holds for operations with a server of their own, too.
    pub(crate) base_url_overridden: bool,
    pub(crate) credential: Option<Credential>,
    /// Account that rate limits are counted for.
    pub(crate) account: Account,
    pub(crate) headers: DefaultHeaders,
    /// Maximum duration of one attempt.
    pub(crate) attempt_timeout: Duration,
    /// Maximum duration of a call with all its attempts and waits.
    pub(crate) time_limit: Duration,
    /// Maximum wait before an attempt; `None` if the time limit alone bounds it.
    pub(crate) max_wait: Option<Duration>,
    /// Maximum size of a response body, in bytes.
    pub(crate) max_response_bytes: usize,
    pub(crate) retry: RetryPolicy,
    /// `None` if published limits are not kept.
    pub(crate) rate_limits: Option<RateLimits>,
    /// Maximum size of an uploaded file, in bytes; `None` if the vendor decides.
    pub(crate) max_file_bytes: Option<usize>,
    /// `true` if limits with the scope `Address` are kept, too.
    pub(crate) rate_limit_by_address: bool,
    pub(crate) drift: Option<Observer>,
    /// Values of path parameters that a call may leave out, by name.
    pub(crate) path_defaults: BTreeMap<&'static str, String>,
    #[cfg_attr(not(feature = "tracing"), expect(dead_code))]
    pub(crate) telemetry: &'static Telemetry,
}

impl PipelineConfig {
    /// Starts a request of an operation, at its base URL.
    pub(super) fn request_for(&self, operation: &'static Operation) -> RequestBuilder {
        let mut request = RequestBuilder::new(self.base_url_for(operation), operation);
        request.max_file_bytes = self.max_file_bytes;
        request
    }

    /// Returns the rate limit windows that a call counts against.
    pub(crate) fn windows(&self, request: &RequestBuilder) -> ApplicableWindows {
        let rate_limits = self.rate_limits.as_ref().filter(|_| !request.operation.rate_limits.is_empty());
        let Some(rate_limits) = rate_limits else { return ApplicableWindows::new() };
        rate_limits.windows(self.account, request.operation, |scope| self.partition_for(request, scope))
    }

    /// Waits until a call may be sent under its rate limits, see [`RateLimits::acquire`].
    pub(super) async fn acquire<'w>(
        &self,
        windows: &'w ApplicableWindows,
        lease: Duration,
        limit: WaitLimit,
        on_wait: &mut (dyn FnMut(RateLimitWait) + Send),
    ) -> Result<Permit<'w>, NoSlot> {
        match &self.rate_limits {
            Some(rate_limits) => rate_limits.acquire(windows, lease, limit, on_wait).await,
            None => Ok(Permit::unlimited()),
        }
    }

    /// Returns the value that a limit of this scope is partitioned by; `None` for the scope `Credential`, and for a
    /// call without such a value.
    fn partition_for(&self, request: &RequestBuilder, scope: RateLimitScope) -> Option<String> {
        match scope {
            RateLimitScope::Address => self.partition_address(request.operation),
            _ => request.partition_for(scope),
        }
    }

    /// Returns the URL that the path of an operation is appended to.
    pub(crate) fn base_url_for(&self, operation: &Operation) -> &str {
        match operation.server {
            Some(server) if !self.base_url_overridden => server,
            _ => &self.base_url,
        }
    }

    /// Returns the address (scheme, host and port) that a limit of an operation is partitioned by; `None` if limits by
    /// address are not kept.
    fn partition_address(&self, operation: &Operation) -> Option<String> {
        let url = self.rate_limit_by_address.then(|| self.parsed_base_url_for(operation))??;
        Some(url.origin().ascii_serialization())
    }

    /// Returns the URL that the path of an operation is appended to; `None` if the spec's is none.
    pub(super) fn parsed_base_url_for(&self, operation: &Operation) -> Option<Cow<'_, Url>> {
        let base = self.base_url_for(operation);
        if std::ptr::eq(base, self.base_url.as_str()) {
            return Some(Cow::Borrowed(&self.parsed_base_url));
        }
        Url::parse(base).ok().map(Cow::Owned)
    }
}
