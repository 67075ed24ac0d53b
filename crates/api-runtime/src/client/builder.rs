use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use http::HeaderValue;

use super::base_url::{is_loopback, parse_base_url};
use super::build_error::BuildError;
use super::tls;
use crate::auth::Credential;
use crate::drift::{DriftMonitor, Observer, SchemaTable};
use crate::pipeline::{DefaultHeaders, Pipeline, PipelineConfig, Transport, connect_deadline};
use crate::rate_limit::{Account, RateLimits};
use crate::retry::RetryPolicy;
use crate::telemetry::Telemetry;

const DEFAULT_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);
const DEFAULT_TIME_LIMIT: Duration = Duration::from_secs(300);
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const DEFAULT_MAX_RESPONSE_BYTES: usize = 64 * 1024 * 1024;

/// Builder of a [`Pipeline`]. The client builders of the API crates wrap it.
pub struct PipelineBuilder {
    base_url: String,
    base_url_overridden: bool,
    user_agent: String,
    credential: Option<Credential>,
    http: HttpClientSource,
    attempt_timeout: Duration,
    time_limit: Duration,
    max_wait: Option<Duration>,
    connect_timeout: Duration,
    max_response_bytes: usize,
    retry: RetryPolicy,
    api: &'static str,
    rate_limiting: bool,
    rate_limits: RateLimits,
    rate_limit_by_address: bool,
    plain_http: bool,
    max_file_bytes: Option<usize>,
    drift: Option<Observer>,
    path_defaults: BTreeMap<&'static str, String>,
    telemetry: &'static Telemetry,
}

/// Origin of the HTTP client.
enum HttpClientSource {
    /// Built here, then changed by the closure.
    Default(Box<dyn FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send>),
    Provided(Transport),
}

