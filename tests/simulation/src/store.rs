//! Network between a process and the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use api_runtime::{RateLimitStore, Settlement, SlotRequest, StoreError, StoreFuture, TakenSlots};
use fastrand::Rng;
use tokio::time::sleep;

use crate::call::current_account;
use crate::shared_state::SharedState;

const AWAY: StoreError = StoreError::new("the store does not answer; start it again");
const RESTARTED: StoreError = StoreError::new("the store has lost what it counted; nothing needs to be done");

/// Store as one process reaches it: over a network that takes time, and loses settlements.
pub(crate) struct RemoteStore {
    state: Arc<SharedState>,
    /// `false` after the process was killed.
    alive: Arc<AtomicBool>,
    /// Restarts of the store that the process knows of.
    known_restarts: AtomicU32,
}

impl RemoteStore {
    /// Creates the store as a process reaches it that lives as long as `alive` is `true`.
    pub(crate) fn new(state: Arc<SharedState>, alive: Arc<AtomicBool>) -> Self {
        let known_restarts = AtomicU32::new(state.store_restarts());
        Self { state, alive, known_restarts }
    }
}

impl RateLimitStore for RemoteStore {
    fn take<'s>(&'s self, attempt: &'s SlotRequest) -> StoreFuture<'s, TakenSlots> {
        Box::pin(async move {
            self.state.statistics().ask(current_account());
            let (there, back) = {
                let mut rng = self.state.rng();
                (one_way(&mut rng), one_way(&mut rng))
            };
            let fail = |error| {
                self.state.statistics().store_failures += 1;
                Err(error)
            };
            sleep(there).await;
            if self.state.is_store_away() {
                return fail(AWAY);
            }
            let restarts = self.state.store_restarts();
            if self.known_restarts.swap(restarts, Ordering::Relaxed) != restarts {
                return fail(RESTARTED);
            }
            let taken = self.state.store.take(attempt).await;
            sleep(back).await;
            if self.state.is_store_away() { fail(AWAY) } else { taken }
        })
    }

    fn settle(&self, attempt: Arc<SlotRequest>, settlement: Settlement) {
        if !self.alive.load(Ordering::Relaxed) {
            return;
        }
        let (delay, is_lost) = {
            let mut rng = self.state.rng();
            (one_way(&mut rng), rng.f64() < self.state.scenario.faults.lost_settlements())
        };
        self.state.statistics().settlements += 1;
        let state = Arc::clone(&self.state);
        tokio::spawn(async move {
            sleep(delay).await;
            if !is_lost && !state.is_store_away() {
                state.store.settle(attempt, settlement);
            }
        });
    }
}

/// Draws the time of one way: half of 0.2 to 2 ms, or of 100 ms once in a hundred times.
fn one_way(rng: &mut Rng) -> Duration {
    let round_trip = if rng.u32(0..100) == 0 { 100_000 } else { rng.u64(200..=2_000) };
    Duration::from_micros(round_trip / 2)
}
