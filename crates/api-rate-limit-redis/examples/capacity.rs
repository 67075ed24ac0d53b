//! Measures what one server carries: `cargo run --release -p api-rate-limit-redis --example capacity -- unix:///path`.
//!
//! It resets the server's statistics (`CONFIG RESETSTAT`), and leaves keys that end within minutes. Use a server for tests.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use api_rate_limit_redis::RedisRateLimitStore;
use api_runtime::{RateLimitRule, RateLimitScope, RateLimitStore, Settlement, SlotRequest, TakenSlots, WindowKey};
use redis::aio::MultiplexedConnection;

/// Rounds of which the median is shown.
const ROUNDS: usize = 5;
/// Requests of a round.
const REQUESTS: usize = 20_000;
/// Requests under way at a time.
const TASKS: usize = 100;
/// Limit of a full window, as ZapSign publishes it.
const LIMIT: u32 = 500;
const PREFIX: &str = "capacity";

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let url = std::env::args().nth(1).ok_or("usage: capacity URL")?;
    let store =
        RedisRateLimitStore::builder(&url).prefix(PREFIX).response_timeout(Duration::from_secs(10)).connect().await?;
    let mut connection = redis::Client::open(url)?.get_multiplexed_async_connection().await?;

    println!("time of the server for one request, in µs (median of {ROUNDS} rounds of {REQUESTS})\n");
    println!("| windows | take, granted | take, refused | settle |\n|---|---|---|---|");
    for windows in 1..=3 {
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            let attempts = attempts(windows, REQUESTS);
            times[0].push(script_time(&mut connection, take_all(&store, &attempts, true)).await?);
            times[2].push(script_time(&mut connection, settle_all(&store, &attempts)).await?);
            let full = full_windows(&store, windows).await?;
            let refused: Vec<_> = (0..REQUESTS).map(|_| attempt(full.iter().cloned())).collect();
            times[1].push(script_time(&mut connection, take_all(&store, &refused, false)).await?);
        }
        let [granted, refused, settled] = times.map(median);
        println!("| {windows} | {granted:.1} | {refused:.1} | {settled:.1} |");
    }

    println!("\nrequests per second, {TASKS} at a time over one connection (median of {ROUNDS} rounds)\n");
    let mut rates = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        let attempts = attempts(1, REQUESTS);
        rates[0].push(rate(simple_all(&connection, redis::cmd("PING"))).await?);
        rates[1].push(rate(simple_all(&connection, set_command())).await?);
        rates[2].push(rate(take_all(&store, &attempts, true)).await?);
    }
    let [ping, set, take] = rates.map(median);
    println!("| PING | SET | take | take / PING | take / SET |\n|---|---|---|---|---|");
    println!("| {ping:.0} | {set:.0} | {take:.0} | {:.2} | {:.2} |", take / ping, take / set);

    let full = full_windows(&store, 1).await?;
    let key = format!("{PREFIX}:{{{}}}:{}", full[0].group, full[0].name);
    let bytes: usize =
        redis::cmd("MEMORY").arg("USAGE").arg(key).arg("SAMPLES").arg(0).query_async(&mut connection).await?;
    println!("\nmemory of a full log of {LIMIT}: {bytes} bytes");
    Ok(())
}

/// Returns attempts of as many credentials, each with windows of its own.
fn attempts(windows: usize, count: usize) -> Vec<Arc<SlotRequest>> {
    (0..count).map(|_| attempt((0..windows).map(|window| Arc::new(key(&credential(), window))))).collect()
}

fn attempt(windows: impl IntoIterator<Item = Arc<WindowKey>>) -> Arc<SlotRequest> {
    Arc::new(SlotRequest::new(Duration::from_secs(30), windows))
}

fn key(credential: &str, window: usize) -> WindowKey {
    let rule = RateLimitRule { requests: LIMIT, per_seconds: 60, scope: RateLimitScope::Credential };
    WindowKey::new(format!("capacity:{credential}"), format!("{LIMIT}/60s:{window}"), rule)
}

fn credential() -> String {
    format!("{:032x}", SlotRequest::new(Duration::ZERO, []).id)
}

/// Fills windows of one credential to their limit.
async fn full_windows(store: &RedisRateLimitStore, count: usize) -> Outcome<Vec<Arc<WindowKey>>> {
    let credential = credential();
    let windows: Vec<_> = (0..count).map(|window| Arc::new(key(&credential, window))).collect();
    let attempts: Vec<_> = (0..LIMIT).map(|_| attempt(windows.iter().cloned())).collect();
    take_all(store, &attempts, true).await?;
    settle_all(store, &attempts).await?;
    Ok(windows)
}

async fn take_all(store: &RedisRateLimitStore, attempts: &[Arc<SlotRequest>], granted: bool) -> Outcome {
    let mut tasks = Vec::new();
    for part in attempts.chunks(attempts.len().div_ceil(TASKS)) {
        let (store, part) = (store.clone(), part.to_vec());
        tasks.push(tokio::spawn(async move {
            for attempt in part {
                let taken = store.take(&attempt).await?;
                assert_eq!(matches!(taken, TakenSlots::Granted { .. }), granted, "{taken:?}");
            }
            Ok::<_, api_runtime::StoreError>(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    Ok(())
}

async fn settle_all(store: &RedisRateLimitStore, attempts: &[Arc<SlotRequest>]) -> Outcome {
    for part in attempts.chunks(TASKS) {
        for attempt in part {
            store.settle(Arc::clone(attempt), Settlement::Ended { hold: None });
        }
        store.flush().await;
    }
    Ok(())
}

async fn simple_all(connection: &MultiplexedConnection, command: redis::Cmd) -> Outcome {
    let command = Arc::new(command);
    let mut tasks = Vec::new();
    for _ in 0..TASKS {
        let (mut connection, command) = (connection.clone(), Arc::clone(&command));
        tasks.push(tokio::spawn(async move {
            for _ in 0..REQUESTS / TASKS {
                command.exec_async(&mut connection).await?;
            }
            Ok::<_, redis::RedisError>(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    Ok(())
}

fn set_command() -> redis::Cmd {
    let mut command = redis::cmd("SET");
    command.arg("capacity:set").arg("1");
    command
}

/// Returns the server's mean time for a script while `work` goes on, in µs.
async fn script_time(connection: &mut MultiplexedConnection, work: impl Future<Output = Outcome>) -> Outcome<f64> {
    redis::cmd("CONFIG").arg("RESETSTAT").exec_async(connection).await?;
    work.await?;
    let info: String = redis::cmd("INFO").arg("commandstats").query_async(connection).await?;
    let line = info.lines().find(|line| line.starts_with("cmdstat_evalsha:")).ok_or("no script has run")?;
    let field =
        line.split(',').find_map(|field| field.strip_prefix("usec_per_call=")).ok_or("no time in its statistics")?;
    Ok(field.parse()?)
}

/// Returns the requests per second of `work`, which sends [`REQUESTS`].
async fn rate(work: impl Future<Output = Outcome>) -> Outcome<f64> {
    let start = Instant::now();
    work.await?;
    #[expect(clippy::cast_precision_loss, reason = "it is far below 2^53")]
    Ok(REQUESTS as f64 / start.elapsed().as_secs_f64())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
