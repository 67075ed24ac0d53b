use http::{HeaderMap, HeaderName};
use url::form_urlencoded;

use crate::types::{EmptySecret, Secret};

/// Secret that the vendor sends along with every delivery, in a header of the receiver's choosing.
#[derive(Debug, Clone)]
pub struct SecretHeader {
    name: HeaderName,
    secret: Secret,
}

impl SecretHeader {
    /// Takes the header's name, as given when the webhook was registered, and its value.
    ///
    /// # Errors
    ///
    /// [`EmptySecret`] if the secret is empty or blank.
    pub fn new(name: HeaderName, secret: impl Into<Secret>) -> Result<Self, EmptySecret> {
        Ok(Self { name, secret: Secret::not_blank(secret)? })
    }

    /// Returns `true` if a delivery with these headers carries the secret, once. The comparison takes the same time
    /// wherever the two differ.
    pub fn verify(&self, headers: &HeaderMap) -> bool {
        let mut values = headers.get_all(&self.name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => self.secret.matches(value.as_bytes()),
            _ => false,
        }
    }
}

/// Secret in the query of the URL that deliveries are sent to.
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

    /// Returns `true` if a request with this query, without the question mark, carries the secret, once. The comparison
    /// takes the same time wherever the two differ.
    pub fn verify(&self, query: &str) -> bool {
        let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| *name == self.parameter);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => self.secret.matches(value.as_bytes()),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_secret_is_rejected_before_it_lets_anybody_in() {
        let name = HeaderName::from_static("x-webhook-secret");
        for empty in ["", " ", "\t", "\n"] {
            assert_eq!(SecretHeader::new(name.clone(), empty).err(), Some(EmptySecret), "{empty:?}");
            assert_eq!(SecretQuery::new("secret", empty).err(), Some(EmptySecret), "{empty:?}");
        }
    }

    #[test]
    fn the_secret_of_a_header_counts_once_and_whole() {
        let name = HeaderName::from_static("x-webhook-secret");
        let header = SecretHeader::new(name.clone(), "s3cret").expect("a secret");
        let with = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(&name, value.parse().expect("a value"));
            }
            headers
        };
        assert!(header.verify(&with(&["s3cret"])));
        for values in [&[][..], &[""], &["s3cre"], &["s3cret", "s3cret"]] {
            assert!(!header.verify(&with(values)), "{values:?}");
        }
    }

    #[test]
    fn the_secret_of_a_query_counts_once_and_whole() {
        let secret = SecretQuery::new("secret", "s3cret&").expect("a secret");
        assert!(secret.verify("a=b&secret=s3cret%26"));
        for query in ["", "secret=", "secret=s3cret", "secret=s3cret%26&secret=s3cret%26", "Secret=s3cret%26"] {
            assert!(!secret.verify(query), "{query}");
        }
        assert!(!format!("{secret:?}").contains("s3cret"));
    }
}
