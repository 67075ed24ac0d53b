use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;

/// Key of the hash, made at random for each process.
static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// Fingerprint of a credential, by which the calls of one account are counted together: a keyed hash, which does not
/// lead back to the secret. Equal credentials have equal fingerprints within a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    /// Creates the fingerprint of a credential with these parts, in their order; of none, that of a client without one.
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        Self(KEY.hash_one(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_that_of_all_parts_and_shows_none() {
        let fingerprint = Fingerprint::of(&[b"user", b"word"]);
        assert_eq!(fingerprint, Fingerprint::of(&[b"user", b"word"]));
        for other in [&[&b"userword"[..]][..], &[b"use", b"rword"], &[b"word", b"user"], &[]] {
            assert_ne!(fingerprint, Fingerprint::of(other));
        }
        assert!(!format!("{fingerprint:?}").contains("word"));
    }
}
