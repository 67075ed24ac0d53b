//! Ids in the forms that the vendors' have. A seed and what the id is for decide it, not the order in which requests
//! arrive, so a run can be repeated although its calls overtake each other.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::iter::repeat_with;

use fastrand::Rng;
use uuid::Builder;

/// Longest id that 360dialog shows, without the letters at its end.
const DIALOG360_ID_LENGTH: usize = 8;

/// A number that a seed and a text decide.
pub(crate) fn seeded_hash(seed: u64, key: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    (seed, key).hash(&mut hasher);
    hasher.finish()
}

/// Makes ids.
pub(crate) struct IdGenerator {
    seed: u64,
    /// How often there was an id for a thing of this kind and name.
    issued: HashMap<u64, u64>,
}

impl IdGenerator {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, issued: HashMap::new() }
    }

    fn rng(&mut self, kind: &str, key: &str) -> Rng {
        let name = seeded_hash(self.seed, (kind, key));
        let count = self.issued.entry(name).or_default();
        *count += 1;
        Rng::with_seed(seeded_hash(name, *count))
    }

    /// An id of 360dialog's: letters and digits, and two letters that tell what it is of.
    pub(crate) fn dialog360_id(&mut self, suffix: &str, key: &str) -> String {
        let mut rng = self.rng(suffix, key);
        let mut id: String = repeat_with(|| rng.alphanumeric()).take(DIALOG360_ID_LENGTH).collect();
        id.push_str(suffix);
        id
    }

    /// A token of ZapSign's.
    pub(crate) fn uuid(&mut self, kind: &str, key: &str) -> String {
        uuid(&mut self.rng(kind, key))
    }

    /// An API token of ZapSign's: two of its tokens in one.
    pub(crate) fn api_token(&mut self, key: &str) -> String {
        let mut rng = self.rng("api_token", key);
        uuid(&mut rng) + &uuid(&mut rng)
    }

    /// A secret without a form.
    pub(crate) fn secret(&mut self, kind: &str, key: &str) -> String {
        let mut rng = self.rng(kind, key);
        repeat_with(|| rng.alphanumeric()).take(26).collect()
    }

    /// A number of so many digits.
    pub(crate) fn number(&mut self, kind: &str, key: &str, digits: u32) -> u64 {
        let low = 10_u64.pow(digits - 1);
        self.rng(kind, key).u64(low..low * 10)
    }
}

fn uuid(rng: &mut Rng) -> String {
    Builder::from_random_bytes(rng.u128(..).to_be_bytes()).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_requests_does_not_matter_and_no_id_comes_twice() {
        let (mut one, mut other) = (IdGenerator::new(7), IdGenerator::new(7));
        let first = (one.dialog360_id("CL", "a"), one.dialog360_id("CL", "b"), one.dialog360_id("CL", "a"));
        let b = other.dialog360_id("CL", "b");
        assert_eq!(first, (other.dialog360_id("CL", "a"), b, other.dialog360_id("CL", "a")));
        assert_ne!(first.0, first.2);
        assert_ne!(IdGenerator::new(8).dialog360_id("CL", "a"), first.0);
        assert_eq!(one.api_token("a").len(), 72);
    }
}
