//! Errors of the server as causes and remedies, without its own words, which may hold addresses and user names.

use api_runtime::StoreError;
use redis::{ErrorKind, RedisError, ServerErrorKind};

pub(crate) const UNREACHABLE: StoreError =
    StoreError("the store can't be reached: check its address, that it runs, and whether it needs rediss:// for tls");
pub(crate) const SLOW: StoreError =
    StoreError("the store did not answer in time: look for slow commands in its SLOWLOG, or raise response_timeout");
pub(crate) const RESTARTED: StoreError =
    StoreError("the store has restarted, or another server took over, and may have lost attempts: nothing to do");
pub(crate) const NOT_A_STORE: StoreError =
    StoreError("the store gave an answer that it can't give: check that its address is that of Redis or Valkey");
const AUTHENTICATION: StoreError = StoreError("the store refused the credentials: check the user and the password");
const PERMISSION: StoreError =
    StoreError("the store's user lacks a permission: give it the commands and keys that the README lists");
pub(crate) const READ_ONLY: StoreError =
    StoreError("the store is a replica, which takes no writes: check that its address leads to the primary");
const FEW_REPLICAS: StoreError =
    StoreError("the store takes no writes because it has too few replicas: check them, or lower min-replicas-to-write");
const OUT_OF_MEMORY: StoreError = StoreError("the store is out of memory: raise its maxmemory");
const LOADING: StoreError = StoreError("the store is still loading its data: wait");
const CLUSTER: StoreError =
    StoreError("the store is a cluster: enable the feature cluster, and connect with the builder's cluster");
const CLUSTER_DOWN: StoreError = StoreError("the cluster lacks a server for some of its slots: check its nodes");
const CROSS_SLOT: StoreError = StoreError(
    "the windows of a call are in several slots of a cluster: check that nothing between changes the names of keys",
);
const NOT_PERSISTED: StoreError =
    StoreError("the store takes no writes because it can't save to its disk: check its log, or switch snapshots off");
const TLS: StoreError = StoreError(
    "tls with the store failed: check the issuer and the host name of its certificate, give a root_certificate if its issuer \
     is your own, and a client_certificate if it asks for one",
);
const SENTINEL: StoreError = StoreError(
    "the sentinels know no primary of this name: check the host of the URL, which is the name, and wait for a fail-over",
);
const OTHER: StoreError = StoreError("the store refused the request: look at its log and at its MONITOR");

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
    if detail.contains("can't run this command") || detail.contains("can't access at least one of the keys") {
        return PERMISSION;
    }
    CODES
        .iter()
        .find(|(known, _)| code == *known)
        .or_else(|| {
            CODES.iter().find(|(known, _)| detail.split(|c: char| !c.is_ascii_uppercase()).any(|w| w == *known))
        })
        .map_or(OTHER, |(_, error)| *error)
}

/// The implementations of TLS have nothing in common but the word.
fn is_tls(error: &RedisError) -> bool {
    error.to_string().to_ascii_lowercase().contains("certificate")
}
