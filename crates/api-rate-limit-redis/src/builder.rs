//! Settings of a store.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use api_runtime::{RateLimitRule, RateLimitScope, Settlement, SlotRequest, WindowKey};
use redis::io::tcp::TcpSettings;
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _};

use super::connect_error::ConnectError;
use super::endpoint::Endpoint;
use super::reconnect::{Reconnect, open};
use super::store::RedisRateLimitStore;
use super::tls::{self, Certificates};

/// Settings of a [`RedisRateLimitStore`].
#[derive(Clone)]
#[must_use = "the store is created by `connect`"]
pub struct RedisRateLimitStoreBuilder {
    url: String,
    prefix: String,
    response_timeout: Duration,
    allow_eviction: bool,
    certificates: Certificates,
}

impl RedisRateLimitStoreBuilder {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            prefix: "rate-limit".to_owned(),
            response_timeout: Duration::from_millis(500),
            allow_eviction: false,
            certificates: Certificates::default(),
        }
    }

    /// Sets the beginning of each key, `rate-limit` by default. Processes share limits if they have the same prefix.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets the longest time for an answer, 500 ms by default. A call waits for no longer, and then goes on as the
    /// [`StoreOutage`](api_runtime::StoreOutage) says.
    pub fn response_timeout(mut self, timeout: Duration) -> Self {
        self.response_timeout = timeout;
        self
    }

    /// Accepts a server that evicts keys when its memory is full, or that does not tell. `false` by default: an evicted key
    /// is a forgotten window, so that more requests are sent than its limit.
    pub fn allow_eviction(mut self, allow: bool) -> Self {
        self.allow_eviction = allow;
        self
    }

    /// Accepts server certificates that lead to this one, as PEM, instead of to those that the operating system trusts.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.certificates.root = Some(pem.into());
        self
    }

    /// Sends this certificate to the server, with its key, both as PEM.
    pub fn client_certificate(mut self, certificate_pem: impl Into<Vec<u8>>, key_pem: impl Into<Vec<u8>>) -> Self {
        self.certificates.client = Some((certificate_pem.into(), key_pem.into()));
        self
    }

    /// Connects, checks the server, and takes and settles an attempt under a key of its own, so that a missing permission or
    /// a replica is found here.
    ///
    /// # Errors
    ///
    /// [`ConnectError`], after some seconds at the latest.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    pub async fn connect(self) -> Result<RedisRateLimitStore, ConnectError> {
        if !is_valid_prefix(&self.prefix) {
            return Err(ConnectError::InvalidPrefix);
        }
        let endpoint = self.endpoint()?;
        let opened = open(&endpoint).await.map_err(ConnectError::Store)?;
        opened.1.check(self.allow_eviction)?;
        let store = RedisRateLimitStore::new(&self.prefix, Reconnect::new(endpoint, opened, self.response_timeout));
        try_out(&store).await?;
        Ok(store)
    }

    fn endpoint(&self) -> Result<Endpoint, ConnectError> {
        let server = server(&self.url)?;
        if matches!(server.addr(), ConnectionAddr::TcpTls { .. }) {
            tls::check()?;
        }
        Ok(Endpoint::Server(tls::client(server, &self.certificates)?))
    }
}

/// Reads the URL of a server.
fn server(url: &str) -> Result<ConnectionInfo, ConnectError> {
    let server = url.into_connection_info().map_err(|_| {
        // Without TLS, redis does not know the scheme.
        if url.starts_with("rediss:") {
            tls::check().err().unwrap_or(ConnectError::InvalidUrl)
        } else {
            ConnectError::InvalidUrl
        }
    })?;
    let settings = server.redis_settings().clone().set_lib_name(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    // A request is small, and must not wait for the acknowledgement of the one before.
    Ok(server.set_redis_settings(settings).set_tcp_settings(TcpSettings::default().set_nodelay(true)))
}

/// Takes and settles an attempt, with a hold, in a window of its own that lasts a second.
async fn try_out(store: &RedisRateLimitStore) -> Result<(), ConnectError> {
    let rule = RateLimitRule { requests: u32::MAX, per_seconds: 1, scope: RateLimitScope::Credential };
    let window = Arc::new(WindowKey::new("connect", "check", rule));
    let attempt = SlotRequest::new(Duration::from_millis(1), [window]);
    store.take_slots(&attempt).await.map_err(ConnectError::Store)?;
    let hold = Some((0, Duration::from_millis(1)));
    store.settle_slots(&attempt, Settlement::Ended { hold }).await.map_err(ConnectError::Store)?;
    store.settle_slots(&attempt, Settlement::NotSent).await.map_err(ConnectError::Store)
}

fn is_valid_prefix(prefix: &str) -> bool {
    let is_valid = |c: char| c.is_ascii_alphanumeric() || "-_.:/".contains(c);
    (1..=64).contains(&prefix.len()) && prefix.chars().all(is_valid)
}

/// Without the URL, which may have a password, and without keys.
impl fmt::Debug for RedisRateLimitStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisRateLimitStoreBuilder")
            .field("prefix", &self.prefix)
            .field("response_timeout", &self.response_timeout)
            .field("allow_eviction", &self.allow_eviction)
            .finish_non_exhaustive()
    }
}
