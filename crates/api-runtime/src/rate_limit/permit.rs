use std::sync::Arc;
use std::time::Duration;

use smallvec::SmallVec;
use tokio::time::Instant;

use super::shared_store::SharedStore;
use super::sliding_window::SlidingWindow;
use super::store::{RateLimitStore, Settlement, SlotRequest, WindowWait};
use crate::time::saturating_add;

/// Time until a store that refused without naming a time is asked again.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

/// Permission to send one attempt: its slots in all windows, until it is settled.
///
/// One that is dropped before it is sent gives its slots back; one that is dropped while it is under way counts from then on,
/// since its request may have arrived.
pub(crate) struct Permit<'w> {
    windows: &'w [Arc<SlidingWindow>],
    /// Numbers of the slots, in the order of the windows; empty as soon as it is settled.
    numbers: SmallVec<[u64; 2]>,
    /// End of the lease: the attempt must have ended by then.
    expires: Instant,
    shared: Option<SharedSlots>,
    sent: bool,
}

/// Slots in a shared store.
struct SharedSlots {
    store: Arc<dyn RateLimitStore>,
    request: Arc<SlotRequest>,
    /// `true` if all processes together have used up a limit, or may have, because the store was not asked.
    full: bool,
}

impl<'w> Permit<'w> {
    pub(super) fn new(windows: &'w [Arc<SlidingWindow>], numbers: SmallVec<[u64; 2]>, expires: Instant) -> Self {
        Self { windows, numbers, expires, shared: None, sent: false }
    }

    /// Creates the permission of a call that no limit applies to.
    pub(crate) fn unlimited() -> Self {
        Self::new(&[], SmallVec::new(), Instant::now())
    }

    /// Marks the attempt as sent, if it ends by `deadline`. Otherwise the time since the slots were taken, for a login or
    /// because the process stood still, has used up their lease, and they have to be taken again.
    pub(crate) fn send_by(&mut self, deadline: Instant) -> bool {
        self.sent = self.windows.is_empty() || deadline <= self.expires;
        self.sent
    }

    /// Gives the slots of an attempt back that was not sent after all.
    #[cold]
    pub(crate) fn withdraw(mut self) {
        self.sent = false;
        self.end(None);
    }

    /// Returns `true` if no limit is used up by the calls that are counted.
    #[cold]
    pub(crate) fn has_room(&self) -> bool {
        let now = Instant::now();
        !self.windows.is_empty()
            && self.windows.iter().all(|window| !window.is_full(now))
            && !self.shared.as_ref().is_some_and(|shared| shared.full)
    }

    /// Settles an attempt that has ended, with a response or without. `hold` is the time for which the vendor asks all calls
    /// of the narrowest window to wait.
    pub(crate) fn settle(mut self, hold: Option<Duration>) {
        let hold = self.windows.first().zip(hold).map(|(narrowest, time)| narrowest.hold(time));
        self.end(hold);
    }

    /// Makes a request to the shared store of the slots, which is settled with them.
    pub(super) fn request_from(&mut self, shared: &SharedStore, lease: Duration) -> Arc<SlotRequest> {
        let keys = self.windows.iter().filter_map(|window| window.key.clone());
        let request = Arc::new(SlotRequest::new(lease, keys));
        let store = Arc::clone(&shared.store);
        self.shared = Some(SharedSlots { store, request: Arc::clone(&request), full: true });
        request
    }

    /// Records that the shared store has given the slots.
    pub(super) fn granted(&mut self, full: bool) {
        if let Some(shared) = &mut self.shared {
            shared.full = full;
        }
    }

    /// Gives the slots of this process back, and records for how long the shared store has none.
    pub(super) fn refused(mut self, waits: &[WindowWait]) {
        self.shared = None;
        let now = Instant::now();
        for (window, wait) in self.windows.iter().zip(waits) {
            let until = saturating_add(now, wait.least);
            if wait.held { window.log().hold(until) } else { window.log().refuse(until) }
        }
        // Without any wait, the same would be asked again at once, and for ever.
        if let (Some(narrowest), true) = (self.windows.first(), waits.iter().all(|wait| wait.least.is_zero())) {
            narrowest.log().refuse(now + SHORTEST_WAIT);
        }
    }

    fn end(&mut self, hold: Option<Duration>) {
        let now = Instant::now();
        for (window, number) in self.windows.iter().zip(self.numbers.drain(..)) {
            let mut log = window.log();
            if self.sent {
                log.settle(number, now);
            } else {
                log.remove(number);
            }
        }
        if let Some(SharedSlots { store, request, .. }) = self.shared.take() {
            store.settle(request, if self.sent { Settlement::Ended { hold } } else { Settlement::NotSent });
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if !self.numbers.is_empty() {
            self.end(None);
        }
    }
}
