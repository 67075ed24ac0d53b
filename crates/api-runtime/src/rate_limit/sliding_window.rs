use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::slot_log::SlotLog;
use super::store::WindowKey;
use crate::operation::{RateLimitRule, RateLimitScope};
use crate::time::saturating_add;

/// Window of one rate limit in this process: the slots that its calls have taken, and the line of those that wait for one.
///
/// Calls in line are served in FIFO order; dropping the future leaves the line without consuming a slot.
pub(crate) struct SlidingWindow {
    pub(super) rule: RateLimitRule,
    /// Name of the window in a shared store; `None` without one.
    pub(super) key: Option<Arc<WindowKey>>,
    log: Mutex<SlotLog>,
    /// Held by the call at the head of the line. Tokio's mutex is fair, so it is the line.
    pub(super) fifo: tokio::sync::Mutex<()>,
    /// Number of calls in the line, its head included.
    waiters: AtomicUsize,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No code panics while it holds the lock, so a poisoned one protects no half-made change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SlidingWindow {
    pub(super) fn new(rule: RateLimitRule, key: Option<Arc<WindowKey>>) -> Self {
        let (log, fifo, waiters) = (Mutex::default(), tokio::sync::Mutex::default(), AtomicUsize::new(0));
        Self { rule, key, log, fifo, waiters }
    }

    /// Returns the length of the window.
    pub(super) fn interval(&self) -> Duration {
        self.rule.interval()
    }

    /// Returns the number of calls that the limit allows in an interval.
    pub(super) fn capacity(&self) -> usize {
        self.rule.requests as usize
    }

    pub(super) fn log(&self) -> MutexGuard<'_, SlotLog> {
        lock(&self.log)
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

    /// Returns `true` if nothing delays a call.
    pub(super) fn is_idle(&self, now: Instant) -> bool {
        self.log().is_idle(self.interval(), now)
    }

    /// Returns `true` if this process has sent `requests` calls within the interval. A hold does not count.
    pub(super) fn is_full(&self, now: Instant) -> bool {
        self.log().taken(self.interval(), now) >= self.capacity()
    }

    /// Puts a hold on the window, where the vendor asks for `time`. Returns its duration: at most the interval. By then every
    /// slot is free again, so a longer time comes from another clock, another unit or an error.
    pub(super) fn hold(&self, time: Duration) -> Duration {
        let time = time.min(self.interval());
        self.log().hold(saturating_add(Instant::now(), time));
        time
    }

    /// Returns `true` if calls are in line.
    pub(super) fn has_waiters(&self) -> bool {
        self.waiters.load(Ordering::Relaxed) > 0
    }
}

/// Place of a call in the line of a window, from [`issue`](Self::issue) until it is dropped.
pub(super) struct QueueTicket<'w>(&'w SlidingWindow);

impl<'w> QueueTicket<'w> {
    /// Enters the line; returns the ticket and the number of calls ahead.
    pub(super) fn issue(window: &'w SlidingWindow) -> (Self, usize) {
        let ahead = window.waiters.fetch_add(1, Ordering::Relaxed);
        (Self(window), ahead)
    }
}

impl Drop for QueueTicket<'_> {
    fn drop(&mut self) {
        self.0.waiters.fetch_sub(1, Ordering::Relaxed);
    }
}
