//! Errors of the server as causes and remedies, without its own words, which may hold addresses and user names.

use api_runtime::StoreError;
use redis::{ErrorKind, RedisError, ServerErrorKind};

pub(crate) const UNREACHABLE: StoreError = StoreError::new(
    "the store can't be reached: check its address, that it runs, and whether it needs rediss:// for tls",
);
pub(crate) const SLOW: StoreError = StoreError::new(
    "the store did not answer in time: look for slow commands in its SLOWLOG, or raise response_timeout",
);
pub(crate) const RESTARTED: StoreError =
    StoreError::new("the store has restarted, or another server took over, and may have lost attempts: nothing to do");
pub(crate) const NOT_A_STORE: StoreError =
    StoreError::new("the store gave an answer that it can't give: check that its address is that of Redis or Valkey");
const AUTHENTICATION: StoreError =
    StoreError::new("the store refused the credentials: check the user and the password");
const PERMISSION: StoreError =
    StoreError::new("the store's user lacks a permission: give it the commands and keys that the README lists");
pub(crate) const READ_ONLY: StoreError =
    StoreError::new("the store is a replica, which takes no writes: check that its address leads to the primary");
const FEW_REPLICAS: StoreError = StoreError::new(
    "the store takes no writes because it has too few replicas: check them, or lower min-replicas-to-write",
);
const OUT_OF_MEMORY: StoreError = StoreError::new("the store is out of memory: raise its maxmemory");
const LOADING: StoreError = StoreError::new("the store is still loading its data: wait");
pub(crate) const CLUSTER: StoreError =
    StoreError::new("the store is a cluster: enable the feature cluster, and connect with the builder's cluster");
pub(crate) const CLUSTER_DOWN: StoreError =
    StoreError::new("the cluster lacks a server for some of its slots: check its nodes");
const CROSS_SLOT: StoreError = StoreError::new(
    "the windows of a call are in several slots of a cluster: check that nothing between changes the names of keys",
);
const NOT_PERSISTED: StoreError = StoreError::new(
    "the store takes no writes because it can't save to its disk: check its log, or switch snapshots off",
);
const TLS: StoreError = StoreError::new(
    "tls with the store failed: check the issuer and the host name of its certificate, give a root_certificate if its issuer \
     is your own, and a client_certificate if it asks for one",
);
const SENTINEL: StoreError = StoreError::new(
    "the sentinels know no primary of this name: check the host of the URL, which is the name, and wait for a fail-over",
);
const DATABASE: StoreError =
    StoreError::new("the store has no database of this number: check the end of its url; a cluster has number 0 only");
const OTHER: StoreError = StoreError::new("the store refused the request: look at its log and at its MONITOR");

/// Codes that stand in the text of an error, where the server puts that of a script's command into its own sentence.
const CODES: [(&str, StoreError); 12] = [
    ("READONLY", READ_ONLY),
    ("OOM", OUT_OF_MEMORY),
    ("NOREPLICAS", FEW_REPLICAS),
    ("NOAUTH", AUTHENTICATION),
    ("WRONGPASS", AUTHENTICATION),
    ("NOPERM", PERMISSION),
    ("MISCONF", NOT_PERSISTED),
    ("MASTERDOWN", READ_ONLY),
    ("CROSSSLOT", CROSS_SLOT),
    ("CLUSTERDOWN", CLUSTER_DOWN),
    ("LOADING", LOADING),
    ("BUSY", SLOW),
];

/// Returns the cause and the remedy of an error.
pub(crate) fn store_error(error: &RedisError) -> StoreError {
    match error.kind() {
        ErrorKind::Io if error.is_timeout() => SLOW,
        ErrorKind::Io | ErrorKind::Client if is_tls(error) => TLS,
        ErrorKind::Io | ErrorKind::ClusterConnectionNotFound => UNREACHABLE,
        ErrorKind::AuthenticationFailed => AUTHENTICATION,
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType => NOT_A_STORE,
        ErrorKind::MasterNameNotFoundBySentinel | ErrorKind::EmptySentinelList => SENTINEL,
        ErrorKind::Server(ServerErrorKind::Moved | ServerErrorKind::Ask) => CLUSTER,
        _ => by_code(error),
    }
}

/// Returns `true` if nothing can be sent over the connection any more, or nothing can be understood.
pub(crate) fn is_broken(error: &RedisError) -> bool {
    matches!(error.kind(), ErrorKind::Io | ErrorKind::Parse | ErrorKind::ClusterConnectionNotFound)
}

/// Returns `true` if another server may have taken over from this one, or other credentials may be needed, so that a new
/// connection may do better.
pub(crate) fn is_of_server(failure: StoreError) -> bool {
    [READ_ONLY, FEW_REPLICAS, AUTHENTICATION].contains(&failure)
}

/// Returns `true` if the connection was closed, so that the server, or another one, may answer the same request at once.
pub(crate) fn is_closed(error: &RedisError) -> bool {
    error.is_connection_dropped() || error.kind() == ErrorKind::ClusterConnectionNotFound
}

