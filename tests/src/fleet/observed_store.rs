//! Store of rate limits that notes each question and its answer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use api_rate_limit_redis::RedisRateLimitStore;
use api_runtime::{RateLimitStore, Settlement, SlotRequest, StoreFuture, TakenSlots};
use serde::{Deserialize, Serialize};

/// Time in microseconds since 1970, which processes on one machine can compare.
pub(super) type Micros = u64;

/// Returns the current time.
pub(super) fn now() -> Micros {
    micros(SystemTime::now())
}

/// Returns a time in microseconds.
pub(super) fn micros(time: SystemTime) -> Micros {
    time.duration_since(UNIX_EPOCH).ok().and_then(|since| since.as_micros().try_into().ok()).unwrap_or_default()
}

/// Questions to a store, and its answers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Observations {
    /// Times at which an attempt asked that was granted its slots.
    pub(super) granted: Vec<Micros>,
    /// Number of attempts that were refused.
    pub(super) refused: usize,
    /// Times at which the store failed.
    pub(super) failed: Vec<Micros>,
    /// Holds that were reported.
    pub(super) holds: Vec<ReportedHold>,
}

/// Hold that a process has reported to the store.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct ReportedHold {
    /// Time at which the store surely knew it.
    pub(super) known: Micros,
    /// Time until which it surely lasts.
    pub(super) until: Micros,
}

/// Store on Redis that notes what it is asked.
#[derive(Clone)]
pub(super) struct ObservedStore {
    store: RedisRateLimitStore,
    observations: Arc<Mutex<Observations>>,
}

impl ObservedStore {
    /// Creates a store that asks this one.
    pub(super) fn new(store: RedisRateLimitStore) -> Self {
        Self { store, observations: Arc::default() }
    }

    /// Returns what was asked so far.
    pub(super) fn observations(&self) -> Observations {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Observations> {
        self.observations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RateLimitStore for ObservedStore {
    fn take<'s>(&'s self, attempt: &'s SlotRequest) -> StoreFuture<'s, TakenSlots> {
        Box::pin(async move {
            let asked = now();
            let answer = self.store.take(attempt).await;
            let mut observations = self.lock();
            match &answer {
                Ok(TakenSlots::Granted { .. }) => observations.granted.push(asked),
                Ok(TakenSlots::Refused(_)) => observations.refused += 1,
                Err(_) => observations.failed.push(now()),
            }
            answer
        })
    }

    fn settle(&self, attempt: Arc<SlotRequest>, settlement: Settlement) {
        let reported = now();
        self.store.settle(attempt, settlement);
        if let Settlement::Ended { hold: Some(length) } = settlement {
            let (this, length) = (self.clone(), length.as_micros().try_into().unwrap_or(Micros::MAX));
            tokio::spawn(async move {
                this.store.flush().await;
                this.lock().holds.push(ReportedHold { known: now(), until: reported.saturating_add(length) });
            });
        }
    }
}
