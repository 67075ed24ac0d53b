//! TLS of the connections: chain and host name of the server's certificate are always checked.

use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

pub(super) use implementation::Tls;

/// Creates the TLS of connections. `root_certificates` are those in PEM that are trusted in place of the operating system's.
///
/// # Errors
///
/// The reason why there is none: none is compiled in although it is asked for, or no certificate can be read.
pub(super) fn connector(config: &Config, root_certificates: Option<&[u8]>) -> Result<Tls, String> {
    implementation::connector(root_certificates, config.get_ssl_mode() == SslMode::Require)
}

#[cfg(feature = "postgres-rustls-no-provider")]
mod implementation {
    use std::sync::Arc;

    use rustls::crypto::CryptoProvider;
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    use rustls::{ClientConfig, RootCertStore};
    use tokio_postgres_rustls::MakeRustlsConnect;

    pub(in crate::postgres) type Tls = MakeRustlsConnect;

    pub(super) fn connector(root_certificates: Option<&[u8]>, required: bool) -> Result<Tls, String> {
        let mut roots = RootCertStore::empty();
        match root_certificates {
            Some(pem) => {
                for certificate in CertificateDer::pem_slice_iter(pem) {
                    let certificate = certificate.map_err(|_| super::UNREADABLE)?;
                    roots.add(certificate).map_err(|_| super::UNREADABLE)?;
                }
                if roots.is_empty() {
                    return Err(super::UNREADABLE.to_owned());
                }
            }
            None => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                // Without TLS, none is needed.
                if roots.is_empty() && required {
                    let fault = "TLS: the operating system has no certificates: install them (the package is often called \
                         ca-certificates), or give a root_certificate";
                    return Err(fault.to_owned());
                }
            }
        }
        let config = ClientConfig::builder_with_provider(provider()?).with_safe_default_protocol_versions();
        let config = config.map_err(|_| "TLS: rustls' provider has no cryptography of TLS 1.2 or 1.3".to_owned())?;
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(MakeRustlsConnect::new(config))
    }

    /// Returns the cryptography that the program installed. Without this check, rustls would panic where there is none.
    fn provider() -> Result<Arc<CryptoProvider>, String> {
        let installed = CryptoProvider::get_default().cloned();
        #[cfg(feature = "postgres-rustls")]
        let installed = installed.or_else(|| Some(Arc::new(rustls::crypto::aws_lc_rs::default_provider())));
        let missing = "TLS: rustls has no cryptography: install a provider first, for example with \
             `rustls::crypto::ring::default_provider().install_default()`, or enable the feature `postgres-rustls`";
        installed.ok_or_else(|| missing.to_owned())
    }
}

#[cfg(all(feature = "postgres-native-tls", not(feature = "postgres-rustls-no-provider")))]
mod implementation {
    use native_tls::{Certificate, TlsConnector};
    use postgres_native_tls::MakeTlsConnector;

    pub(in crate::postgres) type Tls = MakeTlsConnector;

    pub(super) fn connector(root_certificates: Option<&[u8]>, _: bool) -> Result<Tls, String> {
        let mut builder = TlsConnector::builder();
        if let Some(pem) = root_certificates {
            let certificates = Certificate::stack_from_pem(pem).map_err(|_| super::UNREADABLE)?;
            if certificates.is_empty() {
                return Err(super::UNREADABLE.to_owned());
            }
            builder.disable_built_in_roots(true);
            for certificate in certificates {
                builder.add_root_certificate(certificate);
            }
        }
        postgres_native_tls::set_postgresql_alpn(&mut builder);
        let connector = builder.build().map_err(|error| format!("TLS: the operating system's library: {error}"))?;
        Ok(MakeTlsConnector::new(connector))
    }
}

#[cfg(not(any(feature = "postgres-rustls-no-provider", feature = "postgres-native-tls")))]
mod implementation {
    use tokio_postgres::NoTls;

    pub(in crate::postgres) type Tls = NoTls;

    pub(super) fn connector(root_certificates: Option<&[u8]>, required: bool) -> Result<Tls, String> {
        if required || root_certificates.is_some() {
            let fault = "TLS: none is compiled in: enable the feature `postgres-rustls`, `postgres-rustls-no-provider` or \
                 `postgres-native-tls` of tenant-onboarding";
            return Err(fault.to_owned());
        }
        Ok(NoTls)
    }
}

#[cfg(any(feature = "postgres-rustls-no-provider", feature = "postgres-native-tls"))]
const UNREADABLE: &str = "TLS: the root certificate can't be read: give certificates as PEM";

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(url: &str, root_certificates: Option<&[u8]>) -> Option<String> {
        connector(&url.parse().expect("a URL"), root_certificates).map(drop).err()
    }

    #[cfg(not(any(feature = "postgres-rustls-no-provider", feature = "postgres-native-tls")))]
    #[test]
    fn tls_that_is_asked_for_is_not_left_out() {
        let names_feature =
            |fault: Option<String>| fault.is_some_and(|fault| fault.contains("the feature `postgres-rustls`"));
        assert!(names_feature(fault("postgres://host/db?sslmode=require", None)));
        assert!(names_feature(fault("postgres://host/db", Some(b"pem"))));
        assert_eq!(fault("postgres://host/db", None), None);
        assert_eq!(fault("postgres://host/db?sslmode=disable", None), None);
    }

    #[cfg(any(feature = "postgres-rustls", feature = "postgres-native-tls"))]
    #[test]
    fn a_root_certificate_is_pem() {
        for pem in [&b""[..], b"pem", b"-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n"] {
            assert_eq!(fault("postgres://host/db", Some(pem)).as_deref(), Some(UNREADABLE));
        }
        assert_eq!(fault("postgres://host/db", None), None);
    }
}
