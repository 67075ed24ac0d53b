//! Engines that count: this process, the store for tests in its memory, or one that processes share.

use std::time::Duration;

use api_rate_limit_redis::{ConnectError, RedisRateLimitStore};
use api_runtime::testing::MemoryRateLimitStore;
use api_runtime::{RateLimits, StoreOutage};
use conformance::redis_server::RedisServer;

/// Number of processes that are said to share a store.
pub(crate) const PROCESSES: u32 = 4;

/// Engine of a test.
pub(crate) enum Engine {
    Process,
    Memory,
    Redis(RedisServer),
}

impl Engine {
    /// Returns a handle.
    pub(crate) async fn handle(&self) -> RateLimits {
        self.handles(1).await.remove(0)
    }

    /// Returns handles that count together: clones of one, or those of several processes with a connection each.
    pub(crate) async fn handles(&self, number: usize) -> Vec<RateLimits> {
        match self {
            Self::Process => vec![RateLimits::default(); number],
            Self::Memory => {
                let store = MemoryRateLimitStore::default();
                (0..number).map(|_| RateLimits::shared(store.clone(), DIVIDE)).collect()
            }
            Self::Redis(server) => {
                let mut handles = Vec::new();
                for _ in 0..number {
                    handles.push(RateLimits::shared(connect(server).await, DIVIDE));
                }
                handles
            }
        }
    }

    /// Waits until a store knows of all calls that have ended.
    pub(crate) async fn settled(&self) {
        if let Self::Redis(server) = self {
            settled(server).await;
        }
    }
}

/// Behavior during an outage in most tests.
pub(crate) const DIVIDE: StoreOutage = StoreOutage::Divide { processes: PROCESSES };

/// Connects as one more process, which waits for an answer of a slow machine.
pub(crate) async fn connect(server: &RedisServer) -> RedisRateLimitStore {
    connect_within(server, Duration::from_secs(60)).await
}

/// Connects as one more process, which waits for an answer no longer than this.
pub(crate) async fn connect_within(server: &RedisServer, response_timeout: Duration) -> RedisRateLimitStore {
    let store = loop {
        match RedisRateLimitStore::builder(server.url()).response_timeout(response_timeout).connect().await {
            Ok(store) => break store,
            // The machine is slow.
            Err(ConnectError::Store(error)) if error.to_string().contains("in time") => {}
            Err(error) => panic!("{error}"),
        }
    };
    until("what it has tried out is gone", || server.texts(&["KEYS", "*{connect}*"]).is_empty()).await;
    store
}

/// Waits until a server knows of all calls that have ended, if none is under way: an attempt counts in the future until its
/// settlement.
pub(crate) async fn settled(server: &RedisServer) {
    until("all calls are settled", || logs(server).iter().all(|log| in_future(server, log) == 0)).await;
}

/// Returns the keys of all windows with a call.
pub(crate) fn logs(server: &RedisServer) -> Vec<String> {
    let keys = server.texts(&["KEYS", "*"]);
    keys.into_iter().filter(|key| server.text(&["TYPE", key]) == "zset").collect()
}

/// Returns the number of attempts of a window that may still arrive.
pub(crate) fn in_future(server: &RedisServer, log: &str) -> i64 {
    server.integer(&["ZCOUNT", log, &format!("({}", now(server)), "+inf"])
}

/// Returns the time by the server's clock, in milliseconds.
pub(crate) fn now(server: &RedisServer) -> u64 {
    let time: Vec<u64> = server.texts(&["TIME"]).iter().map(|part| part.parse().expect("a number")).collect();
    time[0] * 1000 + time[1] / 1000
}

/// Waits for something that happens at some time.
///
/// # Panics
///
/// If it does not happen within a minute.
pub(crate) async fn until(what: &str, mut is_true: impl FnMut() -> bool) {
    let waits = async {
        while !is_true() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(60), waits).await.is_ok(), "waited in vain until {what}");
}
