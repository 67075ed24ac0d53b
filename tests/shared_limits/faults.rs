//! Servers with a fault: what a store and its callers make of each.

use std::time::Duration;

use api_rate_limit_redis::{ConnectError, RedisRateLimitStore};
use api_runtime::{
    Error, Operation, RateLimitScope, RateLimitStore, RateLimits, Settlement, StoreError, StoreOutage, TakenSlots,
};
use conformance::redis_server::RedisServer;

use crate::contract::{granted, refused, request, window};
use crate::engine::{DIVIDE, PROCESSES, connect, connect_within, logs, now, until};
use crate::scenarios::{client, get, operation, rule};
use crate::vendor::Vendor;

const LEASE: Duration = Duration::from_secs(60);
/// Time after which a store that does not answer is taken for slow.
const RESPONSE_TIMEOUT: Duration = Duration::from_millis(300);

/// Asks for slots of a new attempt, and returns why the store could not be asked.
async fn failure(store: &RedisRateLimitStore) -> StoreError {
    store.take(&request(LEASE, &[&window("many", 1000, 60)])).await.expect_err("it can't be asked")
}

/// Asks until the store can be asked.
async fn recovered(store: &RedisRateLimitStore) {
    let many = window("many", 1000, 60);
    let asks = async {
        while store.take(&request(LEASE, &[&many])).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), asks).await.expect("it recovers");
}

/// Returns the error of a connection that fails.
async fn connect_error(url: &str) -> ConnectError {
    RedisRateLimitStore::builder(url).connect().await.expect_err("it does not connect")
}

#[tokio::test]
async fn attempts_of_a_clock_that_went_back_count_for_their_lease_and_the_interval() {
    let Some(server) = RedisServer::start() else { return };
    let (store, two) = (connect(&server).await, window("two", 2, 1));
    let lease = Duration::from_millis(200);
    granted(&store, lease, &[&two]).await;
    let log = logs(&server).remove(0);
    let an_hour_ahead = now(&server) + 3_600_000;
    for number in 0..2 {
        server.command(&["ZADD", &log, &(an_hour_ahead + number).to_string(), &format!("{number:032x}:200")]);
    }
    server.command(&["SET", &format!("{log}:hold"), "1", "PX", "3600000"]);
    let waits = refused(&store, lease, &[&two]).await;
    assert!(waits[0].least <= Duration::from_millis(1001), "{waits:?}");
    let bound = (now(&server) + 200).to_string();
    assert_eq!(
        server.integer(&["ZCOUNT", &log, &format!("({bound}"), "+inf"]),
        0,
        "each has its own lease left at most"
    );
    assert!(server.integer(&["PTTL", &format!("{log}:hold")]) <= 1000);
    let next = request(lease, &[&two]);
    while !matches!(store.take(&next).await, Ok(TakenSlots::Granted { .. })) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(now(&server) < an_hour_ahead - 1_800_000, "it took an hour");
}

#[tokio::test]
async fn a_server_that_has_forgotten_the_scripts_is_given_them_again() {
    let Some(server) = RedisServer::start() else { return };
    let (store, one) = (connect(&server).await, window("one", 1, 3600));
    server.command(&["SCRIPT", "FLUSH"]);
    let (attempt, _) = granted(&store, LEASE, &[&one]).await;
    server.command(&["SCRIPT", "FLUSH"]);
    store.settle(attempt, Settlement::NotSent);
    until("it is settled", || logs(&server).is_empty()).await;
}

#[tokio::test]
async fn a_server_that_lost_its_data_is_reported_to_each_process_once() {
    let Some(mut server) = RedisServer::start() else { return };
    let (store, another) = (connect(&server).await, connect(&server).await);
    server.kill();
    server.restart();
    for store in [&store, &another] {
        let error = failure(store).await;
        assert!(error.to_string().contains("restarted"), "{error}");
        granted(store, LEASE, &[&window("many", 1000, 60)]).await;
    }
}

