//! Settings of a store.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use api_runtime::{RateLimitRule, RateLimitScope, Settlement, SlotRequest, WindowKey};
#[cfg(feature = "cluster")]
use redis::cluster::ClusterClient;
#[cfg(all(feature = "cluster", feature = "rustls-no-provider"))]
use redis::cluster::ClusterClientBuilder;
use redis::io::tcp::TcpSettings;
use redis::{ConnectionInfo, IntoConnectionInfo as _};

use crate::connect_error::ConnectError;
use crate::endpoint::Endpoint;
use crate::reconnect::{Reconnect, open};
#[cfg(feature = "sentinel")]
use crate::sentinels::Sentinels;
use crate::store::RedisRateLimitStore;
#[cfg(any(feature = "cluster", feature = "sentinel"))]
use crate::tls::NEEDS_RUSTLS;
use crate::tls::{Certificates, check_tls, is_tls, new_client};

/// Number of times that the client of a cluster follows a slot which has moved, or waits for one that is moving.
#[cfg(feature = "cluster")]
const CLUSTER_RETRIES: u32 = 3;
/// Time between these in ms, and some more at random. By default it is so long that a call would not learn within its
/// response time-out that a node is away.
#[cfg(feature = "cluster")]
const CLUSTER_RETRY_WAIT: u64 = 100;

/// Settings of a [`RedisRateLimitStore`].
#[derive(Clone)]
#[must_use = "the store is created by `connect`"]
pub struct RedisRateLimitStoreBuilder {
    url: String,
    topology: Topology,
    prefix: String,
    response_timeout: Duration,
    allow_eviction: bool,
    certificates: Certificates,
}

impl RedisRateLimitStore {
    /// Connects with the defaults to a server, as `redis://user:password@host:6379/0`, `rediss://…` over TLS, or
    /// `unix:///path`.
    ///
    /// # Errors
    ///
    /// As [`RedisRateLimitStoreBuilder::connect`].
    pub async fn connect(url: impl AsRef<str>) -> Result<Self, ConnectError> {
        Self::builder(url).connect().await
    }

    /// Returns a builder for other settings, with the URL of a server, as `redis://user:password@host:6379/0`,
    /// `rediss://…` over TLS, or `unix:///path`.
    pub fn builder(url: impl AsRef<str>) -> RedisRateLimitStoreBuilder {
        RedisRateLimitStoreBuilder::new(url.as_ref())
    }
}

impl RedisRateLimitStoreBuilder {
    fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            topology: Topology::Server,
            prefix: "rate-limit".to_owned(),
            response_timeout: Duration::from_secs(2),
            allow_eviction: false,
            certificates: Certificates::default(),
        }
    }

    /// Asks these sentinels for the primary, which the URL of the builder then names: its host is the name that the sentinels
    /// know, as in `redis://user:password@mymaster`, and its port is not used. The sentinels have the user and the password
    /// of the first of their URLs.
    #[cfg(feature = "sentinel")]
    #[cfg_attr(docsrs, doc(cfg(feature = "sentinel")))]
    pub fn sentinels<U: AsRef<str>>(mut self, urls: impl IntoIterator<Item = U>) -> Self {
        self.topology = Topology::Sentinels(urls.into_iter().map(|url| url.as_ref().to_owned()).collect());
        self
    }

    /// Connects to a cluster. The URL of the builder is that of one of its nodes, and these are further ones, if any, to
    /// start from while the first is away. All have the same user and password.
    #[cfg(feature = "cluster")]
    #[cfg_attr(docsrs, doc(cfg(feature = "cluster")))]
    pub fn cluster<U: AsRef<str>>(mut self, further_urls: impl IntoIterator<Item = U>) -> Self {
        self.topology = Topology::Cluster(further_urls.into_iter().map(|url| url.as_ref().to_owned()).collect());
        self
    }

    /// Sets the beginning of each key, `rate-limit` by default. Processes share limits if they have the same prefix.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets the longest time for an answer, 2 s by default. A call waits for no longer, and then goes on as the
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
        let server = server(&self.url, &self.certificates)?;
        if is_tls(&server) {
            check_tls(&self.certificates)?;
        }
        match &self.topology {
            Topology::Server => Ok(Endpoint::Server(Box::new(new_client(server, &self.certificates)?))),
            #[cfg(feature = "sentinel")]
            Topology::Sentinels(urls) => {
                let sentinels =
                    urls.iter().map(|url| self::server(url, &self.certificates)).collect::<Result<Vec<_>, _>>()?;
                if sentinels.iter().any(is_tls) {
                    check_tls(&self.certificates)?;
                }
                self.check_certificates()?;
                let sentinels = Sentinels {
                    sentinels,
                    primary: server,
                    #[cfg(feature = "rustls-no-provider")]
                    certificates: self.certificates.clone(),
                };
                sentinels.client().map_err(|_| ConnectError::InvalidUrl)?;
                Ok(Endpoint::Sentinels(Box::new(sentinels)))
            }
            #[cfg(feature = "cluster")]
            Topology::Cluster(further_urls) => {
                self.check_certificates()?;
                #[cfg(feature = "rustls-no-provider")]
                let certificates = self.certificates.to_redis().filter(|_| is_tls(&server));
                let mut nodes = vec![server];
                for url in further_urls {
                    nodes.push(self::server(url, &self.certificates)?);
                }
                let builder = ClusterClient::builder(nodes)
                    .response_timeout(self.response_timeout)
                    .retries(CLUSTER_RETRIES)
                    .min_retry_wait(CLUSTER_RETRY_WAIT)
                    .tcp_settings(tcp_settings());
                #[cfg(feature = "rustls-no-provider")]
                let builder = certificates.into_iter().fold(builder, ClusterClientBuilder::certs);
                Ok(Endpoint::Cluster(Box::new(builder.build().map_err(|_| ConnectError::InvalidUrl)?)))
            }
        }
    }

    #[cfg(any(feature = "cluster", feature = "sentinel"))]
    fn check_certificates(&self) -> Result<(), ConnectError> {
        let given = self.certificates.root.is_some() || self.certificates.client.is_some();
        if given && cfg!(not(feature = "rustls-no-provider")) { Err(NEEDS_RUSTLS) } else { Ok(()) }
    }
}

