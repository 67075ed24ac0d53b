use std::time::Duration;

use super::backoff::Backoff;

/// Policy by which a client repeats a call that failed: number of attempts and backoff. The time for the call as a whole
/// is its `time_limit`, a setting of the client and of each call.
///
/// A policy does not decide which calls may be repeated. After a failed connection, a 429 or a 503, which say that the
/// server did not act, every operation is repeated; after any other 5xx or an incomplete response, an idempotent one.
/// Some operations have a stricter rule, [`RetryRule`](crate::RetryRule).
///
/// ```
/// use std::time::Duration;
///
/// use api_runtime::RetryPolicy;
///
/// // At most two attempts, with up to 5 s between them.
/// let policy = RetryPolicy::default().max_attempts(2).initial_backoff(Duration::from_secs(5));
/// assert_ne!(policy, RetryPolicy::default());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    pub(crate) max_attempts: u32,
    pub(crate) initial_backoff: Duration,
    max_backoff: Duration,
    pub(crate) respect_retry_after: bool,
}

impl Default for RetryPolicy {
    /// Returns the default policy: at most 4 attempts, an initial backoff of 500 ms, a maximum backoff of 30 s, and delays
    /// as long as the server asks.
    fn default() -> Self {
        Self {
            max_attempts: 4,
            initial_backoff: Duration::from_millis(500),
            max_backoff: Duration::from_secs(30),
            respect_retry_after: true,
        }
    }
}

impl RetryPolicy {
    /// Returns the default policy with a single attempt: nothing is repeated. A call still waits for its rate limits.
    #[must_use]
    pub fn never() -> Self {
        Self::default().max_attempts(1)
    }

    /// Sets the maximum number of attempts, the first one included; default 4. 0 counts as 1. An attempt after a
    /// rejected access token, with a new one, is made in any case.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// Sets the upper bound of the first backoff delay; default 500 ms. The bound doubles with each attempt up to
    /// [`max_backoff`](Self::max_backoff), and each delay is a random part of it (full jitter), but at least a tenth of this value,
    /// even if the server asks for less.
    #[must_use]
    pub fn initial_backoff(mut self, bound: Duration) -> Self {
        self.initial_backoff = bound;
        self
    }

    /// Sets the upper bound of the backoff delay; default 30 s. Does not apply to delays requested by `Retry-After` or
    /// `RateLimit-Reset`.
    #[must_use]
    pub fn max_backoff(mut self, bound: Duration) -> Self {
        self.max_backoff = bound;
        self
    }

    /// Sets whether delays requested by the server are respected; default `true`.
    ///
    /// - Before the next attempt, the call waits as long as `Retry-After` says, or else `RateLimit-Reset` of a 429 and of a
    ///   response whose `RateLimit-Remaining` is 0. If that ends after the call's time limit, or is longer than its
    ///   `max_wait`, there is no next attempt and the call returns its last result.
    /// - Later calls under the same published rate limit wait as long, but at most for the window of that limit. This
    ///   follows a 429, and any response whose `RateLimit-Remaining` is 0. After a 429 that does not say how long, they wait
    ///   for the [`initial_backoff`](Self::initial_backoff).
    ///
    /// With `false`, the exponential backoff applies instead, and the headers don't delay later calls.
    #[must_use]
    pub fn respect_retry_after(mut self, respect: bool) -> Self {
        self.respect_retry_after = respect;
        self
    }

    pub(crate) fn backoff(&self) -> Backoff {
        Backoff::new(self.initial_backoff, self.max_backoff, self.respect_retry_after)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

    use super::*;
    use crate::wire::RawResponse;

    fn response(status: StatusCode, headers: &[(&'static str, &'static str)]) -> RawResponse {
        let pairs =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let headers: HeaderMap = pairs.collect();
        RawResponse { status, headers, body: Bytes::new(), complete: true }
    }

    #[test]
    fn delays_double_up_to_the_maximum_and_are_jittered() {
        let policy = RetryPolicy::default().initial_backoff(Duration::from_secs(1)).max_backoff(Duration::from_secs(4));
        for _ in 0..100 {
            let mut backoff = policy.backoff();
            for bound in [1, 2, 4, 4, 4] {
                assert!(backoff.next(None) <= Duration::from_secs(bound));
            }
        }
        let mut backoff = policy.backoff();
        let first: Vec<Duration> = (0..20).map(|_| backoff.next(None)).collect();
        assert!(first.windows(2).any(|pair| pair[0] != pair[1]), "no jitter: {first:?}");
    }

    #[test]
    fn a_delay_is_a_tenth_of_the_initial_backoff_at_least() {
        let now = response(StatusCode::SERVICE_UNAVAILABLE, &[("retry-after", "0")]);
        let mut backoff = RetryPolicy::default().initial_backoff(Duration::from_secs(1)).backoff();
        assert_eq!(backoff.next(Some(&now)), Duration::from_millis(100));
        for _ in 0..100 {
            assert!(
                RetryPolicy::default().initial_backoff(Duration::from_secs(1)).backoff().next(None)
                    >= Duration::from_millis(100)
            );
        }
    }

    #[test]
    fn a_requested_delay_is_taken_as_it_is() {
        let (after, reset) = (("retry-after", "90"), ("ratelimit-reset", "45"));
        let mut backoff = RetryPolicy::default().backoff();
        for (status, headers, seconds) in [
            (StatusCode::SERVICE_UNAVAILABLE, &[after][..], 90),
            (StatusCode::TOO_MANY_REQUESTS, &[reset], 45),
            (StatusCode::TOO_MANY_REQUESTS, &[reset, after], 90),
            (StatusCode::BAD_GATEWAY, &[reset, ("ratelimit-remaining", "0")], 45),
        ] {
            let delay = backoff.next(Some(&response(status, headers)));
            assert_eq!(delay, Duration::from_secs(seconds), "{status} {headers:?}");
        }
        let mut backoff = RetryPolicy::default().respect_retry_after(false).backoff();
        let asks = response(StatusCode::SERVICE_UNAVAILABLE, &[after]);
        assert!(backoff.next(Some(&asks)) <= Duration::from_millis(500));
    }

    #[test]
    fn the_end_of_a_window_with_requests_left_is_no_request_to_wait() {
        let reset = ("ratelimit-reset", "45");
        for (status, headers) in [
            (StatusCode::BAD_GATEWAY, &[reset][..]),
            (StatusCode::SERVICE_UNAVAILABLE, &[reset, ("ratelimit-remaining", "400")]),
            (StatusCode::OK, &[reset, ("ratelimit-remaining", "1")]),
        ] {
            let delay = RetryPolicy::default().backoff().next(Some(&response(status, headers)));
            assert!(delay <= Duration::from_millis(500), "{status} {headers:?}: {delay:?}");
        }
    }
}
