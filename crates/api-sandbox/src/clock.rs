//! Clock of the sandbox: runs with real time and can be moved ahead, never back.

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::mutex::lock;

/// Adjustable clock.
pub(crate) struct Clock {
    start: Timestamp,
    started: Instant,
    /// Total by which it was moved ahead.
    offset: Mutex<Duration>,
}

impl Clock {
    /// Starts a clock at the time of this machine. Needs a tokio runtime, whose clock a test may have paused.
    pub(crate) fn start() -> Self {
        Self { start: Timestamp::now(), started: Instant::now(), offset: Mutex::default() }
    }

    /// Returns the current time.
    pub(crate) fn now(&self) -> Timestamp {
        later(self.start, self.elapsed())
    }

    /// Returns the time since the start, the offset included.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed().saturating_add(*lock(&self.offset))
    }

    /// Moves the clock ahead to this time. Does nothing if it reads a later one.
    pub(crate) fn reach(&self, time: Timestamp) {
        let mut offset = lock(&self.offset);
        let elapsed = self.started.elapsed().saturating_add(*offset);
        let ahead = Duration::try_from(time.duration_since(later(self.start, elapsed))).unwrap_or_default();
        *offset = offset.saturating_add(ahead);
    }
}

/// Formats a time in seconds and UTC, without a fraction.
pub(crate) fn format_seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Returns the time that comes so much later, or the last one that there is.
pub(crate) fn later(time: Timestamp, by: Duration) -> Timestamp {
    time.saturating_add(SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX)).unwrap_or(Timestamp::MAX)
}

/// Time before the one that the sandbox's clock reads, to which it cannot be set.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClockError {
    pub(crate) now: Timestamp,
    pub(crate) time: Timestamp,
}

impl fmt::Display for ClockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { now, time } = self;
        write!(f, "{time} is before {now}, and the clock does not go back: set a later time, or start another sandbox")
    }
}

impl std::error::Error for ClockError {}
