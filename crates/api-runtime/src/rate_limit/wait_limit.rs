use std::time::Duration;

use tokio::time::Instant;

use super::store::StoreError;
use crate::operation::RateLimitRule;
use crate::time::saturating_add;

/// Latest time until which a call waits, with the setting that it follows from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WaitLimit {
    pub(super) end: Instant,
    /// Name of the setting.
    pub(super) setting: &'static str,
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

/// Reason why a call has no slot yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WaitReason {
    /// The calls that are counted have used up the limit.
    Calls,
    /// The vendor asked for it.
    Vendor,
    /// The shared store can't be asked, and this process has no share of the limit without it.
    StoreOutage,
}

/// Wait for a slot that is about to begin.
#[cfg_attr(not(feature = "tracing"), expect(dead_code))]
pub(crate) struct RateLimitWait {
    pub(crate) rule: RateLimitRule,
    pub(crate) until: Instant,
    pub(crate) reason: WaitReason,
}

/// Error of a call for which no slot becomes free in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DeadlineExceeded {
    pub(crate) rule: RateLimitRule,
    pub(crate) reason: WaitReason,
    /// Time until a slot may be free.
    pub(crate) wait: Duration,
    /// Name of the setting that is shorter.
    pub(crate) setting: &'static str,
}

/// Error of a call that gets no slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoSlot {
    Deadline(DeadlineExceeded),
    /// The shared store can't be asked, and nothing is to be sent without it.
    Store(StoreError),
}
