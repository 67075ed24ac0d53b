use std::fmt;
use std::time::Duration;

use http::HeaderValue;

use super::base_url::{check, is_loopback};
use super::build_error::BuildError;
use super::tls;
use crate::auth::Credential;
use crate::drift::{DriftMonitor, Observer, SchemaTable};
use crate::pipeline::{DefaultHeaders, PipelineConfig, Transport, connect_deadline};
use crate::rate_limit::RateLimiter;
use crate::retry::RetryPolicy;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const DEFAULT_RESPONSE_LIMIT: usize = 64 * 1024 * 1024;

/// How a [`Transport`] is to be set up. The crates' client builders wrap it.
pub struct TransportBuilder {
    base_url: String,
    base_url_overridden: bool,
    user_agent: String,
    credential: Option<Credential>,
    http: HttpClientSource,
    timeout: Duration,
    connect_timeout: Duration,
    response_limit: usize,
    retry: RetryPolicy,
    pacing: bool,
    rate_limit_by_address: bool,
    plain_http: bool,
    max_file_bytes: Option<usize>,
    drift: Option<Observer>,
}

enum HttpClientSource {
    Default(Box<dyn FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send>),
    Provided(reqwest::Client),
}

impl TransportBuilder {
    /// Starts from the vendor's address and the crate's own user agent.
    pub fn new(base_url: impl Into<String>, user_agent: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            base_url_overridden: false,
            user_agent: user_agent.into(),
            credential: None,
            http: HttpClientSource::Default(Box::new(|builder| builder)),
            timeout: DEFAULT_TIMEOUT,
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            response_limit: DEFAULT_RESPONSE_LIMIT,
            retry: RetryPolicy::default(),
            pacing: true,
            rate_limit_by_address: false,
            plain_http: false,
            max_file_bytes: None,
            drift: None,
        }
    }

    /// What every authenticated call carries.
    #[must_use]
    pub fn credential(mut self, credential: Credential) -> Self {
        self.credential = Some(credential);
        self
    }

    /// Another address than the vendor's.
    #[must_use]
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        let base_url = base_url.into();
        self.base_url_overridden |= base_url.trim_end_matches('/') != self.base_url.trim_end_matches('/');
        self.base_url = base_url;
        self
    }

    /// What the calls name as their sender.
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Time for one attempt, from connecting to the last byte of the answer.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Time for making a connection, with TLS; nine tenths of the time for an attempt at most.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// The largest body to accept, in bytes.
    #[must_use]
    pub fn response_limit(mut self, bytes: usize) -> Self {
        self.response_limit = bytes;
        self
    }

    /// When a call is sent again.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Whether calls wait for their turn under the published limits.
    #[must_use]
    pub fn pacing(mut self, pacing: bool) -> Self {
        self.pacing = pacing;
        self
    }

    /// Whether limits by address are kept, together with every other client of this process that keeps them.
    #[must_use]
    pub fn rate_limit_by_address(mut self, by_address: bool) -> Self {
        self.rate_limit_by_address = by_address;
        self
    }

    /// Whether plain HTTP is allowed to hosts other than this machine.
    #[must_use]
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.plain_http = allow;
        self
    }

    /// The largest file that the user's plan takes, in bytes. Without it the vendor decides.
    #[must_use]
    pub fn max_file_bytes(mut self, bytes: usize) -> Self {
        self.max_file_bytes = Some(bytes);
        self
    }

    /// Reports differences between the answers and this table to a monitor.
    #[must_use]
    pub fn on_drift(mut self, monitor: impl Into<DriftMonitor>, table: &'static SchemaTable) -> Self {
        self.drift = Some(Observer { monitor: monitor.into(), table });
        self
    }

    /// A ready `reqwest::Client` instead of our own.
    #[must_use]
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http = HttpClientSource::Provided(client);
        self
    }

    /// Changes to our own `reqwest::Client`: a proxy, certificates.
    #[must_use]
    pub fn configure_http(
        mut self,
        configure: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + 'static,
    ) -> Self {
        self.http = HttpClientSource::Default(Box::new(configure));
        self
    }

    /// Sets the transport up.
    ///
    /// # Errors
    ///
    /// If the base URL or the user agent can't be used, or TLS can't be set up.
    pub fn build(self) -> Result<Transport, BuildError> {
        let base = check(&self.base_url, self.plain_http)?;
        let base_url = base.as_str().trim_end_matches('/').to_owned();
        let user_agent = HeaderValue::from_str(&self.user_agent).map_err(|_| BuildError::UserAgent)?;
        let http = match self.http {
            HttpClientSource::Provided(client) => client,
            HttpClientSource::Default(configure) => {
                tls::check(&base)?;
                let builder = configure(default_http_client().connect_timeout(self.connect_timeout))
                    .connector_layer(connect_deadline::ConnectDeadlineLayer)
                    // A redirect would carry the credential to a host that the caller did not name.
                    .redirect(reqwest::redirect::Policy::none());
                // So would a proxy what is unencrypted because it is for this machine.
                let builder = if is_loopback(&base) { builder.no_proxy() } else { builder };
                builder.build().map_err(BuildError::Http)?
            }
        };
        Ok(Transport::new(PipelineConfig {
            http,
            base_url,
            parsed_base_url: base,
            base_url_overridden: self.base_url_overridden,
            headers: DefaultHeaders::new(user_agent, self.credential.as_ref()),
            credential: self.credential,
            timeout: self.timeout,
            response_limit: self.response_limit,
            retry: self.retry,
            rate_limiter: self.pacing.then(RateLimiter::default),
            max_file_bytes: self.max_file_bytes,
            rate_limit_by_address: self.rate_limit_by_address,
            drift: self.drift,
        }))
    }
}

