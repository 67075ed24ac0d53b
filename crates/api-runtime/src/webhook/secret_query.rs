use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Url, form_urlencoded};

use super::delivery::{DeliveryError, FromDelivery, receive};
use super::verification::{VerificationError, only};
use crate::types::{EmptySecret, Secret};

/// Characters that stand in a query as they are (RFC 3986 section 2.3, unreserved).
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Secret in the query of the URL that deliveries are sent to.
///
/// Register the URL that [`url`](Self::url) makes, and take deliveries with [`receive`](Self::receive). Keep such URLs out
/// of access logs.
#[derive(Debug, Clone)]
pub struct SecretQuery {
    parameter: String,
    secret: Secret,
}

impl SecretQuery {
    /// Takes the name and the value of the query parameter.
    ///
    /// # Errors
    ///
    /// [`EmptySecret`] if the secret is empty or blank.
    pub fn new(parameter: impl Into<String>, secret: impl Into<Secret>) -> Result<Self, EmptySecret> {
        Ok(Self { parameter: parameter.into(), secret: Secret::not_blank(secret)? })
    }

    /// Returns the URL to register: the receiver's address with the secret in its query, percent-encoded. It is a secret,
    /// too.
    ///
    /// # Errors
    ///
    /// [`InvalidWebhookUrl`] if the address is not an absolute URL of `https` or `http`, or has a parameter of this name.
    pub fn url(&self, address: &str) -> Result<Secret, InvalidWebhookUrl> {
        let mut url = Url::parse(address).map_err(|_| InvalidWebhookUrl::Malformed)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(InvalidWebhookUrl::Malformed);
        }
        let before = url.query().filter(|query| !query.is_empty()).map(|query| format!("{query}&"));
        let before = before.unwrap_or_default();
        if self.values(&before).next().is_some() {
            return Err(InvalidWebhookUrl::Repeated);
        }
        let encoded = |text| utf8_percent_encode(text, QUERY);
        url.set_query(Some(&format!("{before}{}={}", encoded(&self.parameter), encoded(self.secret.expose()))));
        Ok(Secret::new(url))
    }

    /// Checks that a request with this query, without the question mark, carries the secret, once: `uri.query()`, or
    /// `query.as_deref()` of axum's `RawQuery`. The comparison takes the same time wherever the two differ.
    ///
    /// # Errors
    ///
    /// [`VerificationError`] if the parameter is missing, repeated, or has another value.
    pub fn verify<'q>(&self, query: impl Into<Option<&'q str>>) -> Result<(), VerificationError> {
        let value = only(self.values(query.into().unwrap_or_default()))?;
        if self.secret.matches(value.as_bytes()) { Ok(()) } else { Err(VerificationError::Wrong) }
    }

    /// Checks a delivery and parses its body: into an event, or into a `Vec` of events where the vendor may send several
    /// at once.
    ///
    /// # Errors
    ///
    /// [`DeliveryError::Forged`] as for [`verify`](Self::verify), and [`DeliveryError::Undecodable`] if the body is not
    /// JSON that can be read.
    pub fn receive<'q, D: FromDelivery>(
        &self,
        query: impl Into<Option<&'q str>>,
        body: &[u8],
    ) -> Result<D, DeliveryError> {
        receive(self.verify(query), body)
    }

    /// Returns the values of the parameter in a query.
    fn values<'q>(&self, query: &'q str) -> impl Iterator<Item = std::borrow::Cow<'q, str>> {
        form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| *name == self.parameter).map(|(_, value)| value)
    }
}

/// Error of an address that deliveries can't be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidWebhookUrl {
    /// The address is not an absolute URL of `https` or `http`.
    Malformed,
    /// The address has a parameter of the secret's name.
    Repeated,
}

impl fmt::Display for InvalidWebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => {
                "the address is not a URL that deliveries can be sent to: write it as in https://crm.example/hook"
            }
            Self::Repeated => "the address has a parameter of the secret's name: leave it out, it is added here",
        })
    }
}

impl std::error::Error for InvalidWebhookUrl {}

