//! Contract of a store: slots that are taken, settled and held.

use std::sync::Arc;
use std::time::Duration;

use api_rate_limit_redis::RedisRateLimitStore;
use api_runtime::{
    RateLimitRule, RateLimitScope, RateLimitStore, Settlement, SlotRequest, TakenSlots, WindowKey, WindowWait,
};
use conformance::redis_server::RedisServer;

use crate::engine::{connect, in_future, logs, now, settled, until};

const HOUR: Duration = Duration::from_secs(3600);
const LEASE: Duration = Duration::from_secs(60);
const MILLISECOND: Duration = Duration::from_millis(1);
const ENDED: Settlement = Settlement::Ended { hold: None };

/// Returns a window of the account that all tests here have.
pub(crate) fn window(name: &str, requests: u32, per_seconds: u32) -> Arc<WindowKey> {
    let rule = RateLimitRule { requests, per_seconds, scope: RateLimitScope::Credential };
    Arc::new(WindowKey::new("ships:0123456789abcdef", name, rule))
}

pub(crate) fn request(lease: Duration, windows: &[&Arc<WindowKey>]) -> Arc<SlotRequest> {
    Arc::new(SlotRequest::new(lease, windows.iter().copied().map(Arc::clone)))
}

/// Takes slots for a new attempt. Returns it with `true` if a limit is used up.
pub(crate) async fn granted(
    store: &RedisRateLimitStore,
    lease: Duration,
    windows: &[&Arc<WindowKey>],
) -> (Arc<SlotRequest>, bool) {
    let attempt = request(lease, windows);
    match store.take(&attempt).await {
        Ok(TakenSlots::Granted { full }) => (attempt, full),
        other => panic!("{other:?}"),
    }
}

/// Asks for slots of a new attempt, and returns what each window asks for.
pub(crate) async fn refused(
    store: &RedisRateLimitStore,
    lease: Duration,
    windows: &[&Arc<WindowKey>],
) -> Vec<WindowWait> {
    match store.take(&request(lease, windows)).await {
        Ok(TakenSlots::Refused(waits)) => waits.to_vec(),
        other => panic!("{other:?}"),
    }
}

fn length_of(log: &str, server: &RedisServer) -> i64 {
    server.integer(&["ZCARD", log])
}

/// Returns the number of milliseconds until a key is removed; negative if never.
fn rest(key: &str, server: &RedisServer) -> i64 {
    server.integer(&["PTTL", key])
}

/// Settles an attempt, and waits until the server has executed that.
async fn settle(server: &RedisServer, store: &RedisRateLimitStore, attempt: &Arc<SlotRequest>, settlement: Settlement) {
    let before = server.executions("evalsha");
    store.settle(Arc::clone(attempt), settlement);
    until("it is settled", || server.executions("evalsha") > before).await;
}

#[tokio::test]
async fn as_many_attempts_as_the_limit_have_a_slot() {
    let Some(server) = RedisServer::start() else { return };
    let (store, three) = (connect(&server).await, window("three", 3, 3600));
    let mut full = Vec::new();
    for _ in 0..3 {
        full.push(granted(&store, LEASE, &[&three]).await.1);
    }
    assert_eq!(full, [false, false, true]);
    // They are under way, and could all end now.
    let waits = refused(&store, LEASE, &[&three]).await;
    assert!(
        waits.len() == 1 && waits[0].least >= HOUR && waits[0].least <= HOUR + MILLISECOND && !waits[0].held,
        "{waits:?}"
    );
    let log = logs(&server).remove(0);
    assert_eq!((length_of(&log, &server), in_future(&server, &log)), (3, 3), "one that is refused has no slot");
}

#[tokio::test]
async fn an_attempt_that_asks_again_has_the_same_slots() {
    let Some(server) = RedisServer::start() else { return };
    let (store, another, one) = (connect(&server).await, connect(&server).await, window("one", 1, 3600));
    let (attempt, _) = granted(&store, LEASE, &[&one]).await;
    for store in [&store, &another] {
        assert_eq!(store.take(&attempt).await, Ok(TakenSlots::Granted { full: true }));
    }
    assert_eq!(length_of(&logs(&server)[0], &server), 1);
}

