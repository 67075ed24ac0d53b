use std::sync::Arc;

use api_runtime::{RateLimitStore, Settlement, SlotRequest, StoreFuture, TakenSlots};

use super::gate::FreezeGate;
use super::point::Moment;

/// Store of rate limits that stands still after it has granted a call.
pub(in crate::onboarding_fleet) struct StoppingStore<S> {
    store: S,
    gate: Arc<FreezeGate>,
}

impl<S> StoppingStore<S> {
    pub(in crate::onboarding_fleet) fn new(store: S, gate: Arc<FreezeGate>) -> Self {
        Self { store, gate }
    }
}

impl<S: RateLimitStore> RateLimitStore for StoppingStore<S> {
    fn take<'s>(&'s self, attempt: &'s SlotRequest) -> StoreFuture<'s, TakenSlots> {
        Box::pin(async move {
            let answer = self.store.take(attempt).await;
            if matches!(answer, Ok(TakenSlots::Granted { .. })) {
                self.gate.pass_in_call(Moment::Granted);
            }
            answer
        })
    }

    fn settle(&self, attempt: Arc<SlotRequest>, settlement: Settlement) {
        self.store.settle(attempt, settlement);
    }
}
