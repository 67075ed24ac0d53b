use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};

use super::header_value::{InvalidCredential, bearer_value, check_scheme, sensitive};
use super::token_cache::TokenCache;
use super::token_provider::TokenProvider;
use crate::rate_limit::Fingerprint;
use crate::types::{Secret, is_blank};

/// Credential that a client sends with every call of an authenticated operation.
#[derive(Clone)]
pub enum Credential {
    /// Static header, the same on every call.
    Header(CredentialHeader),
    /// Access token, sent as `Authorization: Bearer ...`: fetched with a login, cached, and refreshed.
    Token(Arc<TokenCache>),
}

/// Header whose value is a secret. The value is marked as sensitive, so that HTTP libraries don't print it.
#[derive(Clone)]
pub struct CredentialHeader {
    pub(crate) name: HeaderName,
    pub(crate) value: HeaderValue,
}

impl Credential {
    /// Creates a credential that is sent in a header of the vendor's own, for example `X-API-Key`.
    ///
    /// # Errors
    ///
    /// [`InvalidCredential`] if the secret is empty, consists of white space, or holds a character that a header can't
    /// carry, or if it begins with a scheme, as in `Bearer abc`, in another header than `Authorization`.
    pub fn header(name: HeaderName, secret: &Secret) -> Result<Self, InvalidCredential> {
        if name != AUTHORIZATION {
            check_scheme(secret)?;
        }
        Ok(Self::Header(CredentialHeader { name, value: sensitive(secret.expose())? }))
    }

    /// Creates a credential that is sent in a header of this name; upper and lower case are the same.
    ///
    /// # Errors
    ///
    /// [`InvalidCredential`] if the name is not that of a header, or the secret is one that [`header`](Self::header)
    /// refuses.
    pub fn named_header(name: &str, secret: &Secret) -> Result<Self, InvalidCredential> {
        Self::header(name.parse().map_err(|_| InvalidCredential::Unsendable)?, secret)
    }

    /// Creates a credential that is sent as `Authorization: Basic ...`. One of user and password may be empty.
    ///
    /// # Errors
    ///
    /// [`InvalidCredential`] if the user holds a colon, which the server would take for its end, or if both are empty
    /// or consist of white space.
    pub fn basic(user: &str, password: &Secret) -> Result<Self, InvalidCredential> {
        if user.contains(':') || (is_blank(user) && is_blank(password.expose())) {
            return Err(InvalidCredential::Unsendable);
        }
        let encoded = STANDARD.encode(format!("{user}:{}", password.expose()));
        Ok(Self::Header(CredentialHeader { name: AUTHORIZATION, value: sensitive(&format!("Basic {encoded}"))? }))
    }

    /// Creates a credential that is sent as `Authorization: Bearer ...`, the same token on every call.
    ///
    /// # Errors
    ///
    /// [`InvalidCredential`] if the token is empty, consists of white space, begins with a scheme, as in `Bearer abc`,
    /// or holds a character that a header can't carry.
    pub fn bearer(secret: &Secret) -> Result<Self, InvalidCredential> {
        check_scheme(secret)?;
        Ok(Self::Header(CredentialHeader { name: AUTHORIZATION, value: bearer_value(secret)? }))
    }

    /// Creates a credential that fetches access tokens from a provider: the first one with the first call that needs
    /// it, the next one up to 60 s before a token expires, and one after the server has rejected a token. Its clones
    /// share the token.
    ///
    /// `login` is what the provider logs in with, such as user and password, and tells accounts apart for rate limits.
    ///
    /// # Errors
    ///
    /// [`InvalidCredential`] if a part of the login is empty or consists of white space.
    pub fn login(login: &[&str], provider: impl TokenProvider) -> Result<Self, InvalidCredential> {
        if login.iter().any(|part| is_blank(part)) {
            return Err(InvalidCredential::Unsendable);
        }
        let parts: Vec<&[u8]> = login.iter().map(|part| part.as_bytes()).collect();
        Ok(Self::Token(Arc::new(TokenCache::new(provider, Fingerprint::of(&parts)))))
    }

    /// Returns the fingerprint of the secret.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        match self {
            Self::Header(header) => Fingerprint::of(&[header.name.as_str().as_bytes(), header.value.as_bytes()]),
            Self::Token(cache) => cache.fingerprint(),
        }
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
    use super::super::token_provider::AccessToken;
    use super::*;
    use crate::operation::{Operation, ResponsePattern};
    use crate::request::RequestBuilder;

    type Begin<'b> = &'b dyn Fn(&'static Operation) -> RequestBuilder;

    #[test]
    fn an_empty_secret_is_no_credential() {
        for empty in ["", " ", "\t"] {
            let secret = Secret::new(empty);
            assert!(Credential::bearer(&secret).is_err() && Credential::named_header("x-key", &secret).is_err());
            assert!(Credential::basic(empty, &secret).is_err());
        }
        // Some vendors take an API key as the user, with an empty password.
        assert!(Credential::basic("key", &Secret::new("")).is_ok());
    }

    #[test]
    fn a_scheme_in_front_is_no_part_of_a_secret() {
        for secret in ["Bearer abc", "bearer\tabc", " Token abc", "BASIC YTpi"] {
            let secret = Secret::new(secret);
            assert_eq!(Credential::bearer(&secret).err(), Some(InvalidCredential::SchemePrefix));
            assert_eq!(Credential::named_header("x-key", &secret).err(), Some(InvalidCredential::SchemePrefix));
            // A header of that name carries the scheme, too, and a password may be any text.
            assert!(Credential::header(AUTHORIZATION, &secret).is_ok() && Credential::basic("user", &secret).is_ok());
        }
        for secret in ["Bearer", "bearer-abc", "tokenabc", "abc Bearer"] {
            assert!(Credential::bearer(&Secret::new(secret)).is_ok(), "{secret}");
        }
    }

    /// Provider that logs in nowhere.
    struct NoLogin;

    impl TokenProvider for NoLogin {
        fn token_request(&self, begin: Begin<'_>, _: Option<&Secret>) -> RequestBuilder {
            static LOGIN: Operation = Operation::new("request", http::Method::POST, "", false);
            begin(&LOGIN)
        }

        fn parse_token(&self, _: &[u8]) -> Option<AccessToken> {
            None
        }

        fn rejections(&self) -> &'static [ResponsePattern] {
            &[]
        }
    }

    #[test]
    fn an_account_is_told_by_all_that_it_logs_in_with() {
        let fingerprint = |login: &[&str]| Credential::login(login, NoLogin).expect("a login").fingerprint();
        assert_eq!(fingerprint(&["1", "ana", "right"]), fingerprint(&["1", "ana", "right"]));
        for other in [&["2", "ana", "right"][..], &["1", "bento", "right"], &["1", "ana", "wrong"], &["1ana", "right"]]
        {
            assert_ne!(fingerprint(&["1", "ana", "right"]), fingerprint(other), "{other:?}");
        }
        assert!(Credential::login(&["1", "ana", " "], NoLogin).is_err());
        let key = |name: &str| Credential::named_header(name, &Secret::new("k")).expect("a key").fingerprint();
        assert_ne!(key("x-key"), key("x-other"));
    }
}