fn by_code(error: &RedisError) -> StoreError {
    let detail = error.detail().unwrap_or_default();
    let code = error.code().unwrap_or_default();
    // That of a database which can't be selected has lost its code.
    let is_told = |sentences: &[&str]| sentences.iter().any(|sentence| detail.contains(sentence));
    if is_told(&["can't run this command", "can't access at least one of the keys", "has no permissions to run"]) {
        return PERMISSION;
    }
    if is_told(&["DB index is out of range", "SELECT is not allowed"]) {
        return DATABASE;
    }
    CODES
        .iter()
        .find(|(known, _)| code == *known)
        .or_else(|| {
            CODES.iter().find(|(known, _)| detail.split(|c: char| !c.is_ascii_uppercase()).any(|w| w == *known))
        })
        .map_or(OTHER, |(_, error)| *error)
}

/// Returns `true` for an error of TLS.
fn is_tls(error: &RedisError) -> bool {
    // The implementations have nothing in common but the word.
    error.to_string().to_ascii_lowercase().contains("certificate")
}

#[cfg(test)]
mod tests {
    use std::io;

    use redis::make_extension_error;

    use super::*;

    /// Returns the error that a client makes of this answer.
    fn answered(answer: &str) -> RedisError {
        let answer = redis::parse_redis_value(format!("-{answer}\r\n").as_bytes()).expect("it is an answer");
        answer.extract_error().expect_err("it is an error")
    }

    #[test]
    fn each_answer_has_its_cause() {
        for (answer, failure) in [
            ("READONLY You can't write against a read only replica. script: 0a, on @user_script:53.", READ_ONLY),
            ("ERR Error running script (call to f_0a): @user_script:3: -READONLY You can't write", READ_ONLY),
            ("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", READ_ONLY),
            ("OOM command not allowed when used memory > 'maxmemory'. script: 0a, on @user_script:53.", OUT_OF_MEMORY),
            ("NOREPLICAS Not enough good replicas to write.", FEW_REPLICAS),
            ("NOAUTH Authentication required.", AUTHENTICATION),
            ("WRONGPASS invalid username-password pair or user is disabled.", AUTHENTICATION),
            ("NOPERM User app has no permissions to run the 'evalsha' command", PERMISSION),
            ("ERR The user executing the script can't run this command or subcommand script: 0a", PERMISSION),
            ("MISCONF Redis is configured to save RDB snapshots, but it's unable to persist to disk.", NOT_PERSISTED),
            ("CROSSSLOT Keys in request don't hash to the same slot", CROSS_SLOT),
            ("MOVED 3999 127.0.0.1:6381", CLUSTER),
            ("CLUSTERDOWN Hash slot not served", CLUSTER_DOWN),
            ("LOADING Redis is loading the dataset in memory", LOADING),
            ("BUSY Redis is busy running a script.", SLOW),
            ("ERR unknown command", OTHER),
        ] {
            assert_eq!(store_error(&answered(answer)), failure, "{answer}");
        }
        assert_eq!(store_error(&make_extension_error("X".to_owned(), None)), OTHER);
    }

    #[test]
    fn a_database_that_cannot_be_selected_has_its_cause() {
        let refused = |answer: &str| {
            let kind = ErrorKind::Server(ServerErrorKind::ResponseError);
            RedisError::from((kind, "Redis server refused to switch database", answer.to_owned()))
        };
        for (answer, failure) in [
            ("DB index is out of range", DATABASE),
            ("SELECT is not allowed in cluster mode", DATABASE),
            ("User app has no permissions to run the 'select' command", PERMISSION),
            ("this user has no permissions to run the 'select' command", PERMISSION),
        ] {
            assert_eq!(store_error(&refused(answer)), failure, "{answer}");
        }
    }

    #[test]
    fn a_broken_connection_is_told_from_a_slow_one_and_from_tls() {
        let io = |kind| RedisError::from(io::Error::from(kind));
        for kind in [io::ErrorKind::BrokenPipe, io::ErrorKind::ConnectionReset, io::ErrorKind::UnexpectedEof] {
            let error = io(kind);
            assert_eq!(
                (store_error(&error), is_closed(&error), is_broken(&error)),
                (UNREACHABLE, true, true),
                "{kind}"
            );
        }
        let slow = io(io::ErrorKind::TimedOut);
        assert_eq!((store_error(&slow), is_closed(&slow), is_broken(&slow)), (SLOW, false, true));
        let tls = RedisError::from(io::Error::other("invalid peer certificate: UnknownIssuer"));
        assert_eq!((store_error(&tls), is_closed(&tls)), (TLS, false));
        let refused = answered("ERR unknown command");
        assert_eq!((is_closed(&refused), is_broken(&refused)), (false, false));
    }

    #[test]
    fn a_connection_is_given_up_where_another_may_do_better() {
        for (failure, expected) in
            [(READ_ONLY, true), (FEW_REPLICAS, true), (AUTHENTICATION, true), (PERMISSION, false)]
        {
            assert_eq!(is_of_server(failure), expected, "{failure}");
        }
    }

    #[test]
    fn the_words_of_the_server_are_not_repeated() {
        for answer in ["WRONGPASS pw-7f", "ERR pw-7f", "NOPERM User pw-7f", "MOVED 1 pw-7f:1"] {
            assert!(!store_error(&answered(answer)).to_string().contains("pw-7f"), "{answer}");
        }
    }
}
