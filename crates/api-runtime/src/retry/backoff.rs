use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use http::HeaderMap;

use crate::wire::server_delay;

/// The backoff of one call.
pub(crate) struct Backoff {
    delays: ExponentialBackoff,
    cap: Duration,
    min: Duration,
    hints: bool,
}

impl Backoff {
    /// Backoff that double from `base` to `cap`, with the vendor's hints if `hints` says so.
    #[cold]
    pub(super) fn new(base: Duration, cap: Duration, hints: bool) -> Self {
        let delays = ExponentialBuilder::default()
            .with_min_delay(base)
            .with_max_delay(cap)
            .with_factor(2.0)
            .without_max_times()
            .build();
        Self { delays, cap, min: (base / 10).min(cap), hints }
    }

    /// The wait before the next attempt; an answer may say how long.
    pub(crate) fn next(&mut self, headers: Option<&HeaderMap>) -> Duration {
        let max = self.delays.next().unwrap_or(self.cap).min(self.cap);
        let requested = headers.filter(|_| self.hints).and_then(server_delay);
        requested.unwrap_or_else(|| max.mul_f64(fastrand::f64())).max(self.min)
    }
}
