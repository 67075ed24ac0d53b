//! Process of a fleet.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use api_rate_limit_redis::RedisRateLimitStore;
use api_runtime::{
    Credential, Method, Operation, Pipeline, PipelineBuilder, RateLimitRule, RateLimitScope, RateLimits, RetryRule,
    Secret, StoreOutage,
};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use super::observed_store::{Micros, Observations, ObservedStore, now};
use super::settings::FleetSettings;
use crate::refusal::Refusal;

/// Header with the number of a call, by which the vendor's journal tells it from the others.
pub(super) const CALL_HEADER: &str = "x-call";

/// Longest time for a call: whatever the limit, none gives up.
const TIME_LIMIT: Duration = Duration::from_secs(3600);

/// Task of a process, as it reads it from its input.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Assignment {
    pub(super) number: u32,
    /// Base URL of the vendor.
    pub(super) url: String,
    pub(super) token: String,
    /// URL of the store; `None` if the process keeps the limit alone.
    pub(super) store: Option<String>,
    pub(super) settings: FleetSettings,
}

/// Calls of a process, as it writes them to its output.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct MemberReport {
    pub(super) calls: Vec<MadeCall>,
    pub(super) observations: Observations,
}

/// Call that has ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct MadeCall {
    pub(super) began: Micros,
    pub(super) ended: Micros,
    /// Text of its error.
    pub(super) error: Option<String>,
}

/// Runs a process of a fleet: reads its assignment, says that it is ready, waits for a line, makes its calls, and writes a
/// report.
///
/// # Panics
///
/// If the input is not that of the program, or the store can't be reached at the start.
pub async fn run_member() {
    let mut lines = std::io::stdin().lines();
    let assignment = lines.next().expect("an assignment").expect("text");
    let assignment: Assignment = serde_json::from_str(&assignment).expect("an assignment");
    let mut store = None;
    let mut limits = RateLimits::default();
    if let Some(url) = &assignment.store {
        let builder = RedisRateLimitStore::builder(url).response_timeout(assignment.settings.response_timeout);
        let redis = builder.connect().await.expect("a store");
        let observed = ObservedStore::new(redis.clone());
        limits = RateLimits::shared(observed.clone(), StoreOutage::Divide { processes: assignment.settings.processes });
        store = Some((redis, observed));
    }
    let client = client(&assignment, limits);
    println!("ready");
    std::io::stdout().flush().expect("an output");
    lines.next().expect("a line").expect("text");
    let calls = make_calls(&assignment, &client).await;
    let mut observations = Observations::default();
    if let Some((redis, observed)) = store {
        redis.flush().await;
        observations = observed.observations();
    }
    let report = MemberReport { calls, observations };
    println!("{}", serde_json::to_string(&report).expect("JSON"));
}

fn client(assignment: &Assignment, limits: RateLimits) -> Pipeline {
    let credential = Credential::bearer(&Secret::new(assignment.token.as_str())).expect("a token");
    let builder = PipelineBuilder::new(&assignment.url, "fleet").api("zapsign").credential(credential);
    let builder =
        builder.attempt_timeout(assignment.settings.attempt_timeout).time_limit(TIME_LIMIT).rate_limits(limits);
    builder.build().expect("it builds")
}

/// Makes all calls of a process, as many at once as it has tasks.
async fn make_calls(assignment: &Assignment, client: &Pipeline) -> Vec<MadeCall> {
    let operation = operation(assignment.settings.requests, assignment.settings.per_seconds);
    let begun = Arc::new(AtomicU32::new(0));
    let mut tasks = JoinSet::new();
    for _ in 0..assignment.settings.tasks {
        let (client, begun, assignment) = (client.clone(), Arc::clone(&begun), assignment.clone());
        tasks.spawn(async move {
            let mut calls = Vec::new();
            loop {
                let call = begun.fetch_add(1, Ordering::Relaxed);
                if call >= assignment.settings.calls {
                    return calls;
                }
                let began = now();
                let mut request = client.request(operation);
                request.header(CALL_HEADER, Some(&format!("{}-{call}", assignment.number)));
                let error = client.send::<Refusal>(&mut request).await.err().map(|error| error.to_string());
                calls.push(MadeCall { began, ended: now(), error });
            }
        });
    }
    tasks.join_all().await.into_iter().flatten().collect()
}

/// Returns an operation of the vendor under this limit, which may be repeated after a 429 only: it is an operation with an effect.
fn operation(requests: u32, per_seconds: u32) -> &'static Operation {
    let rule = RateLimitRule { requests, per_seconds, scope: RateLimitScope::Credential };
    let mut operation = Operation::new("list_users", Method::GET, "/api/v1/users/", false);
    operation.retry = RetryRule::RateLimited;
    operation.rate_limits = Box::leak(Box::new([rule]));
    Box::leak(Box::new(operation))
}
