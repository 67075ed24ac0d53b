//! Base URL: the address that the paths of operations are appended to.

use reqwest::Url;
use url::Host;

use super::build_error::BuildError;

/// Parses a base URL: `https`, or `http` to a loopback host, or any `http` with `plain_http`.
///
/// # Errors
///
/// [`BuildError::BaseUrl`] if paths can't be appended to the URL, it holds a user or a password, or it would send the
/// credential unencrypted to another machine.
pub(crate) fn parse_base_url(text: &str, plain_http: bool) -> Result<Url, BuildError> {
    let invalid = |reason| Err(BuildError::BaseUrl { reason });
    let Ok(url) = Url::parse(text) else {
        return invalid("is not a url; write it like https://api.example");
    };
    if url.host().is_none() {
        return invalid("names no host");
    }
    match url.scheme() {
        "https" => {}
        "http" if plain_http || is_loopback(&url) => {}
        "http" if url.domain().is_some_and(|name| name.ends_with(".localhost")) => {
            return invalid(
                "is below .localhost, which a resolver may place on another machine, and would send the credential \
                 unencrypted: write http://localhost or http://127.0.0.1 for this machine",
            );
        }
        "http" => {
            return invalid("would send the credential unencrypted: use https, or allow it with `allow_plain_http`");
        }
        _ => return invalid("has a scheme other than https"),
    }
    if url.query().is_some() || url.fragment().is_some() {
        return invalid("has a query or a fragment; paths can't be appended to it");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return invalid("holds a user name or password; give credentials to the builder instead");
    }
    Ok(url)
}

/// Returns `true` if the host is this machine without a question to a resolver: `localhost`, or a loopback address.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::builder::PipelineBuilder;
    use super::*;

    #[test]
    fn a_base_url_is_https_or_this_machine() {
        for (text, expected) in [
            ("https://api.example/", "https://api.example"),
            ("https://api.example/v1//", "https://api.example/v1"),
            ("https://hooks.localhost", "https://hooks.localhost"),
            ("http://127.0.0.1:80", "http://127.0.0.1"),
            ("http://[::1]:81/", "http://[::1]:81"),
            ("http://localhost:82", "http://localhost:82"),
        ] {
            let pipeline = PipelineBuilder::new(text, "test").danger_http_client(reqwest::Client::new()).build();
            assert_eq!(pipeline.expect(text).base_url(), expected);
        }
        for text in [
            "http://api.example",
            "http://localhost.example",
            "http://10.0.0.1",
            "http://0.0.0.0",
            "ftp://api.example",
            "api.example",
            "https://api.example?x=1",
            "https://me:secret@api.example",
        ] {
            let error = parse_base_url(text, false).expect_err(text).to_string();
            assert!(!error.contains("secret"), "{error}");
        }
        assert!(parse_base_url("http://api.example", true).is_ok());
    }

    #[test]
    fn a_name_below_localhost_may_be_another_machine() {
        for text in ["http://hooks.localhost", "http://a.b.LOCALHOST:1"] {
            let error = parse_base_url(text, false).expect_err(text).to_string();
            assert!(error.contains("write http://localhost or http://127.0.0.1"), "{error}");
            assert!(parse_base_url(text, true).is_ok(), "{text}");
        }
    }
}
