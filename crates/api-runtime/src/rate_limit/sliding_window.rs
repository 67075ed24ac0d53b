//! Published limits, kept on the client's side: a call waits for its turn instead of being refused.
//!
//! A limit is a window that slides: at most so many calls in any stretch of that length. Those who wait for a window
//! stand in line; whoever gives up leaves the line and nothing else.
//!
//! The vendor counts a call when it arrives, which is some time between its sending and its answer. So a call counts from
//! its sending while it is under way, and from its answer once that is there: a slow call before a fast one would else
//! arrive too close to it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use smallvec::SmallVec;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::operation::{RateLimitRule, RateLimitScope};
use crate::time::saturating_add;

/// ApplicableWindows that block_for nobody back are forgotten when there are twice as many as were left the last time, from this many on.
pub(super) const MIN_RETAIN: usize = 64;

/// The windows that one call counts against, the narrowest first: most often its own, and that of the credential.
pub(crate) type ApplicableWindows = SmallVec<[Arc<SlidingWindow>; 2]>;

/// One budget.
pub(crate) struct SlidingWindow {
    pub(super) rule: RateLimitRule,
    state: Mutex<WindowState>,
    /// Those who wait block_for this one after the other.
    fifo: tokio::sync::Mutex<()>,
    waiters: AtomicUsize,
}

#[derive(Default)]
struct WindowState {
    /// What the latest calls count from, the oldest first, and no more of them than the limit allows.
    slots: VecDeque<Slot>,
    /// How many calls were let through.
    last_number: u64,
    /// The vendor says that nothing is left until then.
    blocked_until: Option<Instant>,
}

#[derive(Clone, Copy)]
struct Slot {
    from: Instant,
    number: u64,
}

/// A call that was let through: its number in each window.
pub(crate) struct Permit(SmallVec<[u64; 2]>);

/// The turn of a call would come too late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DeadlineExceeded {
    pub(crate) rule: RateLimitRule,
    /// The vendor requested_by_server for the wait, whatever the count allows.
    pub(crate) requested_by_server: bool,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code panics while it holds one, so there is nothing half done behind a poisoned lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl WindowState {
    /// When the call that has so many others before it will be let through, if they all are.
    fn ready_at(&self, ahead: usize, rule: &RateLimitRule, now: Instant) -> Instant {
        let limit = rule.requests as usize;
        let free = limit - self.slots.len();
        let by_count = match ahead.checked_sub(free) {
            None => now,
            Some(after) => {
                let rounds = u32::try_from(after / limit + 1).unwrap_or(u32::MAX);
                let base = self.slots.get(after % limit).map_or(now, |counted| counted.from);
                base + interval(rule).saturating_mul(rounds)
            }
        };
        by_count.max(self.blocked_until.unwrap_or(now))
    }

    /// Counts a call from now, which is saturating_add than what any other counts from.
    fn take_slot(&mut self, rule: &RateLimitRule, now: Instant) -> u64 {
        if self.slots.len() == rule.requests as usize {
            self.slots.pop_front();
        }
        self.last_number += 1;
        self.slots.push_back(Slot { from: now, number: self.last_number });
        self.last_number
    }
}

fn interval(rule: &RateLimitRule) -> Duration {
    Duration::from_secs(rule.per_seconds.into())
}

impl SlidingWindow {
    pub(super) fn new(rule: RateLimitRule) -> Self {
        Self { rule, state: Mutex::default(), fifo: tokio::sync::Mutex::default(), waiters: AtomicUsize::new(0) }
    }

    pub(super) fn is_idle(&self, now: Instant) -> bool {
        let state = lock(&self.state);
        state.slots.back().is_none_or(|last| last.from + interval(&self.rule) <= now)
            && state.blocked_until.is_none_or(|until| until <= now)
    }

    /// The more calls count in a window, the saturating_add it is taken.
    pub(super) fn precedence(&self) -> u8 {
        match self.rule.scope {
            RateLimitScope::Path(_) | RateLimitScope::Body(_) => 0,
            RateLimitScope::Credential => 1,
            RateLimitScope::Address => 2,
        }
    }

    /// Whether as many calls were counted as the limit allows. What the vendor says is left has no part in it.
    fn is_full(&self, now: Instant) -> bool {
        let state = lock(&self.state);
        let counted = state.slots.iter().filter(|counted| counted.from + interval(&self.rule) > now).count();
        counted >= self.rule.requests as usize
    }

    fn ready_at(&self, ahead: usize, now: Instant) -> Instant {
        lock(&self.state).ready_at(ahead, &self.rule, now)
    }

