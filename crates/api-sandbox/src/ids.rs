//! Id generator. An id depends on the seed, the kind of thing and its name, not on the order of requests, so a run gets the
//! same ids again although its calls overtake each other.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::iter::repeat_with;

use fastrand::Rng;
use uuid::Builder;

/// Length of a 360dialog id without its suffix, the longest that the vendor shows.
const DIALOG360_ID_LENGTH: usize = 8;

/// Returns a hash of the seed and the key.
pub(crate) fn seeded_hash(seed: u64, key: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    (seed, key).hash(&mut hasher);
    hasher.finish()
}

/// Generator of ids in the formats of both vendors.
#[derive(Clone)]
pub(crate) struct IdGenerator {
    seed: u64,
    /// Number of ids issued so far, by the hash of kind and name.
    issued: HashMap<u64, u64>,
    /// Ids to issue instead, by kind; `None` where one is to be generated after all.
    given: VecDeque<(&'static str, Option<String>)>,
}

impl IdGenerator {
    /// Creates a generator without issued ids.
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, issued: HashMap::new(), given: VecDeque::new() }
    }

    /// Gives the id to issue next of this kind, after those that were given before; `None` if it is to be generated.
    pub(crate) fn give(&mut self, kind: &'static str, id: Option<String>) {
        self.given.push_back((kind, id));
    }

    /// Forgets the given ids that nobody has asked for.
    pub(crate) fn forget_given(&mut self) {
        self.given.clear();
    }

    /// Takes the given id of this kind, if there is one.
    fn take_given(&mut self, kind: &str) -> Option<String> {
        let index = self.given.iter().position(|(of, _)| *of == kind)?;
        self.given.remove(index)?.1
    }

    /// Returns a random generator for the next id of this kind and name.
    fn rng(&mut self, kind: &str, key: &str) -> Rng {
        let name = seeded_hash(self.seed, (kind, key));
        let count = self.issued.entry(name).or_default();
        *count += 1;
        Rng::with_seed(seeded_hash(name, *count))
    }

    /// Returns a 360dialog id: 8 letters and digits, and a suffix of two letters for the type.
    pub(crate) fn dialog360_id(&mut self, suffix: &str, key: &str) -> String {
        if let Some(id) = self.take_given(suffix) {
            return id;
        }
        let mut rng = self.rng(suffix, key);
        let mut id: String = repeat_with(|| rng.alphanumeric()).take(DIALOG360_ID_LENGTH).collect();
        id.push_str(suffix);
        id
    }

    /// Returns a UUID, the format of ZapSign's tokens.
    pub(crate) fn uuid(&mut self, kind: &str, key: &str) -> String {
        self.take_given(kind).unwrap_or_else(|| uuid(&mut self.rng(kind, key)))
    }

    /// Returns the one UUID that a name has of this kind, such as that of a document's file.
    pub(crate) fn fixed_uuid(&self, kind: &str, key: &str) -> String {
        uuid(&mut Rng::with_seed(seeded_hash(self.seed, (kind, key))))
    }

    /// Returns the key with which links to files are signed.
    pub(crate) fn signing_key(&self) -> [u8; 8] {
        seeded_hash(self.seed, "signing key").to_be_bytes()
    }

    /// Returns a ZapSign API token: two UUIDs without a separator.
    pub(crate) fn api_token(&mut self, key: &str) -> String {
        if let Some(token) = self.take_given("api_token") {
            return token;
        }
        let mut rng = self.rng("api_token", key);
        uuid(&mut rng) + &uuid(&mut rng)
    }

    /// Returns a secret of 26 letters and digits.
    pub(crate) fn secret(&mut self, kind: &str, key: &str) -> String {
        let mut rng = self.rng(kind, key);
        repeat_with(|| rng.alphanumeric()).take(26).collect()
    }

    /// Returns a number with this many digits.
    pub(crate) fn number(&mut self, kind: &str, key: &str, digits: u32) -> u64 {
        if let Some(number) = self.take_given(kind).and_then(|number| number.parse().ok()) {
            return number;
        }
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

    #[test]
    fn given_ids_are_issued_in_their_order_and_by_their_kind() {
        let (mut ids, mut others) = (IdGenerator::new(7), IdGenerator::new(7));
        for (kind, id) in
            [("signer", Some("s-1")), ("document", Some("d-1")), ("signer", None), ("account", Some("12"))]
        {
            ids.give(kind, id.map(ToOwned::to_owned));
        }
        assert_eq!((ids.uuid("document", "a").as_str(), ids.uuid("signer", "a").as_str()), ("d-1", "s-1"));
        assert_eq!((ids.uuid("signer", "b"), ids.number("account", "a", 9)), (others.uuid("signer", "b"), 12));
        ids.give("CL", Some("aCL".to_owned()));
        ids.forget_given();
        assert_eq!(ids.dialog360_id("CL", "a"), others.dialog360_id("CL", "a"));
    }
}