impl fmt::Debug for TransportBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportBuilder")
            .field("credential", &self.credential)
            .field("timeout", &self.timeout)
            .field("response_limit", &self.response_limit)
            .finish_non_exhaustive()
    }
}

/// The same protocol whatever other crates of a build turn on. What is sent again is decided in one place, so the HTTP
/// client, whose own rule is for HTTP/2 alone, keeps no copy of each request for it.
fn default_http_client() -> reqwest::ClientBuilder {
    reqwest::Client::builder().http1_only().retry(reqwest::retry::never().max_retries_per_request(0))
}

/// The settings that every client builder has; for the `impl` block of a builder with a field `transport`, with the table
/// that answers are compared with.
#[doc(hidden)]
#[macro_export]
macro_rules! __transport_settings {
    ($table:expr) => {
        /// Another address than the vendor's, for example a sandbox on this machine. It must be `https` unless the host
        /// is this machine (`localhost` or a loopback address) or [`allow_plain_http`](Self::allow_plain_http) is set.
        /// What goes to this machine goes through no proxy, whatever the environment says.
        #[must_use]
        pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
            self.transport = self.transport.base_url(base_url);
            self
        }

        /// What the calls name as their sender, instead of this crate and its version.
        #[must_use]
        pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
            self.transport = self.transport.user_agent(user_agent);
            self
        }

        /// Time for one attempt, from connecting to the last byte of the answer. 60 seconds unless set.
        #[must_use]
        pub fn timeout(mut self, timeout: ::std::time::Duration) -> Self {
            self.transport = self.transport.timeout(timeout);
            self
        }

        /// Time for making a connection, with TLS. 10 seconds unless set, and at most nine tenths of the
        /// time that is left for the attempt, so that one without a connection ends as one that has sent nothing. A
        /// client given with [`http_client`](Self::http_client) has its own.
        #[must_use]
        pub fn connect_timeout(mut self, timeout: ::std::time::Duration) -> Self {
            self.transport = self.transport.connect_timeout(timeout);
            self
        }

        /// The largest body to accept, in bytes. 64 MiB unless set.
        #[must_use]
        pub fn response_limit(mut self, bytes: usize) -> Self {
            self.transport = self.transport.response_limit(bytes);
            self
        }

        /// When a call is sent again. [`RetryPolicy::never`]($crate::RetryPolicy::never) turns it off.
        #[must_use]
        pub fn retry(mut self, policy: $crate::RetryPolicy) -> Self {
            self.transport = self.transport.retry(policy);
            self
        }

        /// Whether calls wait for their turn under the vendor's published limits, instead of being refused. They do
        /// unless this is `false`. Clones of a client share its budget.
        #[must_use]
        pub fn pacing(mut self, pacing: bool) -> Self {
            self.transport = self.transport.pacing(pacing);
            self
        }

        /// Whether limits that the vendor counts by address are kept, too: all clients of this process that say `true`
        /// share one budget for each address of the API, whatever their credentials. They are not unless set; an API
        /// without such a limit is not concerned.
        #[must_use]
        pub fn rate_limit_by_address(mut self, by_address: bool) -> Self {
            self.transport = self.transport.rate_limit_by_address(by_address);
            self
        }

        /// Whether plain HTTP is allowed to hosts other than this machine. Credentials then travel unencrypted, to the
        /// proxy that the environment names, too.
        #[must_use]
        pub fn allow_plain_http(mut self, allow: bool) -> Self {
            self.transport = self.transport.allow_plain_http(allow);
            self
        }

        /// Reports where answers differ from the spec, to a [`DriftMonitor`]($crate::DriftMonitor) or to a callback
        /// (`|drift: &Drift| ..`), which hears of each difference once. Nothing is compared unless this is set.
        #[must_use]
        pub fn on_drift(mut self, monitor: impl Into<$crate::DriftMonitor>) -> Self {
            self.transport = self.transport.on_drift(monitor, &$table);
            self
        }

        /// A ready `reqwest::Client` instead of one made here. Build it with `redirect(Policy::none())`: a client that
        /// follows redirects carries the credential to wherever it is sent. It keeps its own proxies, those of the
        /// environment (`HTTP_PROXY`) among them: with a base URL on this machine, build it with `no_proxy()`, or plain
        /// HTTP carries the credential to the proxy. To change a proxy or certificates only, use
        /// [`configure_http`](Self::configure_http).
        #[must_use]
        pub fn http_client(mut self, client: ::reqwest::Client) -> Self {
            self.transport = self.transport.http_client(client);
            self
        }

        /// Changes to the `reqwest::Client` that is made here, which speaks HTTP/1.1: a proxy, certificates. Redirects
        /// stay off, and so do proxies if the base URL is on this machine.
        #[must_use]
        pub fn configure_http(
            mut self,
            configure: impl FnOnce(::reqwest::ClientBuilder) -> ::reqwest::ClientBuilder + Send + 'static,
        ) -> Self {
            self.transport = self.transport.configure_http(configure);
            self
        }
    };
}
