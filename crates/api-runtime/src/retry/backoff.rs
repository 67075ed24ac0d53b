use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};

use crate::wire::{RawResponse, server_delay};

/// Delays between the attempts of one call: exponential backoff with full jitter, or as long as the server asks.
pub(crate) struct Backoff {
    /// Upper bounds of the delays, before jitter.
    bounds: ExponentialBackoff,
    max_backoff: Duration,
    min_delay: Duration,
    respect_retry_after: bool,
}

impl Backoff {
    /// Starts with the bound `initial_backoff`, which doubles with each delay up to `max_backoff`.
    #[cold]
    pub(super) fn new(initial_backoff: Duration, max_backoff: Duration, respect_retry_after: bool) -> Self {
        let bounds = ExponentialBuilder::default()
            .with_min_delay(initial_backoff)
            .with_max_delay(max_backoff)
            .with_factor(2.0)
            .without_max_times()
            .build();
        Self { bounds, max_backoff, min_delay: (initial_backoff / 10).min(max_backoff), respect_retry_after }
    }

    /// Returns the delay before the next attempt. The response to the last one may ask for it.
    pub(crate) fn next(&mut self, response: Option<&RawResponse>) -> Duration {
        let bound = self.bounds.next().unwrap_or(self.max_backoff).min(self.max_backoff);
        let requested = response.filter(|_| self.respect_retry_after).and_then(server_delay);
        requested.unwrap_or_else(|| bound.mul_f64(fastrand::f64())).max(self.min_delay)
    }
}
