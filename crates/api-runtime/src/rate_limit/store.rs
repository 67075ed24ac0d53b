//! Store of slots that several processes share, behind a trait.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use smallvec::SmallVec;

use crate::operation::RateLimitRule;

/// Future of a [`RateLimitStore`].
pub type StoreFuture<'s, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 's>>;

/// Store of rate limit slots, which the processes that use it share: what [`RateLimits::shared`](crate::RateLimits::shared)
/// asks before each attempt. `api-rate-limit-redis` is one.
///
/// A store counts arrivals at the vendor. An attempt arrives at some time between the take of its slots and its response, so
/// it counts at the latest of these: `lease` after the take while it is under way, and the time of the settlement
/// afterwards. A slot is in use until its window's interval has passed since then. An attempt that is never settled, as
/// that of a process that was killed, counts at the end of its lease.
///
/// All times are measured by one clock, that of the store. Nothing here waits for a slot: lines and deadlines are the
/// caller's.
pub trait RateLimitStore: Send + Sync + 'static {
    /// Takes a slot in each window of an attempt, or none at all if one of them has none free. An attempt that has its slots
    /// is granted them again.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store can't be asked, and within a time that suits a call: until then, the call waits.
    /// It is not known whether the slots were taken, so they are settled all the same. A store that may have lost attempts
    /// tells that by an error, too, to the calls that were waiting or to the next one: what it counts is too little for the
    /// length of a window.
    fn take<'s>(&'s self, attempt: &'s SlotRequest) -> StoreFuture<'s, TakenSlots>;

    /// Settles an attempt, and puts a hold on its narrowest window if the vendor asks for one. Returns at once; what it does is done
    /// later, and may fail without an effect but that the attempt counts for longer.
    ///
    /// An attempt that the store does not know, because it was made while the store could not be asked, or that the store has
    /// lost, is counted from now on.
    fn settle(&self, attempt: Arc<SlotRequest>, settlement: Settlement);
}

/// Attempt that asks for a slot in each of its windows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SlotRequest {
    /// Number of the attempt, drawn at random: no two have the same.
    pub id: u128,
    /// Time from the take until the attempt has surely ended, its time-out included.
    pub lease: Duration,
    /// Windows that the attempt counts against, one or more, the narrowest first. All have the same [group](WindowKey::group).
    pub windows: SmallVec<[Arc<WindowKey>; 2]>,
}

impl SlotRequest {
    /// Creates the request of an attempt, with a new number.
    pub fn new(lease: Duration, windows: impl IntoIterator<Item = Arc<WindowKey>>) -> Self {
        Self { id: fastrand::u128(..), lease, windows: windows.into_iter().collect() }
    }
}

/// Name of a window, the same in all processes, with its rule. It holds hashes of the credential and of the values that the
/// vendor counts by, from which neither can be read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct WindowKey {
    /// Name of what all windows of an attempt share, `API:HASH` with the hash of the credential, or `API` alone for operations
    /// with a limit that spans credentials. A store with several servers keeps a group on one of them. Its characters are
    /// letters, digits, `-`, `_`, `.` and `:`.
    pub group: String,
    /// Name of the window in its group. Its characters are letters, digits, `-`, `_`, `/`, `:`, `*` and `.`.
    pub name: String,
    /// Rule that the window keeps.
    pub rule: RateLimitRule,
}

impl WindowKey {
    /// Creates the name of a window.
    pub fn new(group: impl Into<String>, name: impl Into<String>, rule: RateLimitRule) -> Self {
        Self { group: group.into(), name: name.into(), rule }
    }
}

/// Answer of a store to a [`SlotRequest`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenSlots {
    /// The attempt has a slot in each window, and may be sent.
    Granted {
        /// `true` if one of the windows has no slot left.
        full: bool,
    },
    /// The attempt has no slot: the times that each window asks for, in the order of the request's windows, zero for a
    /// window with a free slot.
    Refused(SmallVec<[WindowWait; 2]>),
}

/// Time that a window asks for before it may have a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WindowWait {
    /// Least time until a slot is free. An attempt under way counts here as if it ended now, so that a slot may not be free at
    /// the end of this time, but surely is not before it.
    pub least: Duration,
    /// `true` if the vendor asked for it by a hold.
    pub held: bool,
}

/// End of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// The attempt has ended, with a response or without: it counts from now on.
    Ended {
        /// Time for which all processes wait for the narrowest window, the first of the request; at most its interval.
        hold: Option<Duration>,
    },
    /// The attempt was not sent, and counts nowhere.
    NotSent,
}

/// Failure of a [`RateLimitStore`], as a cause and a remedy in words that hold neither an address nor a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreError(&'static str);

impl StoreError {
    /// Creates the failure with this text: the cause, and what to do.
    pub const fn new(text: &'static str) -> Self {
        Self(text)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for StoreError {}
