use std::fmt;

use http::HeaderValue;

use crate::types::{Secret, is_blank};

/// Error of a credential that can't be sent: it is empty, or holds a character that a header can't carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidCredential;

impl fmt::Display for InvalidCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the credential is empty or holds a character that a header can't carry; check it for line breaks")
    }
}

impl std::error::Error for InvalidCredential {}

/// Returns `Bearer <secret>` as a sensitive header value.
pub(super) fn bearer_value(secret: &Secret) -> Result<HeaderValue, InvalidCredential> {
    sensitive(secret.expose())?;
    sensitive(&format!("Bearer {}", secret.expose()))
}

/// Returns a header value that HTTP libraries don't print.
pub(super) fn sensitive(text: &str) -> Result<HeaderValue, InvalidCredential> {
    if is_blank(text) {
        return Err(InvalidCredential);
    }
    let mut value = HeaderValue::from_str(text).map_err(|_| InvalidCredential)?;
    value.set_sensitive(true);
    Ok(value)
}
