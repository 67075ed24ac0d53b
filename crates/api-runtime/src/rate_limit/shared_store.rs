use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::time::Instant;

use super::sliding_window::{SlidingWindow, lock};
use super::store::{RateLimitStore, StoreError};

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
    /// Calls fail at once with [`Error::InvalidRequest`](crate::Error::InvalidRequest), and nothing is sent.
    Refuse,
}

/// Store that several processes share, with what is known of its outages.
pub(super) struct SharedStore {
    pub(super) store: Arc<dyn RateLimitStore>,
    pub(super) on_outage: StoreOutage,
    last_failure: Mutex<Option<(Instant, StoreError)>>,
    failures: AtomicU64,
}

/// Time during which a process does not ask the store.
pub(super) struct Outage {
    pub(super) end: Instant,
    pub(super) error: StoreError,
}

impl SharedStore {
    pub(super) fn new(store: impl RateLimitStore, on_outage: StoreOutage) -> Self {
        Self { store: Arc::new(store), on_outage, last_failure: Mutex::default(), failures: AtomicU64::new(0) }
    }

    /// Records that the store could not be asked.
    #[cold]
    pub(super) fn on_failure(&self, error: StoreError) {
        *lock(&self.last_failure) = Some((Instant::now(), error));
        self.failures.fetch_add(1, Ordering::Relaxed);
        #[cfg(feature = "tracing")]
        tracing::warn!(%error, "the store of the rate limits can't be asked");
    }

    /// Returns the number of times that the store could not be asked.
    pub(super) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// Returns the outage during which these windows are kept without the store; `None` if it is asked.
    ///
    /// It ends the longest of their intervals after the last failure. A store that has lost what it counted then starts from
    /// nothing without harm, since all of it is out of the windows: at most a limit and the sum of its parts fall into one.
    pub(super) fn outage(&self, windows: &[Arc<SlidingWindow>], now: Instant) -> Option<Outage> {
        let (last_failure, error) = (*lock(&self.last_failure))?;
        let longest = windows.iter().map(|window| window.interval()).max()?;
        Some(Outage { end: last_failure + longest, error }).filter(|outage| outage.end > now)
    }
}