#[tokio::test]
async fn an_attempt_has_a_slot_of_each_window_or_of_none() {
    let Some(server) = RedisServer::start() else { return };
    let (store, narrow, wide, other) =
        (connect(&server).await, window("narrow", 1, 60), window("wide", 2, 3600), window("other", 1, 60));
    assert!(granted(&store, LEASE, &[&narrow, &wide]).await.1, "one of the two is full");
    let waits = refused(&store, LEASE, &[&narrow, &wide]).await;
    assert!(waits[0].least >= Duration::from_secs(30), "{waits:?}");
    assert_eq!(waits[1], WindowWait::default());
    granted(&store, LEASE, &[&other, &wide]).await;
    // Of several windows without a slot, each names its wait.
    let waits = refused(&store, LEASE, &[&narrow, &wide]).await;
    assert!(
        waits[0].least <= Duration::from_millis(60_001) && waits[1].least >= Duration::from_secs(3000),
        "{waits:?}"
    );
}

#[tokio::test]
async fn a_settled_attempt_counts_from_then_on() {
    let Some(server) = RedisServer::start() else { return };
    let (store, one) = (connect(&server).await, window("one", 1, 1));
    let (attempt, _) = granted(&store, LEASE, &[&one]).await;
    let log = logs(&server).remove(0);
    assert_eq!(in_future(&server, &log), 1, "it counts at the end of its lease");
    let before = now(&server);
    store.settle(attempt, ENDED);
    settled(&server).await;
    let score: u64 = server.texts(&["ZRANGE", &log, "0", "0", "WITHSCORES"])[1].parse().expect("a number");
    assert!(score >= before && score <= now(&server));
    let next = request(LEASE, &[&one]);
    while !matches!(store.take(&next).await, Ok(TakenSlots::Granted { .. })) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(now(&server) > score + 1000, "a score lacks the fraction of its millisecond");
    let members = server.texts(&["ZRANGE", &log, "0", "-1"]);
    assert_eq!(members.len(), 1, "the first one is out of the window");
}

#[tokio::test]
async fn a_settlement_moves_no_attempt_to_a_later_time() {
    let Some(server) = RedisServer::start() else { return };
    let (store, one) = (connect(&server).await, window("one", 1, 3600));
    let (attempt, _) = granted(&store, LEASE, &[&one]).await;
    settle(&server, &store, &attempt, ENDED).await;
    let log = logs(&server).remove(0);
    let first = server.texts(&["ZRANGE", &log, "0", "-1", "WITHSCORES"]);
    tokio::time::sleep(Duration::from_millis(5)).await;
    settle(&server, &store, &attempt, ENDED).await;
    assert_eq!(server.texts(&["ZRANGE", &log, "0", "-1", "WITHSCORES"]), first);
}

#[tokio::test]
async fn an_attempt_that_was_not_sent_counts_nowhere() {
    let Some(server) = RedisServer::start() else { return };
    let (store, one, two) = (connect(&server).await, window("one", 1, 3600), window("two", 2, 3600));
    let (attempt, _) = granted(&store, LEASE, &[&one, &two]).await;
    settle(&server, &store, &attempt, Settlement::NotSent).await;
    assert!(logs(&server).is_empty());
    granted(&store, LEASE, &[&one, &two]).await;
}

#[tokio::test]
async fn an_attempt_that_the_store_does_not_know_counts_from_its_settlement() {
    let Some(server) = RedisServer::start() else { return };
    let (store, one, two) = (connect(&server).await, window("one", 1, 3600), window("two", 2, 3600));
    let unknown = request(LEASE, &[&one, &two]);
    settle(&server, &store, &unknown, ENDED).await;
    for log in logs(&server) {
        assert_eq!((length_of(&log, &server), in_future(&server, &log)), (1, 0), "{log}");
        assert!(rest(&log, &server) > 3_000_000, "it counts for the length of the window");
    }
    let waits = refused(&store, LEASE, &[&one, &two]).await;
    assert!(waits[0].least > Duration::from_secs(3000) && waits[1].least.is_zero(), "{waits:?}");
    // More than the limit are known now. The next slot is free when all but `limit - 1` of them are out.
    let log = logs(&server).into_iter().find(|log| log.ends_with("one")).expect("it is there");
    let half_an_hour_ago = (now(&server) - 1_800_000).to_string();
    server.command(&["ZADD", &log, &half_an_hour_ago, &format!("{:032x}:1000", 7)]);
    let waits = refused(&store, LEASE, &[&one]).await;
    assert!(waits[0].least > Duration::from_secs(3000) && waits[0].least <= HOUR + MILLISECOND, "{waits:?}");
}

