//! Time: the clock, and what becomes due by it.

use std::time::Duration;

use jiff::Timestamp;

use super::dispatcher::{Dispatcher, ServerState};
use crate::clock::{ClockError, later};
use crate::mutex::lock;

impl Dispatcher {
    /// Returns the current time of the sandbox's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the clock ahead, after all that is due by then, and returns the new time.
    pub(crate) fn advance(&self, by: Duration) -> Timestamp {
        let mut state = lock(&self.state);
        let time = later(self.clock.now(), by);
        self.move_clock(&mut state, time);
        time
    }

    /// Sets the clock, after all that is due by then.
    pub(crate) fn set_clock(&self, time: Timestamp) -> Result<(), ClockError> {
        let mut state = lock(&self.state);
        let now = self.clock.now();
        if time < now {
            return Err(ClockError { now, time });
        }
        self.move_clock(&mut state, time);
        Ok(())
    }

    fn move_clock(&self, state: &mut ServerState, time: Timestamp) {
        self.run_due(state, time);
        self.clock.reach(time);
        self.revisions.record_clock();
        self.changed.notify_waiters();
    }

    /// Does what is due by this time, in the order of time.
    pub(super) fn run_due(&self, state: &mut ServerState, by: Timestamp) {
        while let Some((due, api)) = state.next_due().filter(|(due, _)| *due <= by) {
            self.deliveries.run_due(due);
            self.call(state, api, due, |vendor, _, context| vendor.run_due(context));
            self.revisions.record_state();
        }
        self.deliveries.run_due(by);
    }

    /// Does what is due by now. Returns the time at which something is due next.
    fn run_due_now(&self) -> Option<Timestamp> {
        let mut state = lock(&self.state);
        self.run_due(&mut state, self.clock.now());
        let (of_vendors, of_deliveries) = (state.next_due().map(|(due, _)| due), self.deliveries.next_due());
        of_vendors.into_iter().chain(of_deliveries).min()
    }

    /// Does what becomes due while real time passes, until the future is dropped.
    pub(crate) async fn keep_time(&self) {
        loop {
            let changed = self.changed.notified();
            match self.run_due_now() {
                Some(due) => {
                    let wait = Duration::try_from(due.duration_since(self.clock.now())).unwrap_or_default();
                    // It elapses, or there is another time to wait for.
                    let _ = tokio::time::timeout(wait, changed).await;
                }
                None => changed.await,
            }
        }
    }

    /// Waits until no delivery is queued or in progress, without those that are due later.
    pub(crate) async fn delivered(&self) {
        loop {
            let changed = self.changed.notified();
            self.run_due_now();
            if self.deliveries.is_idle() {
                return;
            }
            changed.await;
        }
    }

    /// Does what is due by now, each at its own time, and delivers nothing of it.
    pub(super) fn skip_due(&self, state: &mut ServerState) {
        let (now, ids) = (self.clock.now(), state.ids.clone());
        while let Some((due, api)) = state.next_due().filter(|(due, _)| *due <= now) {
            self.call_vendor(state, api, due, |vendor, _, context| vendor.run_due(context));
        }
        state.ids = ids;
    }
}
