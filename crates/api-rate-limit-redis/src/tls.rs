//! Checks that TLS can be used, and the certificates that the user gives for it.

use redis::{Client, ConnectionAddr, ConnectionInfo};

use crate::connect_error::ConnectError;

/// Beginning of a certificate in PEM.
const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";

const UNREADABLE: ConnectError = ConnectError::Tls("a certificate or a key can't be read: give them as PEM");

/// Certificates in PEM, other than those of the operating system.
#[derive(Clone, Default)]
pub(crate) struct Certificates {
    pub(crate) root: Option<Vec<u8>>,
    pub(crate) client: Option<(Vec<u8>, Vec<u8>)>,
}

/// Returns `true` if a server is reached over TLS.
pub(crate) fn is_tls(server: &ConnectionInfo) -> bool {
    matches!(server.addr(), ConnectionAddr::TcpTls { .. })
}

/// Checks that there are a TLS implementation and readable certificates. Without this check, rustls would panic where it has no
/// cryptography.
///
/// # Errors
///
/// [`ConnectError::Tls`].
pub(crate) fn check_tls(certificates: &Certificates) -> Result<(), ConnectError> {
    let is_pem = |text: &Vec<u8>| text.windows(CERTIFICATE.len()).any(|part| part == CERTIFICATE);
    if !certificates.root.iter().chain(certificates.client.iter().map(|(certificate, _)| certificate)).all(is_pem) {
        return Err(UNREADABLE);
    }
    // With both, redis uses rustls, but does not load the certificates of the operating system.
    if cfg!(all(feature = "rustls-no-provider", feature = "native-tls")) && certificates.root.is_none() {
        return Err(ConnectError::Tls(
            "both the features for rustls and `native-tls` are enabled, so that no certificate is trusted: enable one of \
             them, or give a root_certificate",
        ));
    }
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

/// Error of certificates that redis takes with rustls only.
#[cfg(any(feature = "cluster", feature = "sentinel"))]
pub(crate) const NEEDS_RUSTLS: ConnectError =
    ConnectError::Tls("with sentinels or a cluster, certificates of your own need the feature `rustls`");

/// Creates the client of a server, with these certificates if it is reached over TLS.
///
/// # Errors
///
/// [`ConnectError::Tls`] if they can't be read.
pub(crate) fn new_client(server: ConnectionInfo, certificates: &Certificates) -> Result<Client, ConnectError> {
    #[cfg(any(feature = "rustls-no-provider", feature = "native-tls"))]
    if is_tls(&server)
        && let Some(certificates) = certificates.to_redis()
    {
        return Client::build_with_tls(server, certificates).map_err(|_| UNREADABLE);
    }
    let _ = certificates;
    Client::open(server).map_err(|_| ConnectError::InvalidUrl)
}

impl Certificates {
    #[cfg(any(feature = "rustls-no-provider", feature = "native-tls"))]
    pub(crate) fn to_redis(&self) -> Option<redis::TlsCertificates> {
        let client = |(certificate, key)| redis::ClientTlsConfig { client_cert: certificate, client_key: key };
        (self.root.is_some() || self.client.is_some()).then(|| redis::TlsCertificates {
            client_tls: self.client.clone().map(client),
            root_cert: self.root.clone(),
        })
    }
}
