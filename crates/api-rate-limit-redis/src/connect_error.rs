//! Error of a store that can't be used.

use std::fmt;

use api_runtime::StoreError;

/// Error of [`connect`](crate::RedisRateLimitStoreBuilder::connect). Its text holds neither the URL nor a password.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectError {
    /// A URL is not one of `redis://`, `rediss://` or `unix://`.
    InvalidUrl,
    /// The prefix is empty, longer than 64 bytes, or has a character other than letters, digits, `-`, `_`, `.`, `:` and `/`.
    InvalidPrefix,
    /// TLS can't be used, for this reason.
    Tls(&'static str),
    /// The server is older than Redis 6.2, or than any Valkey.
    OldServer {
        /// Version of the server.
        version: String,
    },
    /// The server evicts keys when its memory is full, and then forgets attempts.
    Eviction {
        /// Its `maxmemory-policy`, if it tells one.
        policy: Option<String>,
    },
    /// The server did not take a first attempt.
    Store(StoreError),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidUrl => f.write_str(
                "the url of the store is invalid: write redis://user:password@host:6379/0, rediss:// for tls, or \
                 unix:///path, with each reserved character of a password as % and two digits",
            ),
            Self::InvalidPrefix => {
                f.write_str("the prefix of keys is invalid: use 1 to 64 letters, digits, -, _, ., : and /")
            }
            Self::Tls(reason) => write!(f, "no tls: {reason}"),
            Self::OldServer { version } => {
                write!(f, "the store has version {version}: use Redis 6.2 or later, or Valkey")
            }
            Self::Eviction { policy: Some(policy) } => write!(
                f,
                "the store may forget attempts because its maxmemory-policy is {policy}: set it to noeviction, or accept \
                 more requests than the limits with allow_eviction(true)",
            ),
            Self::Eviction { policy: None } => f.write_str(
                "the store does not tell its maxmemory-policy: make sure that it is noeviction, and connect with \
                 allow_eviction(true)",
            ),
            Self::Store(error) => error.fmt(f),
        }
    }
}

/// With the remedy, which a `main` that returns the error shows.
impl fmt::Debug for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ConnectError({self})")
    }
}

impl std::error::Error for ConnectError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_has_the_remedy() {
        let error = ConnectError::Eviction { policy: Some("volatile-lru".to_owned()) };
        let debug = format!("{error:?}");
        assert!(debug.contains("volatile-lru: set it to noeviction"), "{debug}");
    }
}
