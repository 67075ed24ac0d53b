//! Check that a client can use TLS.

use reqwest::Url;

use super::build_error::BuildError;

/// Checks for a TLS implementation. Without this check, reqwest would panic or fail at the first call.
///
/// # Errors
///
/// [`BuildError::Tls`] if rustls has no crypto provider, or if `base` is `https` and no TLS is compiled in.
pub(crate) fn check(base: &Url) -> Result<(), BuildError> {
    if cfg!(any(feature = "rustls", feature = "native-tls")) {
        return Ok(());
    }
    #[cfg(feature = "rustls-no-provider")]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        let reason = "rustls has no cryptography: install a provider first, for example with \
                      `rustls::crypto::ring::default_provider().install_default()`, or enable the feature `rustls`";
        return Err(BuildError::Tls { reason });
    }
    if cfg!(not(feature = "rustls-no-provider")) && base.scheme() == "https" {
        let reason = "none is compiled in: enable the feature `rustls`, `rustls-no-provider` or `native-tls`, or give a \
                      reqwest::Client with `danger_http_client`";
        return Err(BuildError::Tls { reason });
    }
    Ok(())
}

#[cfg(all(test, not(any(feature = "rustls", feature = "native-tls"))))]
mod tests {
    use super::super::builder::PipelineBuilder;

    /// The features of the build select one of the two tests; CI runs both.
    #[cfg(not(feature = "rustls-no-provider"))]
    #[test]
    fn without_tls_only_plain_http_is_built() {
        let error = PipelineBuilder::new("https://api.example", "test").build().expect_err("there is no TLS");
        assert!(error.to_string().starts_with("no tls: none is compiled in"), "{error}");
        assert!(PipelineBuilder::new("http://127.0.0.1:9", "test").build().is_ok());
    }

    #[cfg(feature = "rustls-no-provider")]
    #[test]
    fn without_a_provider_nothing_is_built_and_with_one_it_is() {
        let build = || PipelineBuilder::new("https://api.example", "test").build();
        let error = build().expect_err("rustls has no cryptography");
        assert!(error.to_string().starts_with("no tls: rustls has no cryptography"), "{error}");
        rustls::crypto::ring::default_provider().install_default().expect("it is the first");
        assert!(build().is_ok());
    }
}