#[cfg(test)]
mod tests {
    use super::super::events::InvalidEvent;
    use super::*;

    #[test]
    fn the_secret_of_a_query_counts_once_and_whole() {
        let secret = SecretQuery::new("secret", "s3cret&").expect("a secret");
        assert_eq!(secret.verify("a=b&secret=s3cret%26"), Ok(()));
        assert_eq!(secret.verify(Some("secret=s3cret%26")), Ok(()));
        for query in [None, Some(""), Some("Secret=s3cret%26")] {
            assert_eq!(secret.verify(query), Err(VerificationError::Missing), "{query:?}");
        }
        assert_eq!(secret.verify("secret=s3cret%26&secret=s3cret%26"), Err(VerificationError::Repeated));
        for query in ["secret=", "secret=s3cret"] {
            assert_eq!(secret.verify(query), Err(VerificationError::Wrong), "{query}");
        }
        assert!(!format!("{secret:?}").contains("s3cret"));
        for empty in ["", " ", "\t", "\n"] {
            assert_eq!(SecretQuery::new("secret", empty).err(), Some(EmptySecret), "{empty:?}");
        }
    }

    #[test]
    fn a_forged_delivery_is_told_from_one_that_can_not_be_read() {
        struct Nothing;
        impl FromDelivery for Nothing {
            fn from_delivery(_: &[u8]) -> Result<Self, InvalidEvent> {
                Ok(Self)
            }
        }
        let secret = SecretQuery::new("secret", "s3cret").expect("a secret");
        let receive = |query, body: &[u8]| secret.receive::<Vec<Nothing>>(query, body);
        assert_eq!(receive(Some("secret=s3cret"), b"[{}, {}]").map(|events| events.len()).ok(), Some(2));
        for (query, reason) in [(None, VerificationError::Missing), (Some("secret=other"), VerificationError::Wrong)] {
            let error = receive(query, b"{}").err().expect("it is forged");
            assert!(matches!(error, DeliveryError::Forged(found) if found == reason), "{error}");
            assert_eq!((error.status().as_u16(), error.to_string()), (401, reason.to_string()));
        }
        let secrets = "[".repeat(1_000_000);
        let error = receive(Some("secret=s3cret"), secrets.as_bytes()).err().expect("it is too large");
        let DeliveryError::Undecodable(invalid) = &error else { panic!("{error}") };
        assert_eq!((error.status().as_u16(), invalid.body().len()), (400, secrets.len()));
    }

    #[test]
    fn the_url_that_is_registered_carries_the_secret() {
        for text in ["s3cret", "a b&c=d#e?f+g%20/\u{e9}", "\"'<>|"] {
            let secret = SecretQuery::new("the secret", text).expect("a secret");
            for address in ["https://crm.example/d360", "https://crm.example/d360?", "http://127.0.0.1:3000?a=%26&b=c"]
            {
                let url = secret.url(address).expect("a url");
                let url = Url::parse(url.expose()).expect("a url");
                assert_eq!(secret.verify(url.query()), Ok(()), "{url}");
                let first = address.split('?').next().expect("a first part");
                assert!(url.as_str().starts_with(first) && url.fragment().is_none(), "{url}");
                assert!(!url.as_str().contains([' ', '+', '"', '<', '|']), "{url}");
            }
            let url = secret.url("http://127.0.0.1:3000?a=%26&b=c").expect("a url");
            assert!(url.expose().contains("?a=%26&b=c&the%20secret="), "the other parameters stay as they are");
        }
    }

    #[test]
    fn an_address_that_nothing_can_be_sent_to_is_refused() {
        let secret = SecretQuery::new("secret", "s3cret").expect("a secret");
        for address in ["", "crm.example/d360", "/d360", "https://", "https://crm .example/", "ftp://crm.example/"] {
            assert_eq!(secret.url(address).err(), Some(InvalidWebhookUrl::Malformed), "{address}");
        }
        let twice = secret.url("https://crm.example/d360?secret=another");
        assert_eq!(twice.err(), Some(InvalidWebhookUrl::Repeated));
    }
}
