use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};

use super::header_value::{InvalidCredential, bearer_value, is_blank, sensitive};
use super::token_cache::TokenKeeper;
use super::token_provider::TokenSource;
use crate::types::Secret;

/// What a call proves its right with.
#[derive(Clone)]
pub enum Credential {
    /// The same header on every call.
    Header(CredentialHeader),
    /// An access token that is got with a login and renewed.
    Token(Arc<TokenKeeper>),
}

/// A header that holds a secret.
#[derive(Clone)]
pub struct CredentialHeader {
    pub(crate) name: HeaderName,
    pub(crate) value: HeaderValue,
}

impl Credential {
    /// A header of the vendor's own, for example `X-API-Key`.
    ///
    /// # Errors
    ///
    /// If the secret can't stand in a header.
    pub fn header(name: HeaderName, secret: &Secret) -> Result<Self, InvalidCredential> {
        Ok(Self::Header(CredentialHeader { name, value: sensitive(secret.expose())? }))
    }

    /// A header by its name in lower case.
    ///
    /// # Errors
    ///
    /// If the secret can't stand in a header, or the name is that of none.
    pub fn named_header(name: &str, secret: &Secret) -> Result<Self, InvalidCredential> {
        Self::header(name.parse().map_err(|_| InvalidCredential)?, secret)
    }

    /// `Authorization: Basic ...`: user and password.
    ///
    /// # Errors
    ///
    /// If the user holds a colon, which would end it, or both are empty.
    pub fn basic(user: &str, password: &Secret) -> Result<Self, InvalidCredential> {
        if user.contains(':') || (is_blank(user) && is_blank(password.expose())) {
            return Err(InvalidCredential);
        }
        let encoded = STANDARD.encode(format!("{user}:{}", password.expose()));
        Ok(Self::Header(CredentialHeader { name: AUTHORIZATION, value: sensitive(&format!("Basic {encoded}"))? }))
    }

    /// `Authorization: Bearer ...`.
    ///
    /// # Errors
    ///
    /// If the secret can't stand in a header.
    pub fn bearer(secret: &Secret) -> Result<Self, InvalidCredential> {
        Ok(Self::Header(CredentialHeader { name: AUTHORIZATION, value: bearer_value(secret)? }))
    }

    /// Access tokens from this provider, got when the first call needs one and renewed before they run out and when the
    /// server refuses one.
    pub fn token(provider: impl TokenSource) -> Self {
        Self::Token(Arc::new(TokenKeeper::new(provider)))
    }

    /// Access tokens from a provider that logs in with this user and password.
    ///
    /// # Errors
    ///
    /// If one of the two is empty.
    pub fn login(user: &str, password: &Secret, provider: impl TokenSource) -> Result<Self, InvalidCredential> {
        if is_blank(user) || is_blank(password.expose()) { Err(InvalidCredential) } else { Ok(Self::token(provider)) }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(header) => f.debug_struct("Credential").field("header", &header.name).finish_non_exhaustive(),
            Self::Token(_) => f.debug_struct("Credential").field("header", &AUTHORIZATION).finish_non_exhaustive(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_proves_anything_with_nothing() {
        for empty in ["", " ", "\t"] {
            let secret = Secret::new(empty);
            assert!(Credential::bearer(&secret).is_err() && Credential::named_header("x-key", &secret).is_err());
            assert!(Credential::basic(empty, &secret).is_err());
        }
        // Some vendors take a key as the user, and no password.
        assert!(Credential::basic("key", &Secret::new("")).is_ok());
    }
}
