//! Clock of the sandbox: runs with real time and can be moved ahead, never back.

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
        self.start
            .saturating_add(SignedDuration::try_from(self.elapsed()).unwrap_or(SignedDuration::MAX))
            .unwrap_or(Timestamp::MAX)
    }

    /// Returns the time since the start, the offset included.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed().saturating_add(*lock(&self.offset))
    }

    /// Moves the clock ahead.
    pub(crate) fn advance(&self, by: Duration) {
        let mut offset = lock(&self.offset);
        *offset = offset.saturating_add(by);
    }
}