/// Servers that the store consists of.
#[derive(Clone)]
enum Topology {
    Server,
    #[cfg(feature = "sentinel")]
    Sentinels(Vec<String>),
    #[cfg(feature = "cluster")]
    Cluster(Vec<String>),
}

/// Returns the settings of connections over TCP.
fn tcp_settings() -> TcpSettings {
    // A request is small, and must not wait for the acknowledgement of the one before.
    TcpSettings::default().set_nodelay(true)
}

/// Reads the URL of a server.
fn server(url: &str, certificates: &Certificates) -> Result<ConnectionInfo, ConnectError> {
    let server = url.into_connection_info().map_err(|_| {
        // Without TLS, redis does not know the scheme.
        if url.starts_with("rediss:") {
            check_tls(certificates).err().unwrap_or(ConnectError::InvalidUrl)
        } else {
            ConnectError::InvalidUrl
        }
    })?;
    let settings = server.redis_settings().clone().set_lib_name(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    Ok(server.set_redis_settings(settings).set_tcp_settings(tcp_settings()))
}

/// Takes and settles an attempt, with a hold, in a window of its own that lasts a second.
async fn try_out(store: &RedisRateLimitStore) -> Result<(), ConnectError> {
    let rule = RateLimitRule { requests: u32::MAX, per_seconds: 1, scope: RateLimitScope::Credential };
    let window = Arc::new(WindowKey::new("connect", "check", rule));
    let attempt = SlotRequest::new(Duration::from_millis(1), [window]);
    store.take_slots(&attempt).await.map_err(ConnectError::Store)?;
    let hold = Some(Duration::from_millis(1));
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

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "pw-7f";

    #[tokio::test]
    async fn a_url_that_is_none_is_refused_without_its_text() {
        for url in [
            format!("http://user:{SECRET}@store.example"),
            format!("redis://user:{SECRET}@store.example/not-a-number"),
            format!("user:{SECRET}@store.example"),
            String::new(),
        ] {
            let error = RedisRateLimitStore::connect(&url).await.expect_err("the URL is invalid");
            assert_eq!(error, ConnectError::InvalidUrl, "{url}");
            assert!(!format!("{error} {error:?}").contains(SECRET));
        }
    }

    #[tokio::test]
    async fn a_prefix_leaves_the_hash_tag_alone() {
        for prefix in ["", "a{b", "a}", "a b", "é", &"a".repeat(65)] {
            let builder = RedisRateLimitStore::builder("redis://127.0.0.1:1").prefix(prefix);
            assert_eq!(
                builder.connect().await.expect_err("the prefix is invalid"),
                ConnectError::InvalidPrefix,
                "{prefix}"
            );
        }
        assert!(is_valid_prefix("team/app-1:rate_limit.v2"));
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_unreachable() {
        let error = RedisRateLimitStore::connect("unix:///nonexistent/store.sock").await.expect_err("nobody listens");
        assert_eq!(error, ConnectError::Store(crate::store_error::UNREACHABLE));
    }

    #[cfg(not(any(feature = "rustls-no-provider", feature = "native-tls")))]
    #[tokio::test]
    async fn without_tls_a_url_that_needs_it_names_the_features() {
        let error = RedisRateLimitStore::connect("rediss://store.example").await.expect_err("there is no TLS");
        assert!(error.to_string().starts_with("no tls: none is compiled in"), "{error}");
    }

    #[cfg(all(feature = "rustls-no-provider", feature = "native-tls"))]
    #[tokio::test]
    async fn with_two_kinds_of_tls_a_root_certificate_is_needed() {
        let error = RedisRateLimitStore::connect("rediss://store.example").await.expect_err("nothing is trusted");
        assert!(error.to_string().starts_with("no tls: both"), "{error}");
    }

    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    #[tokio::test]
    async fn a_root_certificate_is_pem() {
        let builder = RedisRateLimitStore::builder("rediss://store.example").root_certificate("not pem");
        let error = builder.connect().await.expect_err("it is no certificate");
        assert_eq!(error.to_string(), "no tls: a certificate or a key can't be read: give them as PEM");
    }

    #[test]
    fn debug_shows_neither_the_url_nor_a_key() {
        let builder = RedisRateLimitStore::builder(format!("redis://user:{SECRET}@store.example"))
            .client_certificate("certificate", SECRET);
        let text = format!("{builder:?}");
        assert!(text.contains("rate-limit") && !text.contains(SECRET) && !text.contains("store.example"), "{text}");
    }

    #[test]
    fn requests_are_sent_at_once() {
        let server = server("redis://store.example", &Certificates::default()).expect("it is a URL");
        assert!(server.tcp_settings().nodelay());
    }
}