#[tokio::test]
async fn a_connection_that_broke_is_opened_again_without_a_word() {
    let Some(server) = RedisServer::start() else { return };
    let (store, one) = (connect(&server).await, window("one", 1, 3600));
    let (attempt, _) = granted(&store, LEASE, &[&one]).await;
    for _ in 0..3 {
        server.command(&["CLIENT", "KILL", "TYPE", "normal"]);
        assert_eq!(store.take(&attempt).await, Ok(TakenSlots::Granted { full: true }));
    }
    server.command(&["CLIENT", "KILL", "TYPE", "normal"]);
    store.settle(attempt, Settlement::NotSent);
    until("it is settled", || logs(&server).is_empty()).await;
}

#[tokio::test]
async fn a_replica_takes_no_attempts_until_it_is_the_primary() {
    let Some(server) = RedisServer::start() else { return };
    let store = connect(&server).await;
    // Nobody listens there, so the server keeps what it has.
    server.command(&["REPLICAOF", "127.0.0.1", "1"]);
    for _ in 0..3 {
        let error = failure(&store).await;
        assert!(error.to_string().contains("replica"), "{error}");
    }
    assert!(
        matches!(connect_error(&server.url()).await, ConnectError::Store(error) if error.to_string().contains("replica"))
    );
    server.command(&["REPLICAOF", "NO", "ONE"]);
    recovered(&store).await;
}

#[tokio::test]
async fn a_server_that_became_a_replica_is_left_for_the_primary() {
    let Some(mut server) = RedisServer::start() else { return };
    let (store, one) = (connect(&server).await, window("one", 1, 3600));
    let replica = server.replica();
    let (attempt, _) = granted(&store, LEASE, &[&one]).await;
    store.settle(attempt, Settlement::Ended { hold: None });
    until("the replica knows", || !logs(&replica).is_empty()).await;
    server.switch_over(replica);
    // The old server keeps the connection, and refuses.
    assert!(failure(&store).await.to_string().contains("replica"));
    recovered(&store).await;
    assert!(refused(&store, LEASE, &[&one]).await[0].least > Duration::from_secs(3000));
}

#[tokio::test]
async fn all_windows_of_a_call_are_in_one_slot_of_a_cluster() {
    let Some(server) = RedisServer::start_cluster() else { return };
    let (store, one, two) = (connect(&server).await, window("one", 9, 3600), window("two", 2, 3600));
    let (attempt, _) = granted(&store, LEASE, &[&one, &two]).await;
    let hold = Some(Duration::from_secs(600));
    store.settle(attempt, Settlement::Ended { hold });
    until("it is settled", || !server.texts(&["KEYS", "*one:hold"]).is_empty()).await;
    assert!(refused(&store, LEASE, &[&one, &two]).await[0].held);
    // The server does refuse keys of several slots.
    let keys = ["EVAL", "return redis.call('EXISTS', KEYS[1]) + redis.call('EXISTS', KEYS[2])", "2", "one", "two"];
    assert!(server.refusal(&keys).contains("CrossSlot"));
}