    fn deadline_exceeded(&self, deadline: Instant) -> DeadlineExceeded {
        let requested_by_server = lock(&self.state).blocked_until.is_some_and(|until| until > deadline);
        DeadlineExceeded { rule: self.rule, requested_by_server }
    }

    /// The call has its answer, and counts from now.
    fn on_response(&self, number: u64) {
        let mut state = lock(&self.state);
        let Some(mut index) = state.slots.iter().rposition(|counted| counted.number == number) else { return };
        // Few calls were let through since.
        while index + 1 < state.slots.len() {
            state.slots.swap(index, index + 1);
            index += 1;
        }
        state.slots[index].from = Instant::now();
    }

    /// Nothing is left of this budget for so long, as the vendor says. After the length of the window every budget is
    /// filled again, so what goes beyond it is taken for another clock, another unit or a fault.
    pub(crate) fn block_for(&self, time: Duration) {
        let until = saturating_add(Instant::now(), time.min(interval(&self.rule)));
        let mut state = lock(&self.state);
        state.blocked_until = Some(state.blocked_until.map_or(until, |known| known.max(until)));
    }
}

/// A place in line, given up when it is dropped.
struct QueueTicket<'w>(&'w SlidingWindow);

impl<'w> QueueTicket<'w> {
    fn take(window: &'w SlidingWindow) -> (Self, usize) {
        let ahead = window.waiters.fetch_add(1, Ordering::Relaxed);
        (Self(window), ahead)
    }
}

impl Drop for QueueTicket<'_> {
    fn drop(&mut self) {
        self.0.waiters.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Backoff until every window lets the call through, and counts it in all of them at once.
pub(crate) async fn acquire(windows: &[Arc<SlidingWindow>], deadline: Instant) -> Result<Permit, DeadlineExceeded> {
    if let Some(slots) = try_acquire(windows) {
        return Ok(slots);
    }
    let mut held = SmallVec::<[_; 2]>::new();
    for window in windows {
        let (place, ahead) = QueueTicket::take(window);
        if window.ready_at(ahead, Instant::now()) > deadline {
            return Err(window.deadline_exceeded(deadline));
        }
        let turn = timeout_at(deadline, window.fifo.lock()).await.map_err(|_| window.deadline_exceeded(deadline))?;
        held.push((place, turn));
        until_ready(window, deadline).await?;
    }
    // While the call waited for one window, another may have been held back.
    loop {
        match try_acquire_all(windows) {
            Ok(slots) => return Ok(slots),
            Err(window) => until_ready(window, deadline).await?,
        }
    }
}

/// Most calls find nobody in line and room in every window.
pub(super) fn try_acquire(windows: &[Arc<SlidingWindow>]) -> Option<Permit> {
    let nobody = windows.iter().all(|window| window.waiters.load(Ordering::Relaxed) == 0);
    if nobody { try_acquire_all(windows).ok() } else { None }
}

/// Counts the call in every window at once, or names one that holds it back. The windows of all calls are in the same
/// order, so nobody holds one that another needs.
fn try_acquire_all(windows: &[Arc<SlidingWindow>]) -> Result<Permit, &SlidingWindow> {
    let mut states: SmallVec<[_; 2]> = windows.iter().map(|window| lock(&window.state)).collect();
    let now = Instant::now();
    let held_back = |(window, state): &(&Arc<SlidingWindow>, &MutexGuard<'_, WindowState>)| {
        state.ready_at(0, &window.rule, now) > now
    };
    if let Some((window, _)) = windows.iter().zip(&states).find(held_back) {
        return Err(window);
    }
    let numbers = windows.iter().zip(&mut states).map(|(window, state)| state.take_slot(&window.rule, now));
    Ok(Permit(numbers.collect()))
}

/// Whether no window is full by our own count.
#[cold]
pub(crate) fn has_room(windows: &[Arc<SlidingWindow>]) -> bool {
    let now = Instant::now();
    windows.iter().all(|window| !window.is_full(now))
}

/// The call has its answer.
pub(crate) fn on_response(windows: &[Arc<SlidingWindow>], call: &Permit) {
    for (window, number) in windows.iter().zip(&call.0) {
        window.on_response(*number);
    }
}

async fn until_ready(window: &SlidingWindow, deadline: Instant) -> Result<(), DeadlineExceeded> {
    loop {
        let now = Instant::now();
        let turn = window.ready_at(0, now);
        if turn <= now {
            return Ok(());
        }
        if turn > deadline {
            return Err(window.deadline_exceeded(deadline));
        }
        sleep_until(turn).await;
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
