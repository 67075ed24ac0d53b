use std::fmt;

use http::HeaderValue;

use crate::types::{Secret, is_blank};

/// Error of a credential that can't be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidCredential {
    /// It is empty, or holds a character that a header can't carry.
    Unsendable,
    /// It begins with an authentication scheme, as in `Bearer abc`, which the client adds itself where it belongs.
    SchemePrefix,
}

impl fmt::Display for InvalidCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unsendable => {
                "the credential is empty or holds a character that a header can't carry; check it for line breaks"
            }
            Self::SchemePrefix => {
                "the credential begins with a scheme such as `Bearer`, which the client adds itself; give what follows it"
            }
        })
    }
}

impl std::error::Error for InvalidCredential {}

/// Schemes that tokens are often shown with.
const SCHEMES: [&str; 3] = ["Basic", "Bearer", "Token"];

/// Refuses a secret with a scheme and a blank in front, which no key or token has itself.
///
/// # Errors
///
/// [`InvalidCredential::SchemePrefix`]
pub(super) fn check_scheme(secret: &Secret) -> Result<(), InvalidCredential> {
    let first = secret.expose().trim_ascii_start().split_once([' ', '\t']).map(|(first, _)| first);
    match first.filter(|first| SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(first))) {
        Some(_) => Err(InvalidCredential::SchemePrefix),
        None => Ok(()),
    }
}

/// Returns `Bearer <secret>` as a sensitive header value.
pub(super) fn bearer_value(secret: &Secret) -> Result<HeaderValue, InvalidCredential> {
    sensitive(secret.expose())?;
    sensitive(&format!("Bearer {}", secret.expose()))
}

/// Returns a header value that HTTP libraries don't print.
pub(super) fn sensitive(text: &str) -> Result<HeaderValue, InvalidCredential> {
    if is_blank(text) {
        return Err(InvalidCredential::Unsendable);
    }
    let mut value = HeaderValue::from_str(text).map_err(|_| InvalidCredential::Unsendable)?;
    value.set_sensitive(true);
    Ok(value)
}
