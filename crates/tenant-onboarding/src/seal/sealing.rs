use std::future::Future;
use std::pin::Pin;

use zapsign_api::Secret;

use super::seal_error::SealError;

/// Result of sealing or opening, later.
pub type SealFuture<'s, T> = Pin<Box<dyn Future<Output = Result<T, SealError>> + Send + 's>>;

/// Sealing of secrets: [`SealingKeys`](crate::SealingKeys) with keys of this process, or a key service.
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
