//! Facts that a server tells about itself.

use redis::Value;

use crate::connect_error::ConnectError;

/// First version with `ZADD LT`, and with scripts that may ask for the time before they write.
const OLDEST: (u32, u32) = (6, 2);

/// Facts from `INFO`, of one server or of each primary of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerInfo {
    /// Identity of each server and of its data, sorted; `None` for one that tells none.
    histories: Vec<Option<History>>,
    versions: Vec<String>,
    eviction_policies: Vec<Option<String>>,
    replica: bool,
}

/// Identity of a server's data: it changes when the server restarts, and when a replica becomes the primary.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct History {
    run_id: String,
    replication_id: String,
}

impl ServerInfo {
    /// Reads the answer of `INFO`; that of a cluster is one text for each of its primaries.
    pub(crate) fn parse(answer: &Value) -> Self {
        let mut texts = Vec::new();
        collect_texts(answer, &mut texts);
        let field = |text: &String, name: &str| {
            let value = |line: &str| line.strip_prefix(name)?.strip_prefix(':').map(|value| value.trim().to_owned());
            text.lines().find_map(value).filter(|value| !value.is_empty())
        };
        let history = |text: &String| {
            Some(History { run_id: field(text, "run_id")?, replication_id: field(text, "master_replid")? })
        };
        let mut histories: Vec<_> = texts.iter().map(history).collect();
        histories.sort();
        Self {
            histories,
            versions: texts.iter().filter_map(|text| field(text, "redis_version")).collect(),
            eviction_policies: texts.iter().map(|text| field(text, "maxmemory_policy")).collect(),
            replica: texts.iter().any(|text| field(text, "role").is_some_and(|role| role == "slave")),
        }
    }

    /// Returns `true` if the server takes no writes.
    pub(crate) fn is_replica(&self) -> bool {
        self.replica
    }

    /// Returns `true` if it is the server of `earlier`, which has kept its data since then. One that tells no identity may
    /// have lost them.
    pub(crate) fn has_kept_data_since(&self, earlier: &Self) -> bool {
        !self.histories.is_empty() && self.histories.iter().all(Option::is_some) && self.histories == earlier.histories
    }

    /// Checks that the server can run the scripts, and keeps what they write.
    ///
    /// # Errors
    ///
    /// [`ConnectError::OldServer`], and [`ConnectError::Eviction`] unless `allow_eviction`.
    pub(crate) fn check(&self, allow_eviction: bool) -> Result<(), ConnectError> {
        for version in &self.versions {
            let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
            if (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) < OLDEST {
                return Err(ConnectError::OldServer { version: version.clone() });
            }
        }
        let evicting = |policy: &&Option<String>| policy.as_deref() != Some("noeviction");
        match self.eviction_policies.iter().find(evicting) {
            Some(policy) if !allow_eviction => Err(ConnectError::Eviction { policy: policy.clone() }),
            _ => Ok(()),
        }
    }
}

fn collect_texts(answer: &Value, texts: &mut Vec<String>) {
    match answer {
        Value::BulkString(bytes) => texts.push(String::from_utf8_lossy(bytes).into_owned()),
        Value::VerbatimString { text, .. } | Value::SimpleString(text) => texts.push(text.clone()),
        Value::Map(entries) => entries.iter().for_each(|(_, value)| collect_texts(value, texts)),
        Value::Array(values) => values.iter().for_each(|value| collect_texts(value, texts)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(run_id: &str, replication_id: &str) -> Value {
        let text = format!(
            "# Server\r\nredis_version:7.0.15\r\nrun_id:{run_id}\r\n# Memory\r\nmaxmemory_policy:noeviction\r\n\
             # Replication\r\nrole:master\r\nmaster_replid:{replication_id}\r\nmaster_replid2:0\r\n"
        );
        Value::BulkString(text.into_bytes())
    }

    fn parse(text: &str) -> ServerInfo {
        ServerInfo::parse(&Value::BulkString(text.as_bytes().to_vec()))
    }

    #[test]
    fn data_are_kept_by_the_same_server_in_the_same_role_only() {
        let server = ServerInfo::parse(&info("r1", "d1"));
        assert!(ServerInfo::parse(&info("r1", "d1")).has_kept_data_since(&server));
        assert!(!ServerInfo::parse(&info("r2", "d1")).has_kept_data_since(&server), "it has restarted");
        assert!(!ServerInfo::parse(&info("r1", "d2")).has_kept_data_since(&server), "it was a replica meanwhile");
        let silent = parse("redis_version:7.0.15\r\n");
        assert!(!silent.has_kept_data_since(&silent), "it tells nothing");
    }

    #[test]
    fn the_servers_of_a_cluster_are_compared_in_any_order() {
        let cluster = |infos: [Value; 2]| {
            let nodes = infos.map(|info| (Value::BulkString(b"127.0.0.1:7001".to_vec()), info));
            ServerInfo::parse(&Value::Map(nodes.into()))
        };
        let before = cluster([info("r1", "d1"), info("r2", "d2")]);
        assert!(cluster([info("r2", "d2"), info("r1", "d1")]).has_kept_data_since(&before));
        assert!(!cluster([info("r2", "d2"), info("r3", "d1")]).has_kept_data_since(&before));
        assert_eq!(before.check(false), Ok(()));
    }

    #[test]
    fn a_replica_is_known_by_its_role() {
        assert!(!ServerInfo::parse(&info("r", "d")).is_replica());
        assert!(parse("role:slave\r\n").is_replica());
    }

    #[test]
    fn an_old_server_and_one_that_evicts_are_refused() {
        let version = |version: &str| parse(&format!("redis_version:{version}\r\nmaxmemory_policy:noeviction\r\n"));
        for accepted in ["6.2.0", "7.2.4", "10.0"] {
            assert_eq!(version(accepted).check(false), Ok(()), "{accepted}");
        }
        for refused in ["6.0.16", "5.0.7", "unknown"] {
            let error = ConnectError::OldServer { version: refused.to_owned() };
            assert_eq!(version(refused).check(true), Err(error));
        }
        let evicting = parse("redis_version:7.0.15\r\nmaxmemory_policy:allkeys-lru\r\n");
        let error = ConnectError::Eviction { policy: Some("allkeys-lru".to_owned()) };
        assert_eq!((evicting.check(false), evicting.check(true)), (Err(error), Ok(())));
        let silent = parse("redis_version:7.0.15\r\n");
        assert_eq!((silent.check(false), silent.check(true)), (Err(ConnectError::Eviction { policy: None }), Ok(())));
    }
}
