use std::fmt;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::Secret;

/// What a call proves its right with.
#[derive(Clone)]
pub struct Credential {
    name: HeaderName,
    value: HeaderValue,
}

/// The credential can't stand in a header: it is empty or holds a character that headers don't allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidCredential;

impl fmt::Display for InvalidCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the credential is empty or holds a character that a header can't carry; check it for line breaks")
    }
}

impl std::error::Error for InvalidCredential {}

impl Credential {
    /// A header of the vendor's own, for example `X-API-Key`.
    ///
    /// # Errors
    ///
    /// If the secret can't stand in a header.
    pub fn header(name: HeaderName, secret: &Secret) -> Result<Self, InvalidCredential> {
        if secret.expose().trim().is_empty() {
            return Err(InvalidCredential);
        }
        let mut value = HeaderValue::from_str(secret.expose()).map_err(|_| InvalidCredential)?;
        value.set_sensitive(true);
        Ok(Self { name, value })
    }

    /// `Authorization: Bearer ...`.
    ///
    /// # Errors
    ///
    /// If the secret can't stand in a header.
    pub fn bearer(secret: &Secret) -> Result<Self, InvalidCredential> {
        Self::header(AUTHORIZATION, secret)?;
        Self::header(AUTHORIZATION, &Secret::new(format!("Bearer {}", secret.expose())))
    }

    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        headers.insert(self.name.clone(), self.value.clone());
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("header", &self.name).finish_non_exhaustive()
    }
}
