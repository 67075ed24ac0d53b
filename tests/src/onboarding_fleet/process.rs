//! Process that works on tenants.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use api_rate_limit_redis::RedisRateLimitStore;
use api_runtime::testing::MemoryRateLimitStore;
use api_runtime::{RateLimits, StoreOutage};
use futures_util::StreamExt as _;
use tenant_onboarding::{Onboarding, TenantQueue};

use super::assignment::{Assignment, ProcessLimits};
use super::freeze_point::{FreezeGate, StoppingJournal, StoppingStore, stopping_http_client};
use super::line::{Line, write_line};
use super::scaled_limits::scaled;
use super::vendor_access::ClientSettings;

/// Time for an answer of the store. A slow machine is no fault of the store.
const STORE_TIMEOUT: Duration = Duration::from_secs(30);

/// Runs a process: reads its assignment, and works on tenants until none is left. Its runtime has one thread, so that a process
/// that waits at a point does nothing else.
///
/// # Panics
///
/// If the input is not that of the program, or a server can't be reached at the start.
pub async fn run_process() {
    let mut assignment = String::new();
    std::io::stdin().read_line(&mut assignment).expect("text");
    let assignment: Assignment = serde_json::from_str(&assignment).expect("an assignment");
    let Assignment { process, access, database, times, .. } = &assignment;
    let mut settings = ClientSettings::new(process.as_str(), times);
    let journal = database.connect(process, times, assignment.spool.clone()).await.expect("a journal");
    let Some(point) = assignment.point else {
        settings.limits = limits(&assignment).await;
        return work(access.onboarding(journal, &settings, times), assignment.workers).await;
    };
    let gate = Arc::new(FreezeGate::new(point));
    let store = StoppingStore::new(MemoryRateLimitStore::default(), gate.clone());
    settings.limits = Some(RateLimits::shared_with_rules(store, StoreOutage::Refuse, scaled));
    settings.http = Some(stopping_http_client(gate.clone()));
    let journal = StoppingJournal::new(journal, gate);
    work(access.onboarding(journal, &settings, times), assignment.workers).await;
}

async fn limits(assignment: &Assignment) -> Option<RateLimits> {
    match &assignment.limits {
        ProcessLimits::Unlimited => None,
        ProcessLimits::Shared { url, processes } => {
            let builder = RedisRateLimitStore::builder(url).response_timeout(STORE_TIMEOUT);
            let store = builder.connect().await.expect("a store");
            let outage = StoreOutage::Divide { processes: *processes };
            Some(RateLimits::shared_with_rules(store, outage, scaled))
        }
    }
}

async fn work<J: TenantQueue>(onboarding: Onboarding<J>, workers: usize) {
    let mut reports = pin!(onboarding.work(workers));
    while let Some(report) = reports.next().await {
        let report = report.unwrap_or_else(|fault| panic!("{fault}"));
        write_line(&Line::Ended(report.result.err().map(|error| error.to_string())));
    }
}
