use std::time::Duration;

use super::backoff::Backoff;

/// When a call is sent again, and for how long.
///
/// Which calls may be sent again is not a matter of policy: a call that may have had its effect is repeated only if the
/// operation is idempotent, and one whose answers come after the effect only if no connection was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    attempts: u32,
    total: Duration,
    base: Duration,
    cap: Duration,
    hints: bool,
}

impl Default for RetryPolicy {
    /// Four attempts within five minutes; backoff that double from half a second to at most 30, and the vendor's hints.
    fn default() -> Self {
        Self {
            attempts: 4,
            total: Duration::from_secs(300),
            base: Duration::from_millis(500),
            cap: Duration::from_secs(30),
            hints: true,
        }
    }
}

impl RetryPolicy {
    /// The default policy with a single attempt.
    #[must_use]
    pub fn never() -> Self {
        Self::default().attempts(1)
    }

    /// How often a call is sent at most, the first time included. Zero counts as one.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Time for the call as a whole: all attempts, all backoff, and waiting for its turn.
    #[must_use]
    pub fn total(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// The longest first wait. It doubles with each attempt, and a random part of it is waited (full jitter). No wait is
    /// shorter than a tenth of it, whatever a hint says.
    #[must_use]
    pub fn base(mut self, base: Duration) -> Self {
        self.base = base;
        self
    }

    /// The longest wait that is not the vendor's own wish.
    #[must_use]
    pub fn cap(mut self, cap: Duration) -> Self {
        self.cap = cap;
        self
    }

    /// Whether to wait as long as `Retry-After` or `RateLimit-Reset` says: before the next attempt as long as the time
    /// for the call allows, and before the next calls under the same published limit for the length of its window at
    /// most.
    #[must_use]
    pub fn honour_hints(mut self, hints: bool) -> Self {
        self.hints = hints;
        self
    }

    pub(crate) fn max_attempts(&self) -> u32 {
        self.attempts
    }

    pub(crate) fn respects_retry_after(&self) -> bool {
        self.hints
    }

    pub(crate) fn total_time(&self) -> Duration {
        self.total
    }

    pub(crate) fn backoff(&self) -> Backoff {
        Backoff::new(self.base, self.cap, self.hints)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_are_jittered() {
        let policy = RetryPolicy::default().base(Duration::from_secs(1)).cap(Duration::from_secs(4));
        for _ in 0..100 {
            let mut backoff = policy.backoff();
            for longest in [1, 2, 4, 4, 4] {
                assert!(backoff.next(None) <= Duration::from_secs(longest));
            }
        }
        let mut backoff = policy.backoff();
        let first: Vec<Duration> = (0..20).map(|_| backoff.next(None)).collect();
        assert!(first.windows(2).any(|pair| pair[0] != pair[1]), "no jitter: {first:?}");
    }

    #[test]
    fn no_attempt_follows_the_last_at_once() {
        let mut now = HeaderMap::new();
        now.insert("retry-after", "0".parse().expect("a header"));
        let mut backoff = RetryPolicy::default().base(Duration::from_secs(1)).backoff();
        assert_eq!(backoff.next(Some(&now)), Duration::from_millis(100));
        for _ in 0..100 {
            assert!(
                RetryPolicy::default().base(Duration::from_secs(1)).backoff().next(None) >= Duration::from_millis(100)
            );
        }
    }

    #[test]
    fn a_hint_is_waited_for_as_it_says() {
        let headers = |name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().expect("a header"));
            headers
        };
        let mut backoff = RetryPolicy::default().backoff();
        assert_eq!(backoff.next(Some(&headers("retry-after", "90"))), Duration::from_secs(90));
        assert_eq!(backoff.next(Some(&headers("ratelimit-reset", "45"))), Duration::from_secs(45));
        let mut backoff = RetryPolicy::default().honour_hints(false).backoff();
        assert!(backoff.next(Some(&headers("retry-after", "90"))) <= Duration::from_millis(500));
    }
}
