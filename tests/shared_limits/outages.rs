//! Stores that fail while several processes call: no more than twice the limit arrives in any stretch of the interval, and
//! nothing arrives twice.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use api_runtime::{Error, Operation, RateLimitScope, RateLimits};
use conformance::redis_server::RedisServer;
use conformance::store_fault::StoreFault;
use tokio::task::{JoinSet, block_in_place};

use crate::engine::{DIVIDE, PROCESSES, connect_within, until};
use crate::scenarios::{builder, get, operation, rule};
use crate::vendor::Vendor;

const LIMIT: usize = 10;
const INTERVAL: Duration = Duration::from_secs(1);
/// Calls of each process that are made one after the other.
const CALLS: usize = 3;
/// Such sequences of each process, at the same time.
const SEQUENCES: usize = 4;

/// Time after which a store that does not answer is taken for slow.
const RESPONSE_TIMEOUT: Duration = Duration::from_millis(500);

static TEN_A_SECOND: Operation = operation(&[rule(LIMIT as u32, 1, RateLimitScope::Credential)]);

/// Call as its process saw it.
struct Call {
    process: usize,
    number: usize,
    began: Instant,
    ended: Instant,
    refused: bool,
}

const FAULTS: [StoreFault; 6] = [
    StoreFault::Flush,
    StoreFault::Freeze(Duration::from_millis(1500)),
    StoreFault::Kill(Duration::from_millis(700)),
    StoreFault::Kill(Duration::ZERO),
    StoreFault::Promote,
    StoreFault::SwitchOver,
];

/// Makes calls of several processes, with a fault of their store when the limit was used up once, and checks what has
/// arrived. A vendor that enforces its limit refuses calls, and then all of them are held.
async fn run(mut server: RedisServer, fault: StoreFault, enforces: bool) {
    let vendor = Vendor::start().await;
    vendor.delay([(0, 5), (20, 0), (3, 30), (10, 10), (0, 0)]);
    if enforces {
        vendor.enforce(LIMIT, INTERVAL);
    }
    let replica = block_in_place(|| fault.replica(&server));
    let mut sequences = JoinSet::new();
    for process in 0..PROCESSES as usize {
        let limits = RateLimits::shared(connect_within(&server, RESPONSE_TIMEOUT).await, DIVIDE);
        let client = builder(&vendor, &limits).attempt_timeout(Duration::from_secs(20)).build().expect("it builds");
        for sequence in 0..SEQUENCES {
            let client = client.clone();
            sequences.spawn(async move {
                let mut calls = Vec::new();
                for call in 0..CALLS {
                    let number = (process * SEQUENCES + sequence) * CALLS + call;
                    let began = Instant::now();
                    let refused = match get(&client, &TEN_A_SECOND, "1", number).await {
                        Ok(()) => false,
                        Err(Error::Api(error)) if error.status().as_u16() == 429 => true,
                        Err(error) => panic!("{error}"),
                    };
                    calls.push(Call { process, number, began, ended: Instant::now(), refused });
                }
                calls
            });
        }
    }
    until("the limit is used up", || vendor.arrivals().len() >= LIMIT).await;
    block_in_place(|| fault.inject(&mut server, replica));
    let calls: Vec<Call> = sequences.join_all().await.into_iter().flatten().collect();

    let arrivals = vendor.arrivals();
    let numbers: HashSet<&str> = arrivals.iter().map(|it| it.query.as_str()).collect();
    assert_eq!((arrivals.len(), numbers.len()), (calls.len(), calls.len()), "{fault:?}: each arrives once");
    let worst = vendor.worst_count(INTERVAL);
    assert!(worst <= 2 * LIMIT, "{fault:?}: {worst} in {INTERVAL:?}");
    let refusals: Vec<&Call> = calls.iter().filter(|call| call.refused).collect();
    for refusal in &refusals {
        let at = |call: &Call| {
            let query = format!("number={}", call.number);
            arrivals.iter().find(|it| it.query == query).expect("it arrived").at
        };
        let end = at(refusal) + INTERVAL;
        let late = calls.iter().filter(|it| it.process == refusal.process && it.began >= refusal.ended && at(it) < end);
        assert_eq!(late.count(), 0, "{fault:?}: the vendor has asked for a second without calls");
    }
    println!("{fault:?}: at most {worst} in {INTERVAL:?}, {} refusals for {} calls", refusals.len(), calls.len());
}

/// Runs all faults at the same time, because each run waits most of its time.
async fn run_all(enforces: bool) {
    let mut runs = JoinSet::new();
    for fault in FAULTS {
        let Some(server) = block_in_place(RedisServer::start) else { return };
        runs.spawn(run(server, fault, enforces));
    }
    runs.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_fault_of_a_store_lets_more_than_twice_the_limit_through() {
    run_all(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_process_that_was_refused_sends_nothing_until_the_vendor_allows_it() {
    run_all(true).await;
}
