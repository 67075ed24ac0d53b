//! Checks that TLS can be used, and the certificates that the user gives for it.

use redis::{Client, ConnectionInfo};

use super::connect_error::ConnectError;

/// Certificates in PEM, other than those of the operating system.
#[derive(Clone, Default)]
pub(crate) struct Certificates {
    pub(crate) root: Option<Vec<u8>>,
    pub(crate) client: Option<(Vec<u8>, Vec<u8>)>,
}

/// Checks for a TLS implementation. Without this check, rustls would panic where it has no cryptography.
///
/// # Errors
///
/// [`ConnectError::Tls`].
pub(crate) fn check() -> Result<(), ConnectError> {
    #[cfg(feature = "rustls-no-provider")]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        #[cfg(feature = "rustls")]
        // An error says that another thread has just installed one.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        #[cfg(not(feature = "rustls"))]
        return Err(ConnectError::Tls(
            "rustls has no cryptography: install a provider first, for example with \
             `rustls::crypto::ring::default_provider().install_default()`, or enable the feature `rustls`",
        ));
    }
    if cfg!(not(any(feature = "rustls-no-provider", feature = "native-tls"))) {
        return Err(ConnectError::Tls(
            "none is compiled in: enable the feature `rustls`, `rustls-no-provider` or `native-tls`",
        ));
    }
    Ok(())
}

/// Creates the client of a server with these certificates, if the server is reached over TLS.
///
/// # Errors
///
/// [`ConnectError::Tls`] if they can't be read.
#[cfg(any(feature = "rustls-no-provider", feature = "native-tls"))]
pub(crate) fn client(server: ConnectionInfo, certificates: &Certificates) -> Result<Client, ConnectError> {
    let is_tls = matches!(server.addr(), redis::ConnectionAddr::TcpTls { .. });
    if !is_tls || (certificates.root.is_none() && certificates.client.is_none()) {
        return Client::open(server).map_err(|_| ConnectError::InvalidUrl);
    }
    Client::build_with_tls(server, certificates.to_redis())
        .map_err(|_| ConnectError::Tls("a certificate or a key can't be read: give them as PEM"))
}

#[cfg(not(any(feature = "rustls-no-provider", feature = "native-tls")))]
pub(crate) fn client(server: ConnectionInfo, _: &Certificates) -> Result<Client, ConnectError> {
    Client::open(server).map_err(|_| ConnectError::InvalidUrl)
}

#[cfg(any(feature = "rustls-no-provider", feature = "native-tls"))]
impl Certificates {
    fn to_redis(&self) -> redis::TlsCertificates {
        redis::TlsCertificates {
            client_tls: self
                .client
                .clone()
                .map(|(client_cert, client_key)| redis::ClientTlsConfig { client_cert, client_key }),
            root_cert: self.root.clone(),
        }
    }
}
