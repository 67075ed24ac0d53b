//! State that the processes of a run share.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use api_runtime::testing::MemoryRateLimitStore;
use fastrand::Rng;
use tokio::time::Instant;

use crate::scenario::{Faults, Scenario};
use crate::statistics::Statistics;
use crate::vendor::Vendor;

/// State that the processes of a run share.
pub(crate) struct SharedState {
    pub(crate) scenario: Scenario,
    pub(crate) start: Instant,
    pub(crate) store: MemoryRateLimitStore,
    /// Time in which the store can't be asked.
    pub(crate) outage: Option<(Instant, Instant)>,
    vendor: Mutex<Vendor>,
    statistics: Mutex<Statistics>,
    rng: Mutex<Rng>,
}

impl SharedState {
    /// Creates the state of a run that begins now.
    pub(crate) fn new(scenario: Scenario) -> Self {
        let (start, mut rng) = (Instant::now(), Rng::with_seed(scenario.seed));
        let outage = scenario.faults.has_outage().then(|| {
            let begin = start + scenario.duration.mul_f64(0.3 + 0.2 * rng.f64());
            (begin, begin + Duration::from_secs(30))
        });
        Self {
            scenario,
            start,
            store: MemoryRateLimitStore::default(),
            outage,
            vendor: Mutex::default(),
            statistics: Mutex::new(Statistics::new(scenario.processes)),
            rng: Mutex::new(rng),
        }
    }

    /// Returns `true` if the store can't be asked now.
    pub(crate) fn is_store_away(&self) -> bool {
        let now = Instant::now();
        self.outage.is_some_and(|(begin, end)| begin <= now && now < end)
    }

    /// Returns the number of times that the store has started anew without what it counted.
    pub(crate) fn store_restarts(&self) -> u32 {
        let lost = self.scenario.faults == Faults::Restart;
        u32::from(lost && self.outage.is_some_and(|(_, end)| end <= Instant::now()))
    }

    pub(crate) fn vendor(&self) -> MutexGuard<'_, Vendor> {
        self.vendor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn statistics(&self) -> MutexGuard<'_, Statistics> {
        self.statistics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn rng(&self) -> MutexGuard<'_, Rng> {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
