//! Sliding window log: at most `requests` calls in any interval of `per_seconds`.
//!
//! A call that finds a window full waits for a slot. Waiters are served in FIFO order; dropping the future leaves the
//! queue without consuming a slot.
//!
//! A slot's timestamp is the send time while the call is in flight and the response time afterwards. The server counts
//! arrivals, which lie between the two; with send times only, a slow call followed by a fast one could arrive inside
//! one window.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use smallvec::SmallVec;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::operation::{RateLimitRule, RateLimitScope};
use crate::time::saturating_add;

/// Number of windows from which on idle ones are removed. A client removes them whenever their number has doubled since
/// the last removal, so that the cost per call stays constant.
pub(super) const MIN_RETAIN: usize = 64;

/// Windows that one call counts against, the narrowest first; most often one of its path or body and one of the
/// credential.
pub(crate) type ApplicableWindows = SmallVec<[Arc<SlidingWindow>; 2]>;

/// Log of the calls that one rule counts together, with the queue of those that wait for a slot.
pub(crate) struct SlidingWindow {
    pub(super) rule: RateLimitRule,
    state: Mutex<WindowState>,
    /// Held by the waiter at the head of the queue. Tokio's mutex is fair, so it is the queue.
    fifo: tokio::sync::Mutex<()>,
    /// Number of calls in the queue, its head included.
    waiters: AtomicUsize,
}

#[derive(Default)]
struct WindowState {
    /// Latest calls, the oldest first; at most `requests` of them.
    slots: VecDeque<Slot>,
    /// Number of the latest slot, counted from 1.
    last_number: u64,
    /// End of the time for which the server said that the limit is exhausted.
    blocked_until: Option<Instant>,
}

/// One counted call.
#[derive(Clone, Copy)]
struct Slot {
    /// Send time while the call is in flight, response time afterwards.
    timestamp: Instant,
    number: u64,
}

/// Permission to send one attempt: the numbers of its slots, in the order of its windows.
pub(crate) struct Permit(SmallVec<[u64; 2]>);

/// Latest time until which a call waits, with the setting that it follows from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WaitLimit {
    end: Instant,
    /// Name of the setting.
    setting: &'static str,
}

impl WaitLimit {
    /// Creates the limit of a wait that begins now: `max_wait` from now, but no later than the call's deadline.
    pub(crate) fn new(now: Instant, max_wait: Option<Duration>, deadline: Instant) -> Self {
        match max_wait.map(|wait| saturating_add(now, wait)) {
            Some(end) if end < deadline => Self { end, setting: "max_wait" },
            _ => Self { end: deadline, setting: "time_limit" },
        }
    }

    /// Returns `true` if a wait may end at this time.
    pub(crate) fn allows(&self, end: Instant) -> bool {
        end <= self.end
    }
}

/// Wait for a slot that is about to begin.
#[cfg_attr(not(feature = "tracing"), expect(dead_code))]
pub(crate) struct RateLimitWait {
    pub(crate) rule: RateLimitRule,
    pub(crate) until: Instant,
    /// `true` if the server asked for it.
    pub(crate) requested_by_server: bool,
}

