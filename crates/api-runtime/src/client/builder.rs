use std::fmt;
use std::time::Duration;

use http::HeaderValue;

use super::base_url::{is_loopback, parse_base_url};
use super::build_error::BuildError;
use super::tls;
use crate::auth::Credential;
use crate::drift::{DriftMonitor, Observer, SchemaTable};
use crate::pipeline::{DefaultHeaders, Pipeline, PipelineConfig, connect_deadline};
use crate::rate_limit::RateLimiter;
use crate::retry::RetryPolicy;

const DEFAULT_ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const DEFAULT_MAX_RESPONSE_BYTES: usize = 64 * 1024 * 1024;

/// Builder of a [`Transport`]. The client builders of the API crates wrap it.
pub struct PipelineBuilder {
    base_url: String,
    base_url_overridden: bool,
    user_agent: String,
    credential: Option<Credential>,
    http: HttpClientSource,
    attempt_timeout: Duration,
    connect_timeout: Duration,
    max_response_bytes: usize,
    retry: RetryPolicy,
    rate_limiting: bool,
    rate_limit_by_address: bool,
    plain_http: bool,
    max_file_bytes: Option<usize>,
    drift: Option<Observer>,
}

/// Origin of the HTTP client.
enum HttpClientSource {
    /// Built here, then changed by the closure.
    Default(Box<dyn FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send>),
    Provided(reqwest::Client),
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
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            max_response_bytes: DEFAULT_MAX_RESPONSE_BYTES,
            retry: RetryPolicy::default(),
            rate_limiting: true,
            rate_limit_by_address: false,
            plain_http: false,
            max_file_bytes: None,
            drift: None,
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

    /// Sets whether rate limits by address are kept, jointly with the other clients of this process for which this is
    /// `true`; default `false`.
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

    /// Reports differences between responses and this table to a monitor; default: none.
    #[must_use]
    pub fn on_drift(mut self, monitor: impl Into<DriftMonitor>, table: &'static SchemaTable) -> Self {
        self.drift = Some(Observer { monitor: monitor.into(), table });
        self
    }

    /// Sets the HTTP client. It replaces the one of [`configure_http`](Self::configure_http); the last call wins.
    #[must_use]
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http = HttpClientSource::Provided(client);
        self
    }

    /// Sets a closure that changes the HTTP client that is built here: proxies, certificates. It replaces
    /// [`http_client`](Self::http_client); the last call wins.
    #[must_use]
    pub fn configure_http(
        mut self,
        configure: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + 'static,
    ) -> Self {
        self.http = HttpClientSource::Default(Box::new(configure));
        self
    }

    /// Builds the [`Transport`]. Nothing is sent yet.
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
        let http = match self.http {
            HttpClientSource::Provided(client) => client,
            HttpClientSource::Default(configure) => {
                tls::check(&base)?;
                let builder = configure(default_http_client().connect_timeout(self.connect_timeout))
                    .connector_layer(connect_deadline::ConnectDeadlineLayer)
                    // A redirect could carry the credential to a host that the caller did not choose.
                    .redirect(reqwest::redirect::Policy::none());
                // A proxy would receive the credential unencrypted, which is meant for this machine alone.
                let builder = if is_loopback(&base) { builder.no_proxy() } else { builder };
                builder.build().map_err(BuildError::Http)?
            }
        };
        Ok(Pipeline::new(PipelineConfig {
            http,
            base_url,
            parsed_base_url: base,
            base_url_overridden: self.base_url_overridden,
            headers: DefaultHeaders::new(user_agent, self.credential.as_ref()),
            credential: self.credential,
            attempt_timeout: self.attempt_timeout,
            max_response_bytes: self.max_response_bytes,
            retry: self.retry,
            rate_limiter: self.rate_limiting.then(RateLimiter::default),
            max_file_bytes: self.max_file_bytes,
            rate_limit_by_address: self.rate_limit_by_address,
            drift: self.drift,
        }))
    }
}

impl fmt::Debug for PipelineBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PipelineBuilder")
            .field("credential", &self.credential)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("max_response_bytes", &self.max_response_bytes)
            .finish_non_exhaustive()
    }
}

/// Returns the builder of the default HTTP client: HTTP/1.1, whatever features of reqwest other crates enable, and
/// without retries of its own. Those are for HTTP/2 only, and would keep a copy of each request.
fn default_http_client() -> reqwest::ClientBuilder {
    reqwest::Client::builder().http1_only().retry(reqwest::retry::never().max_retries_per_request(0))
}

