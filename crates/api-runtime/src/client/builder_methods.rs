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
        /// whole is bounded by its [`time_limit`](Self::time_limit), which ends an attempt, too. An attempt that exceeds
        /// either ends as [`Error::Transport`]($crate::Error::Transport) if it is the last.
        #[must_use]
        pub fn attempt_timeout(mut self, timeout: ::std::time::Duration) -> Self {
            self.pipeline = self.pipeline.attempt_timeout(timeout);
            self
        }

        /// Sets the time limit of a call as a whole, from which its deadline follows: all attempts, the backoff between
        /// them, the wait for rate limits, and a login; default 300 s. Each call can set its own.
        ///
        /// No attempt begins after the deadline, and one in progress ends with it. A wait that would end after it is not
        /// begun.
        #[must_use]
        pub fn time_limit(mut self, limit: ::std::time::Duration) -> Self {
            self.pipeline = self.pipeline.time_limit(limit);
            self
        }

        /// Sets the maximum wait before an attempt, for a rate limit, for `Retry-After` or for the backoff; default:
        /// none, so that the [`time_limit`](Self::time_limit) alone bounds it. Each call can set its own.
        ///
        /// A call that would wait longer fails, most often at once: with
        /// [`Error::InvalidRequest`]($crate::Error::InvalidRequest), whose text says how long the wait would be, or with
        /// the error of its last attempt. `retry_after()` of either is that wait, where the vendor or the rate limit
        /// tells it.
        #[must_use]
        pub fn max_wait(mut self, wait: ::std::time::Duration) -> Self {
            self.pipeline = self.pipeline.max_wait(wait);
            self
        }

        /// Sets the maximum duration of connecting: name resolution, TCP and TLS; default 10 s.
        ///
        /// It is at most nine tenths of the time that the attempt has, so that an attempt without a connection ends as
        /// a failed connection, which is certain not to have sent the request. No effect on a client that is given with
        /// [`danger_http_client`](Self::danger_http_client).
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

        /// Sets the policy by which failed calls are repeated; default: at most 4 attempts, see
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
        /// Calls are counted for each credential, jointly for all clients that share the
        /// [`rate_limits`](Self::rate_limits). Waiting calls are sent in the order in
        /// which they began to wait. A call that can't be sent within its [`time_limit`](Self::time_limit) and
        /// [`max_wait`](Self::max_wait) fails with [`Error::InvalidRequest`]($crate::Error::InvalidRequest), without the
        /// wait.
        #[must_use]
        pub fn rate_limiting(mut self, enabled: bool) -> Self {
            self.pipeline = self.pipeline.rate_limiting(enabled);
            self
        }

        /// Sets the handle of the rate limits, a clone of which other clients have: their calls are counted together where
        /// they have the same credential. Default: a handle of its own, which clones of the client and the clients of other
        /// accounts that are made from it share.
        ///
        /// With [`RateLimits::shared`]($crate::RateLimits::shared), the calls of other processes count, too.
        #[must_use]
        pub fn rate_limits(mut self, rate_limits: $crate::RateLimits) -> Self {
            self.pipeline = self.pipeline.rate_limits(rate_limits);
            self
        }

        /// Sets whether rate limits that the vendor counts by network address are kept, too; default `false`.
        ///
        /// All clients that share the [`rate_limits`](Self::rate_limits) and for which this is `true` have one count for each
        /// address of the API, whatever their credentials. No effect on an API without such limits, or with `false` for [`rate_limiting`](Self::rate_limiting).
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

        /// Sets a [`reqwest::Client`](::reqwest::Client) that is ready, instead of the one that `build` creates. For
        /// proxies and certificates use [`configure_http`](Self::configure_http): the last call of the two wins. Clients of
        /// other accounts that are made from one share its connections without this.
        ///
        /// It is dangerous because nothing here can change or check the settings of that client:
        ///
        /// - Unless it was built with `redirect(Policy::none())`, it follows redirects. The credential in a header of its own,
        ///   such as `X-API-Key`, the query and after a 307 or 308 the body are sent to the other address, whatever its host;
        ///   reqwest leaves out `Authorization` only. The call then fails with
        ///   [`TransportErrorKind::Redirected`]($crate::TransportErrorKind::Redirected). If no connection to the other address
        ///   can be made, it fails as one that did not reach the server, and is repeated. Unless it was built with
        ///   `referer(false)`, the other address also gets the one that redirected, in `Referer`: of a file that is downloaded,
        ///   that is its link, and whoever has the link has the file.
        /// - Unless it was built with `no_proxy()`, a proxy of the environment (`HTTP_PROXY`) receives the credential over
        ///   plain HTTP if the base URL is on this machine.
        /// - It may use HTTP/2 and retries of its own, and connecting is bounded by the attempt timeout alone:
        ///   [`connect_timeout`](Self::connect_timeout) has no effect on it.
        #[must_use]
        pub fn danger_http_client(mut self, client: ::reqwest::Client) -> Self {
            self.pipeline = self.pipeline.danger_http_client(client);
            self
        }

        /// Sets a closure that `build` calls to change the HTTP client that it creates: proxies, certificates. The last
        /// call of this and [`danger_http_client`](Self::danger_http_client) wins.
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

        $crate::__transport_method!();
    };
}

/// Generates the setter of a transport for tests, with the feature `test-util`.
#[cfg(feature = "test-util")]
#[doc(hidden)]
#[macro_export]
macro_rules! __transport_method {
    () => {
        /// Sets a transport that plays replies back, instead of an HTTP client: for tests without a socket. Feature
        /// `test-util`.
        ///
        /// Everything else is the real one: checks, retries, rate limits, decoding. The last call of this and the setters
        /// of an HTTP client wins.
        #[must_use]
        pub fn transport(mut self, transport: $crate::testing::ReplayTransport) -> Self {
            self.pipeline = self.pipeline.transport(transport);
            self
        }
    };
}

/// Generates nothing, without the feature `test-util`.
#[cfg(not(feature = "test-util"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __transport_method {
    () => {};
}