#[tokio::test]
async fn a_wrong_password_is_an_error_that_does_not_show_it() {
    const PASSWORD: &str = "Correct-Horse-1";
    let Some(mut server) = RedisServer::start_with(&["--requirepass", PASSWORD]) else { return };
    let store = connect(&server).await;
    granted(&store, LEASE, &[&window("many", 1000, 60)]).await;
    for url in [server.url_without_password(), format!("{}?pass=Wrong-Horse-2", server.url_without_password())] {
        let error = connect_error(&url).await;
        assert!(error.to_string().contains("the credentials"), "{error}");
        assert!(!format!("{error:?} {error}").contains("Horse"), "{error:?}");
    }
    // The password of a server that runs is replaced.
    server.change_password("Another-Horse-3");
    let error = failure(&store).await;
    assert!(
        error.to_string().contains("the credentials") && !format!("{error:?} {store:?}").contains("Horse"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_server_without_memory_is_an_error() {
    let Some(server) = RedisServer::start() else { return };
    let store = connect(&server).await;
    server.command(&["CONFIG", "SET", "maxmemory", "1"]);
    assert!(failure(&store).await.to_string().contains("memory"));
    server.command(&["CONFIG", "SET", "maxmemory", "0"]);
    recovered(&store).await;
}

#[tokio::test]
async fn a_server_that_may_evict_attempts_is_refused_unless_that_is_accepted() {
    let Some(server) = RedisServer::start_with(&["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]) else {
        return;
    };
    let error = connect_error(&server.url()).await;
    assert!(matches!(&error, ConnectError::Eviction { policy: Some(policy) } if policy == "allkeys-lru"), "{error:?}");
    let accepted = RedisRateLimitStore::builder(server.url()).allow_eviction(true).connect().await;
    assert!(accepted.is_ok(), "{accepted:?}");
}

#[tokio::test]
async fn a_call_is_sent_under_a_part_of_its_limit_while_the_store_is_slow() {
    let Some(mut server) = RedisServer::start() else { return };
    let vendor = Vendor::start().await;
    static EIGHT_AN_HOUR: Operation = operation(&[rule(8, 3600, RateLimitScope::Credential)]);
    let limits = RateLimits::shared(connect_within(&server, RESPONSE_TIMEOUT).await, DIVIDE);
    let client = client(&vendor, &limits);
    server.freeze();
    for number in 0..8 / PROCESSES {
        get(&client, &EIGHT_AN_HOUR, "1", number as usize).await.expect("it is its part");
    }
    let beyond = get(&client, &EIGHT_AN_HOUR, "1", 9).await.expect_err("it is no part of its own");
    assert!(matches!(beyond, Error::InvalidRequest(_)), "{beyond:?}");
    assert_eq!(vendor.arrivals().len(), (8 / PROCESSES) as usize);
}

#[tokio::test]
async fn a_call_is_not_sent_while_the_store_is_slow_if_that_was_chosen() {
    let Some(mut server) = RedisServer::start() else { return };
    let vendor = Vendor::start().await;
    static MANY: Operation = operation(&[rule(1000, 1, RateLimitScope::Credential)]);
    let limits = RateLimits::shared(connect_within(&server, RESPONSE_TIMEOUT).await, StoreOutage::Refuse);
    let client = client(&vendor, &limits);
    server.freeze();
    for number in 0..3 {
        let error = get(&client, &MANY, "1", number).await.expect_err("it is refused");
        assert!(matches!(error, Error::InvalidRequest(_)), "{error:?}");
    }
    assert!(vendor.arrivals().is_empty());
    server.thaw();
    let mut number = 3;
    while get(&client, &MANY, "1", number).await.is_err() {
        number += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_call_asks_once_before_and_reports_once_after() {
    let Some(server) = RedisServer::start() else { return };
    let vendor = Vendor::start().await;
    static TWO_WINDOWS: Operation =
        operation(&[rule(1000, 1, RateLimitScope::Credential), rule(1000, 3600, RateLimitScope::Credential)]);
    let limits = RateLimits::shared(connect(&server).await, DIVIDE);
    let client = client(&vendor, &limits);
    vendor.hold();
    server.command(&["CONFIG", "RESETSTAT"]);
    let call = tokio::spawn(async move { get(&client, &TWO_WINDOWS, "1", 0).await });
    until("it is under way", || !vendor.arrivals().is_empty()).await;
    assert_eq!(server.executions("evalsha"), 1);
    vendor.release();
    call.await.expect("no panic").expect("it is answered");
    until("it is settled", || server.executions("evalsha") == 2).await;
    for command in ["eval", "script|load", "ping"] {
        assert_eq!(server.executions(command), 0, "{command}");
    }
}
