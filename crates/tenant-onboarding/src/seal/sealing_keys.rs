use std::fmt;
use std::path::Path;

use zapsign_api::Secret;

use super::{Seal, SealError, SealFuture, Sealed};

/// Keys of this process that seal secrets with XChaCha20-Poly1305. The first key seals; all of them open.
#[derive(Clone)]
pub struct SealingKeys {}

impl SealingKeys {
    /// Reads keys from a text with a line `ID:BASE64` for each, the current one first. A key has 32 bytes.
    ///
    /// # Errors
    ///
    /// [`SealError`] with the number of the invalid line.
    pub fn parse(text: &Secret) -> Result<Self, SealError> {
        let _ = text;
        todo!()
    }

    /// Reads keys from a file that only its owner can read.
    ///
    /// # Errors
    ///
    /// [`SealError`] if the file can't be read, others can read it, or a line is invalid.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, SealError> {
        let _ = path;
        todo!()
    }

    /// Makes a new random key, as a line for [`SealingKeys::parse`].
    ///
    /// # Errors
    ///
    /// [`SealError`] if the system has no random numbers.
    pub fn generate(id: &str) -> Result<Secret, SealError> {
        let _ = id;
        todo!()
    }
}

impl Seal for SealingKeys {
    fn seal<'s>(&'s self, secret: &'s Secret, context: &'s [u8]) -> SealFuture<'s, Sealed> {
        let _ = (secret, context);
        todo!()
    }

    fn open<'s>(&'s self, sealed: &'s Sealed, context: &'s [u8]) -> SealFuture<'s, Secret> {
        let _ = (sealed, context);
        todo!()
    }

    fn is_current(&self, sealed: &Sealed) -> bool {
        let _ = sealed;
        todo!()
    }
}

impl fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealingKeys").finish_non_exhaustive()
    }
}
