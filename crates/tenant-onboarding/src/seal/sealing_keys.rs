use std::fmt;
use std::fs::File;
use std::future;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chacha20poly1305::aead::{Aead as _, Generate as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use zapsign_api::Secret;
use zeroize::Zeroizing;

use super::context::append_part;
use super::seal_error::SealError;
use super::sealing::{Seal, SealFuture, Sealed};

/// First byte of sealed bytes.
const FORMAT: u8 = 1;
const NONCE_LENGTH: usize = 24;
const KEY_LENGTH: usize = 32;
/// Upper bound of the length of a file of keys, in bytes.
const LONGEST_FILE: u64 = 64 * 1024;
/// Upper bound of the length of a key's id, in bytes.
const LONGEST_ID: usize = 64;

/// Keys of this process that seal secrets with XChaCha20-Poly1305. The first key seals; all of them open. Clones share the keys,
/// which are zeroed when the last one is dropped.
///
/// Sealed bytes are: a byte `1` for this format, the random nonce of 24 bytes, and the ciphertext with its tag of 16 bytes at the
/// end, as libsodium's `crypto_aead_xchacha20poly1305_ietf_encrypt` writes it. The additional data is the length of the key's id
/// in 4 bytes with the most significant one first, that id, and the context.
///
/// ```
/// use tenant_onboarding::SealingKeys;
///
/// # fn main() -> Result<(), tenant_onboarding::SealError> {
/// let line = SealingKeys::generate("2026-11")?;
/// let keys = SealingKeys::parse(&line)?;
/// assert_eq!(format!("{keys:?}"), r#"SealingKeys { ids: ["2026-11"] }"#);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SealingKeys {
    /// At least one; the first is the current one.
    keys: Arc<[SealingKey]>,
}

struct SealingKey {
    id: String,
    /// Zeroed when it is dropped.
    cipher: XChaCha20Poly1305,
}

impl SealingKeys {
    /// Reads keys from a text with a line `ID:BASE64` for each, the current one first. A key has 32 bytes; its id has letters of
    /// ASCII, digits and `.`, `_`, `-`. Empty lines and those that begin with `#` are skipped.
    ///
    /// # Errors
    ///
    /// [`SealError`] with the number of the invalid line.
    pub fn parse(text: &Secret) -> Result<Self, SealError> {
        let mut keys: Vec<SealingKey> = Vec::new();
        for (index, line) in text.expose().lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            // The line is never shown: it is a key, or was meant to be one.
            let invalid = |fault: &str| SealError::new(format!("line {}: {fault}", index + 1));
            let (id, key) = line.split_once(':').ok_or_else(|| invalid("not a key; write ID:BASE64"))?;
            check_id(id).map_err(|fault| invalid(&fault))?;
            if keys.iter().any(|other| other.id == id) {
                return Err(invalid("another key has this id; give each its own"));
            }
            let key = BASE64_STANDARD.decode(key.trim()).map(Zeroizing::new);
            let key = key.map_err(|_| invalid("the key is not base64; write 32 random bytes in it"))?;
            let cipher = XChaCha20Poly1305::new_from_slice(&key);
            let cipher = cipher
                .map_err(|_| invalid(&format!("the key has {} bytes; write {KEY_LENGTH} random bytes", key.len())))?;
            keys.push(SealingKey { id: id.to_owned(), cipher });
        }
        if keys.is_empty() {
            return Err(SealError::new("there is no key; write a line ID:BASE64"));
        }
        Ok(Self { keys: keys.into() })
    }

    /// Reads keys from a file that only its owner can read, as [`SealingKeys::parse`] does.
    ///
    /// # Errors
    ///
    /// [`SealError`] if the file can't be read, others can read it, or a line is invalid.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, SealError> {
        let path = path.as_ref();
        let invalid = |fault: String| SealError::new(format!("the keys in {}: {fault}", path.display()));
        let text = read_private(path).map_err(|error| invalid(error.to_string()))?;
        Self::parse(&text).map_err(|error| invalid(error.to_string()))
    }

    /// Makes a new random key, as a line for [`SealingKeys::parse`].
    ///
    /// # Errors
    ///
    /// [`SealError`] if the id is invalid, or the system has no random numbers.
    pub fn generate(id: &str) -> Result<Secret, SealError> {
        check_id(id).map_err(SealError::new)?;
        let key = <[u8; KEY_LENGTH]>::try_generate().map_err(|_| no_random_numbers())?;
        let key = Zeroizing::new(key);
        let text = Zeroizing::new(BASE64_STANDARD.encode(key.as_slice()));
        let line = Zeroizing::new([id, ":", text.as_str()].concat());
        Ok(Secret::new(line.as_str()))
    }

    fn seal_now(&self, secret: &Secret, context: &[u8]) -> Result<Sealed, SealError> {
        let key = &self.keys[0];
        let nonce = XNonce::try_generate().map_err(|_| no_random_numbers())?;
        let ciphertext = key.encrypt(&nonce, secret.expose().as_bytes(), &additional_data(&key.id, context))?;
        Ok(Sealed { key_id: key.id.clone(), bytes: [&[FORMAT][..], nonce.as_slice(), &ciphertext].concat() })
    }

    fn open_now(&self, sealed: &Sealed, context: &[u8]) -> Result<Secret, SealError> {
        let Sealed { key_id, bytes } = sealed;
        let unknown = || SealError::new(format!("the key {key_id:?} is not among this process's keys; add it to them"));
        let key = self.keys.iter().find(|key| key.id == *key_id).ok_or_else(unknown)?;
        let nonce_and_rest = bytes.strip_prefix(&[FORMAT]).and_then(|rest| rest.split_first_chunk::<NONCE_LENGTH>());
        let (nonce, ciphertext) = nonce_and_rest.ok_or_else(|| SealError::new("not sealed by keys of a process"))?;
        let text = key.decrypt(&XNonce::from(*nonce), ciphertext, &additional_data(key_id, context))?;
        let text = std::str::from_utf8(&text).map_err(|_| SealError::new("the sealed secret is not a text"))?;
        Ok(Secret::new(text))
    }
}

