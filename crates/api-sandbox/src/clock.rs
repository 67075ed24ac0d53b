//! The time that the sandbox goes by: it runs as real time does, and can be moved ahead.

use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::mutex::lock;

pub(crate) struct Clock {
    start: Timestamp,
    started: Instant,
    /// What it was moved ahead by.
    ahead: Mutex<Duration>,
}

impl Clock {
    /// Starts at the time of this machine. Needs a tokio runtime, whose clock a test may have paused.
    pub(crate) fn start() -> Self {
        Self { start: Timestamp::now(), started: Instant::now(), ahead: Mutex::default() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.start
            .saturating_add(jiff::SignedDuration::try_from(self.since_start()).unwrap_or(jiff::SignedDuration::MAX))
            .unwrap_or(Timestamp::MAX)
    }

    /// Time since it started, for what counts without a calendar.
    pub(crate) fn since_start(&self) -> Duration {
        self.started.elapsed().saturating_add(*lock(&self.ahead))
    }

    /// Moves the time ahead.
    pub(crate) fn advance(&self, by: Duration) {
        let mut ahead = lock(&self.ahead);
        *ahead = ahead.saturating_add(by);
    }
}
