use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use http::HeaderMap;

use crate::wire::hint;

/// The waits of one call.
pub(crate) struct Waits {
    backoff: ExponentialBackoff,
    cap: Duration,
    least: Duration,
    hints: bool,
}

impl Waits {
    /// Waits that double from `base` to `cap`, with the vendor's hints if `hints` says so.
    #[cold]
    pub(super) fn new(base: Duration, cap: Duration, hints: bool) -> Self {
        let backoff = ExponentialBuilder::default()
            .with_min_delay(base)
            .with_max_delay(cap)
            .with_factor(2.0)
            .without_max_times()
            .build();
        Self { backoff, cap, least: (base / 10).min(cap), hints }
    }

    /// The wait before the next attempt; an answer may say how long.
    pub(crate) fn next(&mut self, headers: Option<&HeaderMap>) -> Duration {
        let longest = self.backoff.next().unwrap_or(self.cap).min(self.cap);
        let hint = headers.filter(|_| self.hints).and_then(hint);
        hint.unwrap_or_else(|| longest.mul_f64(fastrand::f64())).max(self.least)
    }
}
