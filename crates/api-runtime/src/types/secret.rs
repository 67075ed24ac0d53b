use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use subtle::ConstantTimeEq as _;

/// A value that must not be seen: a token, a key, a password.
///
/// It never prints itself, and its memory is cleared when it is dropped. [`Secret::expose`] is the one way to read it.
/// Encoding a body that holds one writes the value, because that is what sending it means.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a value into hiding.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into().into())
    }

    /// Takes a secret that tells others apart by whether they know it: anybody knows an empty one.
    ///
    /// # Errors
    ///
    /// If it is empty or blank.
    pub fn not_blank(value: impl Into<Self>) -> Result<Self, EmptySecret> {
        let secret = value.into();
        if secret.expose().trim_ascii().is_empty() { Err(EmptySecret) } else { Ok(secret) }
    }

    /// Whether a value that somebody sent is this one. How long the comparison takes does not tell where they differ.
    pub fn matches(&self, candidate: &[u8]) -> bool {
        self.expose().as_bytes().ct_eq(candidate).into()
    }

    /// The value itself.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Error of a secret that is empty or blank, most often because a variable is not set. It would let anybody in.
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

    #[test]
    fn one_that_anybody_knows_is_refused_where_it_is_asked_for() {
        for empty in ["", " ", "\t\r\n"] {
            assert_eq!(Secret::not_blank(empty).err(), Some(EmptySecret), "{empty:?}");
        }
        assert_eq!(Secret::not_blank(" s ").expect("it is not blank").expose(), " s ");
    }
}