#[tokio::test]
async fn a_hold_is_for_all_and_for_one_window() {
    let Some(server) = RedisServer::start() else { return };
    let (store, another) = (connect(&server).await, connect(&server).await);
    let (narrow, wide, other) = (window("narrow", 9, 600), window("wide", 9, 3600), window("other", 9, 600));
    let (attempt, _) = granted(&store, LEASE, &[&narrow, &wide]).await;
    let hold = Some(Duration::from_secs(500));
    settle(&server, &store, &attempt, Settlement::Ended { hold }).await;
    for store in [&store, &another] {
        let waits = refused(store, LEASE, &[&narrow, &wide]).await;
        assert!(waits[0].held && waits[0].least <= Duration::from_secs(500), "{waits:?}");
        assert!(waits[0].least > Duration::from_secs(400), "{waits:?}");
        assert_eq!(waits[1], WindowWait::default());
    }
    let (attempt, _) = granted(&another, LEASE, &[&wide]).await;
    let hold = Some(Duration::from_secs(700));
    settle(&server, &another, &attempt, Settlement::Ended { hold }).await;
    let waits = refused(&store, LEASE, &[&other, &wide]).await;
    assert!(waits[1].held && waits[1].least > Duration::from_secs(600) && !waits[0].held, "{waits:?}");

    // A shorter one ends no longer one.
    let late = request(LEASE, &[&wide]);
    settle(&server, &another, &late, Settlement::Ended { hold: Some(MILLISECOND) }).await;
    let waits = refused(&store, LEASE, &[&other, &wide]).await;
    assert!(waits[1].held && waits[1].least > Duration::from_secs(600), "{waits:?}");
}

#[tokio::test]
async fn a_hold_is_as_long_as_its_window_at_most() {
    let Some(server) = RedisServer::start() else { return };
    let (store, minute) = (connect(&server).await, window("minute", 9, 60));
    let (attempt, _) = granted(&store, LEASE, &[&minute]).await;
    let hold = Some(HOUR);
    settle(&server, &store, &attempt, Settlement::Ended { hold }).await;
    let waits = refused(&store, LEASE, &[&minute]).await;
    assert!(waits[0].held && waits[0].least <= Duration::from_secs(60), "{waits:?}");
}

#[tokio::test]
async fn every_key_expires() {
    let Some(server) = RedisServer::start() else { return };
    let (store, one, two) = (connect(&server).await, window("one", 9, 1), window("two", 9, 1));
    let hold = Some(Duration::from_millis(900));
    let lease = Duration::from_millis(500);
    let (attempt, _) = granted(&store, lease, &[&one, &two]).await;
    for key in server.texts(&["KEYS", "*"]) {
        let rest = rest(&key, &server);
        assert!(rest == -2 || (0..=1501).contains(&rest), "{key}: {rest}");
    }
    store.settle(attempt, Settlement::Ended { hold });
    // One that is lost, and one that is unknown.
    let (_lost, unknown) = (store.take(&request(lease, &[&one])).await, request(lease, &[&two]));
    store.settle(unknown, ENDED);
    until("no key is left", || server.integer(&["DBSIZE"]) == 0).await;
}

#[tokio::test]
async fn a_shorter_lease_does_not_shorten_the_life_of_a_key() {
    let Some(server) = RedisServer::start() else { return };
    let (store, minute) = (connect(&server).await, window("minute", 9, 60));
    granted(&store, HOUR, &[&minute]).await;
    let log = logs(&server).remove(0);
    assert!(rest(&log, &server) > 3_600_000);
    let (short, _) = granted(&store, Duration::from_secs(1), &[&minute]).await;
    assert!(rest(&log, &server) > 3_600_000);
    settle(&server, &store, &short, ENDED).await;
    assert!(rest(&log, &server) > 3_600_000);
    // Neither does it lower the score of another attempt, which may arrive as late as before.
    let ahead = (now(&server) + 3_000_000).to_string();
    assert_eq!(server.integer(&["ZCOUNT", &log, &ahead, "+inf"]), 1);
}