impl PipelineBuilder {
    /// Creates a builder with the vendor's base URL and the API crate's user agent.
    pub fn new(base_url: impl Into<String>, user_agent: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            base_url_overridden: false,
            user_agent: user_agent.into(),
            credential: None,
            http: HttpClientSource::Default(Box::new(|builder| builder)),
            attempt_timeout: DEFAULT_ATTEMPT_TIMEOUT,
            time_limit: DEFAULT_TIME_LIMIT,
            max_wait: None,
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            max_response_bytes: DEFAULT_MAX_RESPONSE_BYTES,
            retry: RetryPolicy::default(),
            api: env!("CARGO_PKG_NAME"),
            rate_limiting: true,
            rate_limits: RateLimits::default(),
            rate_limit_by_address: false,
            plain_http: false,
            max_file_bytes: None,
            drift: None,
            path_defaults: BTreeMap::new(),
            telemetry: api_runtime::__telemetry!(),
        }
    }

    /// Sets the credential of authenticated operations; default: none.
    #[must_use]
    pub fn credential(mut self, credential: Credential) -> Self {
        self.credential = Some(credential);
        self
    }

    /// Sets another base URL than the vendor's. It holds for operations with a server of their own, too.
    #[must_use]
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        let base_url = base_url.into();
        self.base_url_overridden |= base_url.trim_end_matches('/') != self.base_url.trim_end_matches('/');
        self.base_url = base_url;
        self
    }

    /// Sets the `User-Agent` header.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Sets the maximum duration of one attempt, from connecting to the last byte of the response; default 60 s.
    #[must_use]
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = timeout;
        self
    }

    /// Sets the time limit of a call as a whole, with all attempts, all waits and a login; default 300 s.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Sets the maximum wait before an attempt, for a rate limit, `Retry-After` or the backoff; default: none.
    #[must_use]
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.max_wait = Some(wait);
        self
    }

    /// Sets the maximum duration of connecting, TLS included; default 10 s, at most nine tenths of the attempt's time.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the maximum size of a response body, in bytes; default 64 MiB.
    #[must_use]
    pub fn max_response_bytes(mut self, bytes: usize) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// Sets the retry policy; default [`RetryPolicy::default`].
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets whether calls are delayed to keep the published rate limits; default `true`.
    #[must_use]
    pub fn rate_limiting(mut self, enabled: bool) -> Self {
        self.rate_limiting = enabled;
        self
    }

    /// Sets the handle of the rate limits, which clients share; default: a handle of its own.
    #[must_use]
    pub fn rate_limits(mut self, rate_limits: RateLimits) -> Self {
        self.rate_limits = rate_limits;
        self
    }

    /// Sets whether rate limits by address are kept, jointly with the other clients that share the [`RateLimits`] and for
    /// which this is `true`; default `false`.
    #[must_use]
    pub fn rate_limit_by_address(mut self, by_address: bool) -> Self {
        self.rate_limit_by_address = by_address;
        self
    }

    /// Sets whether plain HTTP to other hosts than this machine is allowed; default `false`.
    #[must_use]
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.plain_http = allow;
        self
    }

    /// Sets the maximum size of an uploaded file, in bytes: a larger one is an error before anything is sent. Default:
    /// none, so that the vendor decides.
    #[must_use]
    pub fn max_file_bytes(mut self, bytes: usize) -> Self {
        self.max_file_bytes = Some(bytes);
        self
    }

    /// Sets the name of the API, for which rate limits are counted; default: that of this crate.
    #[doc(hidden)]
    #[must_use]
    pub fn api(mut self, name: &'static str) -> Self {
        self.api = name;
        self
    }

    /// Sets the spans and events of the API's crate; default: those of this crate.
    #[doc(hidden)]
    #[must_use]
    pub fn telemetry(mut self, telemetry: &'static Telemetry) -> Self {
        self.telemetry = telemetry;
        self
    }

    /// Reports differences between responses and this table to a monitor; default: none.
    #[must_use]
    pub fn on_drift(mut self, monitor: impl Into<DriftMonitor>, table: &'static SchemaTable) -> Self {
        self.drift = Some(Observer { monitor: monitor.into(), table });
        self
    }

    /// Sets the value of a path parameter that calls may leave out.
    #[must_use]
    pub fn path_default(mut self, name: &'static str, value: &str) -> Self {
        self.path_defaults.insert(name, value.to_owned());
        self
    }

    /// Sets the HTTP client, with settings that nothing here can check: redirects, proxies, HTTP version. It replaces the
    /// one of [`configure_http`](Self::configure_http); the last call wins.
    #[must_use]
    pub fn danger_http_client(mut self, client: reqwest::Client) -> Self {
        self.http = HttpClientSource::Provided(Transport::Http(client));
        self
    }

    /// Sets a closure that changes the HTTP client that is built here: proxies, certificates. It replaces
    /// [`danger_http_client`](Self::danger_http_client); the last call wins.
    #[must_use]
    pub fn configure_http(
        mut self,
        configure: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + 'static,
    ) -> Self {
        self.http = HttpClientSource::Default(Box::new(configure));
        self
    }

    /// Sets a transport that plays replies back, instead of an HTTP client.
    #[cfg(feature = "test-util")]
    #[must_use]
    pub fn transport(mut self, transport: crate::testing::ReplayTransport) -> Self {
        self.http = HttpClientSource::Provided(Transport::Replay(transport));
        self
    }

    /// Builds the [`Pipeline`]. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// - [`BuildError::BaseUrl`] if the base URL can't be used.
    /// - [`BuildError::UserAgent`] if the user agent holds a character that a header can't carry.
    /// - [`BuildError::Tls`] if the base URL is `https` and no TLS is compiled in, or if rustls has no crypto provider.
    /// - [`BuildError::Http`] if the HTTP client can't be built with its settings.
    pub fn build(self) -> Result<Pipeline, BuildError> {
        let base = parse_base_url(&self.base_url, self.plain_http)?;
        let base_url = base.as_str().trim_end_matches('/').to_owned();
        let user_agent = HeaderValue::from_str(&self.user_agent).map_err(|_| BuildError::UserAgent)?;
        let transport = match self.http {
            HttpClientSource::Provided(transport) => transport,
            HttpClientSource::Default(configure) => {
                tls::check(&base)?;
                let builder = configure(default_http_client().connect_timeout(self.connect_timeout))
                    .connector_layer(connect_deadline::ConnectDeadlineLayer)
                    // A redirect could carry the credential to a host that the caller did not choose.
                    .redirect(reqwest::redirect::Policy::none());
                // A proxy would receive the credential unencrypted, which is meant for this machine alone.
                let builder = if is_loopback(&base) { builder.no_proxy() } else { builder };
                Transport::Http(builder.build().map_err(BuildError::Http)?)
            }
        };
        Ok(Pipeline::new(PipelineConfig {
            transport,
            base_url,
            parsed_base_url: base,
            base_url_overridden: self.base_url_overridden,
            headers: DefaultHeaders::new(user_agent, self.credential.as_ref()),
            account: Account::new(self.api, self.credential.as_ref().map(Credential::fingerprint)),
            credential: self.credential,
            attempt_timeout: self.attempt_timeout,
            time_limit: self.time_limit,
            max_wait: self.max_wait,
            max_response_bytes: self.max_response_bytes,
            retry: self.retry,
            rate_limits: Some(self.rate_limits).filter(|_| self.rate_limiting),
            max_file_bytes: self.max_file_bytes,
            rate_limit_by_address: self.rate_limit_by_address,
            drift: self.drift,
            path_defaults: self.path_defaults,
            telemetry: self.telemetry,
        }))
    }
}

impl fmt::Debug for PipelineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PipelineBuilder")
            .field("credential", &self.credential)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("time_limit", &self.time_limit)
            .field("max_wait", &self.max_wait)
            .field("max_response_bytes", &self.max_response_bytes)
            .finish_non_exhaustive()
    }
}

/// Returns the builder of the default HTTP client: HTTP/1.1 without compression, whatever features of reqwest other crates
/// enable, and without retries of its own. Those are for HTTP/2 only, and would keep a copy of each request.
fn default_http_client() -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder().http1_only().retry(reqwest::retry::never().max_retries_per_request(0));
    builder.no_gzip().no_brotli().no_deflate().no_zstd()
}
