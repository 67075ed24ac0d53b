//! Sentinels, which know the address of the primary.

use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{ConnectionAddr, ConnectionInfo, RedisResult, TlsMode};

#[cfg(feature = "rustls-no-provider")]
use crate::tls::Certificates;
use crate::tls::is_tls;

/// Sentinels, and what the connection to the primary needs but its address.
pub(crate) struct Sentinels {
    pub(crate) sentinels: Vec<ConnectionInfo>,
    /// Server with the name of the primary as its host.
    pub(crate) primary: ConnectionInfo,
    #[cfg(feature = "rustls-no-provider")]
    pub(crate) certificates: Certificates,
}

impl Sentinels {
    /// Creates the client that asks the sentinels. It keeps connections to them, so a new one is used each time.
    ///
    /// # Errors
    ///
    /// That of an invalid setting.
    pub(crate) fn client(&self) -> RedisResult<SentinelClient> {
        let name = match self.primary.addr() {
            ConnectionAddr::TcpTls { host, .. } | ConnectionAddr::Tcp(host, _) => host,
            _ => "",
        };
        let addresses = self.sentinels.iter().map(|sentinel| sentinel.addr().clone());
        let mut builder = SentinelClientBuilder::new(addresses, name, SentinelServerType::Master)?
            .set_client_to_redis_tcp_settings(self.primary.tcp_settings().clone())
            .set_client_to_redis_db(self.primary.redis_settings().db());
        if is_tls(&self.primary) {
            builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
        }
        if let Some(user) = self.primary.redis_settings().username() {
            builder = builder.set_client_to_redis_username(user);
        }
        if let Some(password) = self.primary.redis_settings().password() {
            builder = builder.set_client_to_redis_password(password);
        }
        if let Some(sentinel) = self.sentinels.first().map(ConnectionInfo::redis_settings) {
            if let Some(user) = sentinel.username() {
                builder = builder.set_client_to_sentinel_username(user);
            }
            if let Some(password) = sentinel.password() {
                builder = builder.set_client_to_sentinel_password(password);
            }
        }
        #[cfg(feature = "rustls-no-provider")]
        if let Some(certificates) = self.certificates.to_redis() {
            if is_tls(&self.primary) {
                builder = builder.set_client_to_redis_certificates(certificates.clone());
            }
            if self.sentinels.iter().all(is_tls) {
                builder = builder.set_client_to_sentinel_certificates(certificates);
            }
        }
        builder.build()
    }
}