impl SealingKey {
    fn encrypt(&self, nonce: &XNonce, text: &[u8], additional: &[u8]) -> Result<Vec<u8>, SealError> {
        let payload = Payload { msg: text, aad: additional };
        self.cipher.encrypt(nonce, payload).map_err(|_| SealError::new("the secret is too long to be sealed"))
    }

    fn decrypt(&self, nonce: &XNonce, text: &[u8], additional: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let payload = Payload { msg: text, aad: additional };
        let changed = |_| {
            let Self { id, .. } = self;
            let fault = "the secret was changed, belongs to another entry, or was sealed with another key of the id";
            SealError::new(format!("{fault} {id:?}"))
        };
        self.cipher.decrypt(nonce, payload).map(Zeroizing::new).map_err(changed)
    }
}

/// Returns the additional data of a secret: a sealed secret whose key id was changed can't be opened.
fn additional_data(key_id: &str, context: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    append_part(&mut bytes, key_id.as_bytes());
    bytes.extend_from_slice(context);
    bytes
}

fn check_id(id: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if (1..=LONGEST_ID).contains(&id.len()) && id.chars().all(allowed) {
        return Ok(());
    }
    // What stands before the colon may be part of a key.
    Err(format!("the id of the key is invalid; use 1 to {LONGEST_ID} letters, digits, `.`, `_` or `-`"))
}

fn no_random_numbers() -> SealError {
    SealError::new("the system has no random numbers")
}

fn read_private(path: &Path) -> io::Result<Secret> {
    let file = File::open(path)?;
    check_private(&file)?;
    // With room for the whole file, no copy of a part of it is left behind.
    let mut text = Zeroizing::new(String::with_capacity(LONGEST_FILE as usize + 1));
    file.take(LONGEST_FILE + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST_FILE {
        return Err(io::Error::other(format!("it has more than {LONGEST_FILE} bytes, so it is not a file of keys")));
    }
    Ok(Secret::new(text.as_str()))
}

#[cfg(unix)]
fn check_private(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = file.metadata()?.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(io::Error::other(format!("others than its owner can read the file (mode {mode:o}); set its mode to 600")))
}

#[cfg(not(unix))]
fn check_private(_: &File) -> io::Result<()> {
    Ok(())
}

impl Seal for SealingKeys {
    fn seal<'s>(&'s self, secret: &'s Secret, context: &'s [u8]) -> SealFuture<'s, Sealed> {
        Box::pin(future::ready(self.seal_now(secret, context)))
    }

    fn open<'s>(&'s self, sealed: &'s Sealed, context: &'s [u8]) -> SealFuture<'s, Secret> {
        Box::pin(future::ready(self.open_now(sealed, context)))
    }

    fn is_current(&self, sealed: &Sealed) -> bool {
        sealed.key_id == self.keys[0].id
    }
}

/// Shows the ids, the current one first.
impl fmt::Debug for SealingKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<&str> = self.keys.iter().map(|key| key.id.as_str()).collect();
        f.debug_struct("SealingKeys").field("ids", &ids).finish()
    }
}

#[cfg(test)]
#[path = "sealing_keys_tests.rs"]
mod tests;