/// Error of a call for which no slot becomes free in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DeadlineExceeded {
    pub(crate) rule: RateLimitRule,
    /// `true` if the server asked for the delay; `false` if it follows from the calls that this client has counted.
    pub(crate) requested_by_server: bool,
    /// Time until a slot is free.
    pub(crate) wait: Duration,
    /// Name of the setting that is shorter.
    pub(crate) setting: &'static str,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code panics while it holds the lock, so a poisoned one protects no half-made change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl WindowState {
    /// Returns the time at which a call gets a slot if the `ahead` calls before it take theirs as soon as they can.
    fn ready_at(&self, ahead: usize, rule: &RateLimitRule, now: Instant) -> Instant {
        let limit = rule.requests as usize;
        let free = limit - self.slots.len();
        let by_slots = match ahead.checked_sub(free) {
            None => now,
            Some(after) => {
                let rounds = u32::try_from(after / limit + 1).unwrap_or(u32::MAX);
                let base = self.slots.get(after % limit).map_or(now, |slot| slot.timestamp);
                base + interval(rule).saturating_mul(rounds)
            }
        };
        by_slots.max(self.blocked_until.unwrap_or(now))
    }

    /// Takes a slot with the timestamp `now`, which no other slot's exceeds, and returns its number.
    fn take_slot(&mut self, rule: &RateLimitRule, now: Instant) -> u64 {
        if self.slots.len() == rule.requests as usize {
            self.slots.pop_front();
        }
        self.last_number += 1;
        self.slots.push_back(Slot { timestamp: now, number: self.last_number });
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

    /// Returns `true` if neither a slot nor the server delays a call.
    pub(super) fn is_idle(&self, now: Instant) -> bool {
        let state = lock(&self.state);
        state.slots.back().is_none_or(|last| last.timestamp + interval(&self.rule) <= now)
            && state.blocked_until.is_none_or(|until| until <= now)
    }

    /// Returns the rank of the scope, 0 for the narrowest. A call queues for wide windows last, so that it holds up as
    /// few others as possible while it waits.
    pub(super) fn precedence(&self) -> u8 {
        match self.rule.scope {
            RateLimitScope::Path(_) | RateLimitScope::Body(_) => 0,
            RateLimitScope::Credential => 1,
            RateLimitScope::Address => 2,
        }
    }

    /// Returns `true` if this client has sent `requests` calls within the interval. A block by the server does not
    /// count.
    fn is_full(&self, now: Instant) -> bool {
        let state = lock(&self.state);
        let taken = state.slots.iter().filter(|slot| slot.timestamp + interval(&self.rule) > now).count();
        taken >= self.rule.requests as usize
    }

    fn ready_at(&self, ahead: usize, now: Instant) -> Instant {
        lock(&self.state).ready_at(ahead, &self.rule, now)
    }

    /// Returns the wait until a slot is free at `ready_at`.
    #[cold]
    fn wait_until(&self, ready_at: Instant) -> RateLimitWait {
        let requested_by_server = lock(&self.state).blocked_until.is_some_and(|until| until >= ready_at);
        RateLimitWait { rule: self.rule, until: ready_at, requested_by_server }
    }

    /// Returns the error of a call that began to wait at `start` and gets its slot at `ready_at`.
    #[cold]
    fn deadline_exceeded(&self, limit: WaitLimit, start: Instant, ready_at: Instant) -> DeadlineExceeded {
        DeadlineExceeded {
            rule: self.rule,
            requested_by_server: lock(&self.state).blocked_until.is_some_and(|until| !limit.allows(until)),
            wait: ready_at - start,
            setting: limit.setting,
        }
    }

    /// Sets the timestamp of a slot to now. Does nothing if the slot has left the log.
    fn on_response(&self, number: u64) {
        let mut state = lock(&self.state);
        let Some(mut index) = state.slots.iter().rposition(|slot| slot.number == number) else { return };
        // The log stays sorted. Few slots are younger, so swapping is cheaper than removing and inserting.
        while index + 1 < state.slots.len() {
            state.slots.swap(index, index + 1);
            index += 1;
        }
        state.slots[index].timestamp = Instant::now();
    }

    /// Blocks the window for `time`, as the server asks, but at most for its interval: by then every slot is free
    /// again, so a longer time comes from another clock, another unit or an error. A block that ends later is kept.
    pub(crate) fn block_for(&self, time: Duration) {
        let until = saturating_add(Instant::now(), time.min(interval(&self.rule)));
        let mut state = lock(&self.state);
        state.blocked_until = Some(state.blocked_until.map_or(until, |blocked| blocked.max(until)));
    }
}

/// Membership in the queue of a window, from [`issue`](Self::issue) until it is dropped.
struct QueueTicket<'w>(&'w SlidingWindow);

impl<'w> QueueTicket<'w> {
    /// Enters the queue; returns the ticket and the number of calls ahead.
    fn issue(window: &'w SlidingWindow) -> (Self, usize) {
        let ahead = window.waiters.fetch_add(1, Ordering::Relaxed);
        (Self(window), ahead)
    }
}

