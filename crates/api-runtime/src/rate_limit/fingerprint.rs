use std::fmt;

use base16ct::HexDisplay;
use sha2::{Digest as _, Sha256};

/// Fingerprint of a credential, by which the calls of one account are counted together: a hash, which does not lead back to
/// the secret. Equal credentials have equal fingerprints, in every process.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint {
    /// Name of the account, where others may see it.
    id: [u8; 16],
    /// Secret of those who have the credential. Without it, nobody finds out a hashed e-mail address by hashing all that he
    /// knows.
    salt: [u8; 16],
}

impl Fingerprint {
    /// Creates the fingerprint of a credential with these parts, in their order; of none, that of a client without one.
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        let (id, salt) = halves(b"credential", parts);
        Self { id, salt }
    }

    /// Returns the name of the account as 32 hexadecimal digits.
    pub(super) fn name(&self) -> String {
        format!("{:x}", HexDisplay(&self.id))
    }

    /// Returns the hash of a value that the calls of this account are counted by, as 32 hexadecimal digits.
    pub(super) fn hash(&self, value: &str) -> String {
        format!("{:x}", HexDisplay(&halves(&self.salt, &[value.as_bytes()]).0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprint(..)")
    }
}

/// Returns the halves of the SHA-256 of all parts, each with its length, so that no two lists of parts are alike.
fn halves(domain: &[u8], parts: &[&[u8]]) -> ([u8; 16], [u8; 16]) {
    let mut digest = Sha256::new();
    for part in [domain].iter().chain(parts) {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    let digest: [u8; 32] = digest.finalize().into();
    let (mut first, mut second) = ([0; 16], [0; 16]);
    first.copy_from_slice(&digest[..16]);
    second.copy_from_slice(&digest[16..]);
    (first, second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_that_of_all_parts_and_shows_none() {
        let fingerprint = Fingerprint::of(&[b"user", b"word"]);
        assert_eq!(fingerprint, Fingerprint::of(&[b"user", b"word"]));
        for other in [&[&b"userword"[..]][..], &[b"use", b"rword"], &[b"word", b"user"], &[]] {
            assert_ne!(fingerprint.name(), Fingerprint::of(other).name());
        }
        assert_eq!(format!("{fingerprint:?}"), "Fingerprint(..)");
    }

    #[test]
    fn a_value_has_another_hash_with_each_credential() {
        let (one, other) = (Fingerprint::of(&[b"one"]), Fingerprint::of(&[b"other"]));
        assert_eq!(one.hash("it@acme.example"), one.hash("it@acme.example"));
        assert_ne!(one.hash("it@acme.example"), one.hash("it@acme.test"));
        assert_ne!(one.hash("it@acme.example"), other.hash("it@acme.example"));
    }

    #[test]
    fn processes_and_versions_agree_on_a_fingerprint() {
        let fingerprint = Fingerprint::of(&[b"user", b"word"]);
        assert_eq!(fingerprint.name(), "531d6b6ce6c871323e7d37c8e67f7275");
        assert_eq!(fingerprint.hash("it@acme.example"), "51694e92ea23af008a227e4dafe981cf");
    }
}
