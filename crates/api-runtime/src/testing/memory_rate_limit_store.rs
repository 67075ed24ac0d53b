use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use smallvec::SmallVec;
use tokio::time::Instant;

use crate::rate_limit::{
    RateLimitStore, Settlement, SlotLog, SlotRequest, StoreFuture, TakenSlots, WindowKey, WindowWait,
};
use crate::time::saturating_add;

/// Store of rate limit slots in the memory of this process: for tests of several clients that share a store, also in tokio's
/// paused time. Clones are the same store.
///
/// It decides as the limits of one process do, and answers at once.
#[derive(Clone, Default)]
pub struct MemoryRateLimitStore(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    windows: HashMap<Arc<WindowKey>, SlotLog>,
    /// Numbers of the slots of each attempt under way, in the order of its windows.
    attempts: HashMap<u128, SmallVec<[u64; 2]>>,
}

impl MemoryRateLimitStore {
    /// Forgets everything, as a store does that restarts without a copy on disk.
    pub fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }
}

impl State {
    fn take(&mut self, attempt: &SlotRequest, now: Instant) -> TakenSlots {
        if self.attempts.contains_key(&attempt.id) {
            return TakenSlots::Granted { full: self.is_full(attempt, now) };
        }
        let waits: SmallVec<[WindowWait; 2]> = attempt.windows.iter().map(|key| self.wait(key, now)).collect();
        if waits.iter().any(|wait| !wait.least.is_zero()) {
            return TakenSlots::Refused(waits);
        }
        let arrival = saturating_add(now, attempt.lease);
        let take = |key: &Arc<WindowKey>| {
            let log = self.windows.entry(Arc::clone(key)).or_default();
            log.take(key.rule.interval(), now, arrival)
        };
        let numbers = attempt.windows.iter().map(take).collect();
        self.attempts.insert(attempt.id, numbers);
        TakenSlots::Granted { full: self.is_full(attempt, now) }
    }

    fn wait(&self, key: &WindowKey, now: Instant) -> WindowWait {
        let Some(log) = self.windows.get(key) else { return WindowWait::default() };
        let ready_at = log.ready_at(0, key.rule.requests as usize, key.rule.interval(), now);
        let least = ready_at.saturating_duration_since(now);
        WindowWait { least, held: !least.is_zero() && log.is_held(ready_at) }
    }

    fn is_full(&self, attempt: &SlotRequest, now: Instant) -> bool {
        attempt.windows.iter().any(|key| {
            let taken = self.windows.get(key).map_or(0, |log| log.taken(key.rule.interval(), now));
            taken >= key.rule.requests as usize
        })
    }

    fn settle(&mut self, attempt: &SlotRequest, settlement: Settlement, now: Instant) {
        let numbers = self.attempts.remove(&attempt.id);
        for (index, key) in attempt.windows.iter().enumerate() {
            let log = self.windows.entry(Arc::clone(key)).or_default();
            let number = numbers.as_ref().map(|numbers| numbers[index]);
            match (settlement, number) {
                (Settlement::NotSent, Some(number)) => log.remove(number),
                (Settlement::NotSent, None) => {}
                (Settlement::Ended { hold }, number) => {
                    if !number.is_some_and(|number| log.settle(number, now)) {
                        log.take(key.rule.interval(), now, now);
                    }
                    if let Some(time) = hold.filter(|_| index == 0) {
                        log.hold(saturating_add(now, time.min(key.rule.interval())));
                    }
                }
            }
        }
    }
}

impl RateLimitStore for MemoryRateLimitStore {
    fn take<'s>(&'s self, attempt: &'s SlotRequest) -> StoreFuture<'s, TakenSlots> {
        Box::pin(async move {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(state.take(attempt, Instant::now()))
        })
    }

    fn settle(&self, attempt: Arc<SlotRequest>, settlement: Settlement) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.settle(&attempt, settlement, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::operation::{RateLimitRule, RateLimitScope};

    #[tokio::test(start_paused = true)]
    async fn a_hold_is_for_the_narrowest_window() {
        let window = |name, per_seconds| {
            let rule = RateLimitRule { requests: 9, per_seconds, scope: RateLimitScope::Credential };
            Arc::new(WindowKey::new("api", name, rule))
        };
        let (store, windows) = (MemoryRateLimitStore::default(), [window("narrow", 30), window("wide", 60)]);
        let attempt = || Arc::new(SlotRequest::new(Duration::from_secs(60), windows.clone()));
        store.settle(attempt(), Settlement::Ended { hold: Some(Duration::from_secs(20)) });
        let held = WindowWait { least: Duration::from_secs(20), held: true };
        let waits = [held, WindowWait::default()].into_iter().collect();
        assert_eq!(store.take(&attempt()).await, Ok(TakenSlots::Refused(waits)));
    }
}
