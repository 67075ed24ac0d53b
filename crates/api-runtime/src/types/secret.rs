use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::ConstantTimeEq as _;

/// Secret string: a token, key or password.
///
/// `Debug` does not show the value, there is no `Display`, and the memory is zeroed on drop. Read the value with
/// [`Secret::expose`]. Serializing it writes the value, because that is how it gets into a request body.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a value, which may be empty.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into().into())
    }

    /// Wraps a value that authenticates its sender. An empty one is rejected, because every sender knows it.
    ///
    /// # Errors
    ///
    /// [`EmptySecret`] if the value is empty or only ASCII white space.
    pub fn not_blank(value: impl Into<Self>) -> Result<Self, EmptySecret> {
        let secret = value.into();
        if is_blank(secret.expose()) { Err(EmptySecret) } else { Ok(secret) }
    }

    /// Returns `true` if `candidate` equals the secret. The comparison takes constant time, so its duration does not
    /// reveal the position of the first difference.
    pub fn matches(&self, candidate: &[u8]) -> bool {
        self.expose().as_bytes().ct_eq(candidate).into()
    }

    /// Returns the value. Two secrets are compared with `==`, in constant time, too.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Returns `true` if a text is empty or only ASCII white space.
pub(crate) fn is_blank(text: &str) -> bool {
    text.trim_ascii().is_empty()
}

/// Error of a secret that is empty or blank, which every sender would know. Usually the environment variable that holds
/// it is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmptySecret;

impl fmt::Display for EmptySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the secret is empty, so anybody would know it: is the variable that holds it set?")
    }
}

impl std::error::Error for EmptySecret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Compares in constant time.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.matches(other.expose().as_bytes())
    }
}

impl Eq for Secret {}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}

impl From<&String> for Secret {
    fn from(value: &String) -> Self {
        Self::new(value)
    }
}

impl From<&Self> for Secret {
    fn from(value: &Self) -> Self {
        value.clone()
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_its_value_and_survives_a_round_trip() {
        let secret: Secret = serde_json::from_str(r#""s3cret""#).expect("a JSON string");
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert_eq!(secret.expose(), "s3cret");
        assert!(secret.matches(b"s3cret") && !secret.matches(b"s3creT") && !secret.matches(b""));
        assert_eq!(serde_json::to_string(&secret).expect("a string encodes"), r#""s3cret""#);
    }

    /// Every form in which a caller holds a secret.
    #[test]
    fn takes_text_by_value_and_by_reference() {
        let text = "s3cret".to_owned();
        let secret = Secret::from(&text);
        for secret in [Secret::from("s3cret"), Secret::from(&secret), Secret::from(text)] {
            assert_eq!(secret.expose(), "s3cret");
        }
    }

    #[test]
    fn one_that_anybody_knows_is_refused_where_it_is_asked_for() {
        for empty in ["", " ", "\t\r\n"] {
            assert_eq!(Secret::not_blank(empty).err(), Some(EmptySecret), "{empty:?}");
        }
        assert_eq!(Secret::not_blank(" s ").expect("it is not blank").expose(), " s ");
    }
}
