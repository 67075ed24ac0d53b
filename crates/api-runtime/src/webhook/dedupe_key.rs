use std::fmt;
use std::str::FromStr;

use base16ct::HexDisplay;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// Key by which an inbox knows an event that it has already: two deliveries of one event have the same key.
///
/// It is a SHA-256 of what identifies the event, so it holds no text of the event. `Display`, [`FromStr`] and serde write it
/// in hex; [`as_bytes`](Self::as_bytes) is for a column of bytes.
///
/// The key of an event stays the same over releases of this crate, with two exceptions, after which an event that is
/// delivered again is handled twice, once: a release that reads an event which was unknown before, and one whose changelog
/// says that the projection of an event has changed. A field that a release knows and the one before did not changes no key:
/// where the body is the key, it is the text that was delivered.
///
/// # An inbox
///
/// A receiver checks who sent the delivery, stores the body as it came, and answers: 200 if it is stored, 503 if it is not,
/// so that the vendor delivers it again. Work comes after the answer. This is the table for Postgres:
///
/// ```sql
/// create table inbox (
///     source text not null,                      -- the vendor, and the account if there are several
///     key bytea not null check (octet_length(key) = 32),
///     subject text,                              -- the document or channel that the event is about
///     event text,                                -- its name
///     body bytea not null,                       -- as it came, or the text of the event
///     deliveries integer not null default 1,
///     first_at timestamptz not null default now(),
///     last_at timestamptz not null default now(),
///     state text not null default 'new' check (state in ('new', 'done', 'dead')),
///     attempts integer not null default 0,
///     run_at timestamptz not null default now(), -- not before
///     last_error text,
///     primary key (source, key)
/// );
/// create index inbox_work on inbox (run_at) where state = 'new';
/// ```
///
/// for SQLite, 3.38 or later, where times are seconds:
///
/// ```sql
/// create table inbox (
///     source text not null,
///     key blob not null check (length(key) = 32),
///     subject text,
///     event text,
///     body blob not null,
///     deliveries integer not null default 1,
///     first_at integer not null default (unixepoch()),
///     last_at integer not null default (unixepoch()),
///     state text not null default 'new' check (state in ('new', 'done', 'dead')),
///     attempts integer not null default 0,
///     run_at integer not null default (unixepoch()),
///     last_error text,
///     primary key (source, key)
/// );
/// create index inbox_work on inbox (run_at) where state = 'new';
/// ```
///
/// and the statement that stores a delivery, with `unixepoch()` for `now()` in SQLite. It returns 1 for an event that was
/// not there:
///
/// ```sql
/// insert into inbox (source, key, subject, event, body) values ($1, $2, $3, $4, $5)
/// on conflict (source, key) do update set deliveries = inbox.deliveries + 1, last_at = now()
/// returning deliveries;
/// ```
///
/// - Handle the events of one subject one after another. Events contradict and overtake each other, so take one as a sign to
///   look: get the document or channel, compare it with what you have stored, and act on the difference.
/// - Keep the keys for longer than the vendor delivers again, such as 30 days.
/// - A body that is no JSON has no key: store the SHA-256 of its bytes in its place, and look at it by hand.
///
/// ```
/// # use api_runtime::DedupeKey;
/// # let key = DedupeKey::from([7; 32]);
/// let text = key.to_string();
/// assert_eq!(text.parse::<DedupeKey>(), Ok(key));
/// assert_eq!((text.len(), key.as_bytes().len()), (64, 32));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DedupeKey([u8; 32]);

impl DedupeKey {
    /// Creates the key of an event from the vendor's name, the version of the projection, and the projected fields in their
    /// order. An absent field is another than an empty one.
    #[doc(hidden)]
    pub fn __new<T: AsRef<str>>(source: &str, version: u32, fields: impl IntoIterator<Item = Option<T>>) -> Self {
        let mut hash = Sha256::new();
        let mut add = |field: Option<&str>| match field {
            None => hash.update([0]),
            Some(text) => {
                hash.update([1]);
                hash.update((text.len() as u64).to_be_bytes());
                hash.update(text);
            }
        };
        add(Some(source));
        add(Some(&version.to_string()));
        fields.into_iter().for_each(|field| add(field.as_ref().map(AsRef::as_ref)));
        Self(hash.finalize().into())
    }

    /// Returns the 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Key that was stored.
impl From<[u8; 32]> for DedupeKey {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for DedupeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", HexDisplay(&self.0))
    }
}

impl fmt::Debug for DedupeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DedupeKey({self})")
    }
}

impl FromStr for DedupeKey {
    type Err = InvalidDedupeKey;

    fn from_str(text: &str) -> Result<Self, InvalidDedupeKey> {
        let mut bytes = [0; 32];
        let decoded = base16ct::mixed::decode(text, &mut bytes).map_err(|_| InvalidDedupeKey)?;
        decoded.try_into().map(Self).map_err(|_| InvalidDedupeKey)
    }
}

impl Serialize for DedupeKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DedupeKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Error of a text that is no [`DedupeKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidDedupeKey;

impl fmt::Display for InvalidDedupeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the text is no key of an event: give the 64 hex digits that were stored")
    }
}

impl std::error::Error for InvalidDedupeKey {}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(source: &str, version: u32, fields: &[Option<&str>]) -> DedupeKey {
        DedupeKey::__new(source, version, fields.iter().copied())
    }

    #[test]
    fn every_field_counts_and_so_does_its_place() {
        let keys = [
            key("s", 1, &[Some("a"), Some("b")]),
            key("s", 2, &[Some("a"), Some("b")]),
            key("t", 1, &[Some("a"), Some("b")]),
            key("s", 1, &[Some("b"), Some("a")]),
            key("s", 1, &[Some("ab")]),
            key("s", 1, &[Some("ab"), Some("")]),
            key("s", 1, &[Some("ab"), None]),
            key("s", 1, &[]),
            key("s1", 1, &[]),
        ];
        let different: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(different.len(), keys.len());
        assert_eq!(keys[0], key("s", 1, &[Some("a"), Some("b")]));
    }

    #[test]
    fn a_key_is_written_in_hex_and_read_again() {
        let key = key("s", 1, &[Some("a")]);
        let json = serde_json::to_string(&key).expect("it encodes");
        assert_eq!(json, format!("\"{key}\""));
        assert_eq!(serde_json::from_str::<DedupeKey>(&json).expect("it decodes"), key);
        assert_eq!(key.to_string().to_uppercase().parse(), Ok(key));
        assert_eq!(DedupeKey::from(*key.as_bytes()), key);
        let text = key.to_string();
        for wrong in ["", &text[1..], &text[2..], &format!("{text}00"), &text.replace(&text[..1], "g")] {
            assert_eq!(wrong.parse::<DedupeKey>(), Err(InvalidDedupeKey), "{wrong}");
        }
    }
}