impl Drop for QueueTicket<'_> {
    fn drop(&mut self) {
        self.0.waiters.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Waits until every window has a free slot, and takes one in each at the same time. `on_wait` is called before each wait.
///
/// # Errors
///
/// [`DeadlineExceeded`] as soon as it is certain that a slot comes after the limit of the wait, most often at once.
pub(crate) async fn acquire(
    windows: &[Arc<SlidingWindow>],
    limit: WaitLimit,
    on_wait: &mut (dyn FnMut(RateLimitWait) + Send),
) -> Result<Permit, DeadlineExceeded> {
    if let Some(permit) = try_acquire(windows) {
        return Ok(permit);
    }
    let start = Instant::now();
    let mut queued = SmallVec::<[_; 2]>::new();
    for window in windows {
        let (ticket, ahead) = QueueTicket::issue(window);
        let ready_at = window.ready_at(ahead, Instant::now());
        if !limit.allows(ready_at) {
            return Err(window.deadline_exceeded(limit, start, ready_at));
        }
        on_wait(window.wait_until(ready_at));
        let head = timeout_at(limit.end, window.fifo.lock()).await;
        let head = head.map_err(|_| window.deadline_exceeded(limit, start, Instant::now()))?;
        queued.push((ticket, head));
        until_ready(window, limit, start, on_wait).await?;
    }
    // While the call waited for the last window, the server may have blocked another, or a response renewed a slot.
    loop {
        match try_acquire_all(windows) {
            Ok(permit) => return Ok(permit),
            Err(window) => until_ready(window, limit, start, on_wait).await?,
        }
    }
}

/// Takes a slot in each window if none has waiters and all have a free slot, as for most calls.
pub(super) fn try_acquire(windows: &[Arc<SlidingWindow>]) -> Option<Permit> {
    let no_waiters = windows.iter().all(|window| window.waiters.load(Ordering::Relaxed) == 0);
    if no_waiters { try_acquire_all(windows).ok() } else { None }
}

/// Takes a slot in every window at the same time, or returns a window that has none free. Every call locks the windows
/// in the same order, so two calls can't deadlock.
fn try_acquire_all(windows: &[Arc<SlidingWindow>]) -> Result<Permit, &SlidingWindow> {
    let mut states: SmallVec<[_; 2]> = windows.iter().map(|window| lock(&window.state)).collect();
    let now = Instant::now();
    let is_unavailable = |(window, state): &(&Arc<SlidingWindow>, &MutexGuard<'_, WindowState>)| {
        state.ready_at(0, &window.rule, now) > now
    };
    if let Some((window, _)) = windows.iter().zip(&states).find(is_unavailable) {
        return Err(window);
    }
    let numbers = windows.iter().zip(&mut states).map(|(window, state)| state.take_slot(&window.rule, now));
    Ok(Permit(numbers.collect()))
}

/// Returns `true` if no window is full by this client's own count.
#[cold]
pub(crate) fn has_room(windows: &[Arc<SlidingWindow>]) -> bool {
    let now = Instant::now();
    windows.iter().all(|window| !window.is_full(now))
}

/// Sets the timestamps of an attempt's slots to now, when its response is there or the exchange has failed.
pub(crate) fn on_response(windows: &[Arc<SlidingWindow>], permit: &Permit) {
    for (window, number) in windows.iter().zip(&permit.0) {
        window.on_response(*number);
    }
}

/// Waits until the head of the queue has a free slot.
async fn until_ready(
    window: &SlidingWindow,
    limit: WaitLimit,
    start: Instant,
    on_wait: &mut (dyn FnMut(RateLimitWait) + Send),
) -> Result<(), DeadlineExceeded> {
    loop {
        let now = Instant::now();
        let ready_at = window.ready_at(0, now);
        if ready_at <= now {
            return Ok(());
        }
        if !limit.allows(ready_at) {
            return Err(window.deadline_exceeded(limit, start, ready_at));
        }
        on_wait(window.wait_until(ready_at));
        // The server may block the window meanwhile, so the time is computed again.
        sleep_until(ready_at).await;
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