/// Generates the setters that all client builders share, in the `impl` block of a builder with a field `pipeline`.
/// `$table` is the [`SchemaTable`] of its API.
#[doc(hidden)]
#[macro_export]
macro_rules! __client_builder_methods {
    ($table:expr) => {
        /// Sets another base URL than the vendor's, for example that of a sandbox on this machine. It may have a path,
        /// but no query, user or password. Operations that the vendor serves elsewhere go there, too.
        ///
        /// It must be `https`, unless the host is this machine (`localhost` or a loopback address) or
        /// [`allow_plain_http`](Self::allow_plain_http) is set; otherwise `build` fails with
        /// [`BuildError::BaseUrl`]($crate::BuildError::BaseUrl). Requests to this machine bypass proxies, those of the
        /// environment included.
        #[must_use]
        pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
            self.pipeline = self.pipeline.base_url(base_url);
            self
        }

        /// Sets the `User-Agent` header; default: name and version of this crate, as in `name/1.2.3`. If it holds a
        /// character that a header can't carry, `build` fails with
        /// [`BuildError::UserAgent`]($crate::BuildError::UserAgent).
        #[must_use]
        pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
            self.pipeline = self.pipeline.user_agent(user_agent);
            self
        }

        /// Sets the maximum duration of one attempt, from connecting to the last byte of the response; default 60 s.
        ///
        /// The wait for rate limits, a login and the backoff between attempts are not part of an attempt. The call as a
        /// whole is bounded by the time limit of its [`RetryPolicy`]($crate::RetryPolicy), which ends an attempt, too.
        /// An attempt that exceeds either ends as [`Error::Transport`]($crate::Error::Transport) if it is the last.
        #[must_use]
        pub fn attempt_timeout(mut self, timeout: ::std::time::Duration) -> Self {
            self.pipeline = self.pipeline.attempt_timeout(timeout);
            self
        }

        /// Sets the maximum duration of connecting: name resolution, TCP and TLS; default 10 s.
        ///
        /// It is at most nine tenths of the time that the attempt has, so that an attempt without a connection ends as
        /// a failed connection, which is certain not to have sent the request. No effect on a client that is given with
        /// [`http_client`](Self::http_client).
        #[must_use]
        pub fn connect_timeout(mut self, timeout: ::std::time::Duration) -> Self {
            self.pipeline = self.pipeline.connect_timeout(timeout);
            self
        }

        /// Sets the maximum size of a response body, in bytes; default 64 MiB.
        ///
        /// The rest of a larger body is not read. A success is then [`Error::Decode`]($crate::Error::Decode) with the
        /// kind [`DecodeErrorKind::BodyTooLarge`]($crate::DecodeErrorKind::BodyTooLarge), which keeps the bytes received; an error response keeps
        /// its status, with its body cut.
        #[must_use]
        pub fn max_response_bytes(mut self, bytes: usize) -> Self {
            self.pipeline = self.pipeline.max_response_bytes(bytes);
            self
        }

        /// Sets the policy by which failed calls are repeated; default: at most 4 attempts within 300 s, see
        /// [`RetryPolicy`]($crate::RetryPolicy). [`RetryPolicy::never`]($crate::RetryPolicy::never) turns retries off.
        /// Each call can set its own.
        #[must_use]
        pub fn retry(mut self, policy: $crate::RetryPolicy) -> Self {
            self.pipeline = self.pipeline.retry(policy);
            self
        }

        /// Sets whether calls are delayed so that they keep the vendor's published rate limits, instead of being
        /// answered with 429; default `true`.
        ///
        /// Clones of a client share one count, and waiting calls are sent in the order in which they began to wait. A
        /// call that can't be sent before the time limit of its [`RetryPolicy`]($crate::RetryPolicy) fails with
        /// [`Error::InvalidRequest`]($crate::Error::InvalidRequest), without the wait. Calls of other clients and
        /// processes are not counted.
        #[must_use]
        pub fn rate_limiting(mut self, enabled: bool) -> Self {
            self.pipeline = self.pipeline.rate_limiting(enabled);
            self
        }

        /// Sets whether rate limits that the vendor counts by network address are kept, too; default `false`.
        ///
        /// All clients of this process for which this is `true` share one count for each address of the API, whatever
        /// their credentials. No effect on an API without such limits, or with `false` for [`pacing`](Self::pacing).
        #[must_use]
        pub fn rate_limit_by_address(mut self, by_address: bool) -> Self {
            self.pipeline = self.pipeline.rate_limit_by_address(by_address);
            self
        }

        /// Sets whether a base URL with plain HTTP to another host than this machine is allowed; default `false`. The
        /// credential then travels unencrypted, also to a proxy that the environment names.
        #[must_use]
        pub fn allow_plain_http(mut self, allow: bool) -> Self {
            self.pipeline = self.pipeline.allow_plain_http(allow);
            self
        }

        /// Reports differences between responses and the spec to a [`DriftMonitor`]($crate::DriftMonitor), or to a
        /// callback (`|drift: &Drift| ..`), which is called once for each difference; default: nothing is compared.
        #[must_use]
        pub fn on_drift(mut self, monitor: impl Into<$crate::DriftMonitor>) -> Self {
            self.pipeline = self.pipeline.on_drift(monitor, &$table);
            self
        }

        /// Sets the HTTP client, instead of the one that `build` creates. The last call of this and
        /// [`configure_http`](Self::configure_http) wins; to change proxies or certificates only, use that one.
        ///
        /// The client keeps its own settings, so two of them matter for the credential:
        ///
        /// - Build it with `redirect(Policy::none())`, or a redirect may carry the credential to another host.
        /// - If the base URL is on this machine, build it with `no_proxy()`, or a proxy of the environment (`HTTP_PROXY`)
        ///   receives the credential over plain HTTP.
        ///
        /// The attempt timeout applies to it; [`connect_timeout`](Self::connect_timeout) does not.
        #[must_use]
        pub fn http_client(mut self, client: ::reqwest::Client) -> Self {
            self.pipeline = self.pipeline.http_client(client);
            self
        }

        /// Sets a closure that `build` calls to change the HTTP client that it creates: proxies, certificates. The last
        /// call of this and [`http_client`](Self::http_client) wins.
        ///
        /// The client uses HTTP/1.1. Whatever the closure does, redirects stay off, and proxies, too, if the base URL
        /// is on this machine. If its settings don't work, `build` fails with
        /// [`BuildError::Http`]($crate::BuildError::Http).
        #[must_use]
        pub fn configure_http(
            mut self,
            configure: impl FnOnce(::reqwest::ClientBuilder) -> ::reqwest::ClientBuilder + Send + 'static,
        ) -> Self {
            self.pipeline = self.pipeline.configure_http(configure);
            self
        }
    };
}
