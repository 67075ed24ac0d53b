use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::delivery::{DeliveryError, FromDelivery, receive};
use super::verification::{VerificationError, only};
use crate::types::{Secret, is_blank};

/// Secret that the vendor sends along with every delivery, in a header of the receiver's choosing.
///
/// Register the webhook with this [`name`](Self::name) and [`secret`](Self::secret), and take deliveries with
/// [`receive`](Self::receive).
#[derive(Debug, Clone)]
pub struct SecretHeader {
    name: HeaderName,
    secret: Secret,
}

impl SecretHeader {
    /// Takes the header's name, such as `X-Webhook-Secret`, and its value. Upper and lower case of the name are the same.
    ///
    /// # Errors
    ///
    /// [`InvalidSecretHeader`] if the name is not that of a header, the secret is empty or blank, or a header can't carry
    /// it as it is.
    pub fn new(name: impl AsRef<str>, secret: impl Into<Secret>) -> Result<Self, InvalidSecretHeader> {
        let name = name.as_ref().parse().map_err(|_| InvalidSecretHeader::Name)?;
        let secret = secret.into();
        let text = secret.expose();
        if is_blank(text) {
            return Err(InvalidSecretHeader::Empty);
        }
        // Blanks around a value are lost on the way.
        if text.trim_ascii() != text || !text.is_ascii() || HeaderValue::from_str(text).is_err() {
            return Err(InvalidSecretHeader::Value);
        }
        Ok(Self { name, secret })
    }

    /// Returns the header's name, in lower case.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Returns the header's value.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Checks that a delivery with these headers carries the secret, once. The comparison takes the same time wherever
    /// the two differ.
    ///
    /// # Errors
    ///
    /// [`VerificationError`] if the header is missing, repeated, or has another value.
    pub fn verify(&self, headers: &HeaderMap) -> Result<(), VerificationError> {
        let value = only(headers.get_all(&self.name).iter())?;
        if self.secret.matches(value.as_bytes()) { Ok(()) } else { Err(VerificationError::Wrong) }
    }

    /// Checks a delivery and parses its body: into an event, or into a `Vec` of events where the vendor may send several
    /// at once.
    ///
    /// # Errors
    ///
    /// [`DeliveryError::Forged`] as for [`verify`](Self::verify), and [`DeliveryError::Undecodable`] if the body is not
    /// JSON that can be read.
    pub fn receive<D: FromDelivery>(&self, headers: &HeaderMap, body: &[u8]) -> Result<D, DeliveryError> {
        receive(self.verify(headers), body)
    }

    /// Returns the headers of a delivery that carries the secret: for tests of a receiver.
    pub fn headers(&self) -> HeaderMap {
        let value = HeaderValue::from_str(self.secret.expose()).ok().map(|mut value| {
            value.set_sensitive(true);
            (self.name.clone(), value)
        });
        value.into_iter().collect()
    }
}

/// Error of a header that can't carry a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidSecretHeader {
    /// The name is not that of a header.
    Name,
    /// The secret is empty or blank, so anybody would know it.
    Empty,
    /// The secret has other characters than those of printable ASCII, or a blank at an end.
    Value,
}

impl fmt::Display for InvalidSecretHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "the header's name is none: use letters, digits and hyphens, as in `X-Webhook-Secret`",
            Self::Empty => "the secret is empty, so anybody would know it: is the variable that holds it set?",
            Self::Value => {
                "a header can't carry the secret as it is: use printable ASCII, without a blank or line break at an end"
            }
        })
    }
}

impl std::error::Error for InvalidSecretHeader {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_proves_nothing_is_refused_when_it_is_made() {
        for empty in ["", " ", "\t", "\n"] {
            assert_eq!(SecretHeader::new("x-secret", empty).err(), Some(InvalidSecretHeader::Empty), "{empty:?}");
        }
        for value in [" s3cret", "s3cret\n", "s3\ncret", "s\u{e9}cret"] {
            assert_eq!(SecretHeader::new("x-secret", value).err(), Some(InvalidSecretHeader::Value), "{value:?}");
        }
        for name in ["", "x secret", "x:secret", "x\u{e9}"] {
            assert_eq!(SecretHeader::new(name, "s3cret").err(), Some(InvalidSecretHeader::Name), "{name:?}");
        }
    }

    #[test]
    fn the_secret_of_a_header_counts_once_and_whole() {
        let header = SecretHeader::new("X-Webhook-Secret", "s3cret").expect("a secret");
        let with = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("x-webhook-secret", value.parse().expect("a value"));
            }
            headers
        };
        assert_eq!(header.verify(&with(&["s3cret"])), Ok(()));
        assert_eq!(header.verify(&header.headers()), Ok(()));
        assert_eq!(header.verify(&with(&[])), Err(VerificationError::Missing));
        assert_eq!(header.verify(&with(&["s3cret", "s3cret"])), Err(VerificationError::Repeated));
        for value in ["", "s3cre", "s3cret2"] {
            assert_eq!(header.verify(&with(&[value])), Err(VerificationError::Wrong), "{value}");
        }
        assert!(!format!("{header:?} {:?}", header.headers()).contains("s3cret"));
    }
}
