use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::time::Instant;

use super::sliding_window::{SlidingWindow, lock};
use super::slot_log::SlotLog;
use super::store::{RateLimitStore, StoreError};
use super::wait_limit::{NoSlot, WaitReason};

/// Behavior of clients while their [`RateLimitStore`] can't be asked. Calls are never sent without a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreOutage {
    /// Each process keeps its share of every limit by itself, for at least the length of the window after the last failure.
    /// It then asks the store again.
    ///
    /// A limit that allows fewer calls than there are processes leaves no share: its calls wait until the store can be asked
    /// again, or fail where that is beyond their `time_limit` or `max_wait`.
    Divide {
        /// Number of processes that share the store, at most; 0 counts as 1.
        processes: u32,
    },
    /// A call that finds the store unable to answer fails at once with
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest), and nothing is sent.
    Refuse,
}

/// Part of each limit that this process may use.
#[derive(Clone, Copy)]
pub(super) enum Share {
    Whole,
    /// One of `processes` parts, until the shared store is asked again.
    Part {
        processes: u32,
        until: Instant,
    },
}

impl Share {
    /// Returns the least time at which a call has a slot of a window, and the reason if that is later than now.
    pub(super) fn ready_at(
        self,
        window: &SlidingWindow,
        log: &SlotLog,
        ahead: usize,
        now: Instant,
    ) -> (Instant, WaitReason) {
        let capacity = match self {
            Self::Whole => window.capacity(),
            Self::Part { processes, until } => match window.capacity() / processes.max(1) as usize {
                0 => return (until, WaitReason::StoreOutage),
                part => part,
            },
        };
        let ready_at = log.ready_at(ahead, capacity, window.interval(), now);
        (ready_at, if log.is_held(ready_at) { WaitReason::Vendor } else { WaitReason::Calls })
    }
}

/// Store that several processes share, with what is known of its outages.
pub(super) struct SharedStore {
    pub(super) store: Arc<dyn RateLimitStore>,
    pub(super) outage: StoreOutage,
    last_failure: Mutex<Option<Instant>>,
    failures: AtomicU64,
    /// `true` from a failure until the next answer.
    away: AtomicBool,
}

impl SharedStore {
    pub(super) fn new(store: impl RateLimitStore, outage: StoreOutage) -> Self {
        let (failures, away) = (AtomicU64::new(0), AtomicBool::new(false));
        Self { store: Arc::new(store), outage, last_failure: Mutex::default(), failures, away }
    }

    /// Records that the store could not be asked.
    ///
    /// # Errors
    ///
    /// [`NoSlot::Store`] if nothing is to be sent without it.
    #[cold]
    pub(super) fn on_failure(&self, error: StoreError) -> Result<(), NoSlot> {
        self.failures.fetch_add(1, Ordering::Relaxed);
        if !self.away.swap(true, Ordering::Relaxed) {
            // The store belongs to clients of several APIs, so the target is none of theirs.
            #[cfg(feature = "tracing")]
            tracing::warn!(target: "api_runtime", %error, "the store of the rate limits can't be asked");
        }
        match self.outage {
            StoreOutage::Divide { .. } => *lock(&self.last_failure) = Some(Instant::now()),
            StoreOutage::Refuse => return Err(NoSlot::Store(error)),
        }
        Ok(())
    }

    /// Records an answer of the store.
    pub(super) fn on_answer(&self) {
        if self.away.load(Ordering::Relaxed) && self.away.swap(false, Ordering::Relaxed) {
            #[cfg(feature = "tracing")]
            tracing::info!(target: "api_runtime", "the store of the rate limits answers again");
        }
    }

    /// Returns the number of times that the store could not be asked.
    pub(super) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// Returns the part of each limit that this process may use.
    ///
    /// The store is asked again when the longest interval of the windows has passed since the last failure. A store that has
    /// lost what it counted then starts from nothing without harm, since all of it is out of the windows: at most a limit and
    /// the sum of its parts fall into one.
    pub(super) fn share(&self, windows: &[Arc<SlidingWindow>], now: Instant) -> Share {
        let StoreOutage::Divide { processes } = self.outage else { return Share::Whole };
        let Some(last_failure) = *lock(&self.last_failure) else { return Share::Whole };
        let longest = windows.iter().map(|window| window.interval()).max().unwrap_or_default();
        let until = last_failure + longest;
        if until > now { Share::Part { processes, until } } else { Share::Whole }
    }
}
