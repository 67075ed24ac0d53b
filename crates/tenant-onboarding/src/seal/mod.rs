//! Sealing of secrets before they go into a shared journal.

mod sealing_keys;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

pub use sealing_keys::SealingKeys;
use zapsign_api::Secret;

/// Result of sealing or opening, later.
pub type SealFuture<'s, T> = Pin<Box<dyn Future<Output = Result<T, SealError>> + Send + 's>>;

/// Sealing of secrets: [`SealingKeys`] with keys of this process, or a key service.
///
/// `context` says which entry of which tenant a secret belongs to. It is not secret itself, and a secret that was sealed in one
/// context can't be opened in another.
pub trait Seal: Send + Sync + 'static {
    /// Seals a secret with the current key.
    ///
    /// # Errors
    ///
    /// [`SealError`] if the key service can't be reached, or refuses.
    fn seal<'s>(&'s self, secret: &'s Secret, context: &'s [u8]) -> SealFuture<'s, Sealed>;

    /// Opens a secret with the key that it was sealed with.
    ///
    /// # Errors
    ///
    /// [`SealError`] if that key is not known, or the secret or its context was changed.
    fn open<'s>(&'s self, sealed: &'s Sealed, context: &'s [u8]) -> SealFuture<'s, Secret>;

    /// Returns `true` if a secret was sealed with the current key.
    fn is_current(&self, sealed: &Sealed) -> bool;
}

/// Sealed secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Id of the key.
    pub key_id: String,
    /// Sealed bytes.
    pub bytes: Vec<u8>,
}

/// Error of sealing or opening a secret, with a text that shows no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealError(String);

impl SealError {
    /// Creates an error. Its text gets into errors of the journal, so it must not show a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SealError {}
