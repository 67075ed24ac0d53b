//! The platform secret, which a partner makes in the Partner Hub: deliveries and sign-up links are signed with it.

use std::fmt;

use hmac::KeyInit;

use crate::Secret;

/// Error of a platform secret that nothing can be signed or checked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidPlatformSecret {
    /// No secret was given.
    Missing,
    /// A secret is empty or blank. Anybody can sign with an empty key.
    Empty,
}

impl fmt::Display for InvalidPlatformSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "no platform secret was given: make one in the Partner Hub",
            Self::Empty => "a platform secret is empty: is the variable that holds it set?",
        })
    }
}

impl std::error::Error for InvalidPlatformSecret {}

/// Returns the HMAC that a platform secret keys.
///
/// # Errors
///
/// If the secret is empty or blank.
pub(crate) fn keyed<M: KeyInit>(secret: &Secret) -> Result<M, InvalidPlatformSecret> {
    let secret = Secret::not_blank(secret.clone()).map_err(|_| InvalidPlatformSecret::Empty)?;
    // An HMAC takes a key of any length.
    M::new_from_slice(secret.expose().as_bytes()).map_err(|_| InvalidPlatformSecret::Empty)
}
