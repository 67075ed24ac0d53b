use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use http::{HeaderMap, StatusCode};

use crate::error::retry_after;
use crate::operation::{Operation, RetryRule};
use crate::response::Answer;
use crate::wire::RateLimit;

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
    /// Four attempts within five minutes; waits that double from half a second to at most 30, and the vendor's hints.
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

    /// Time for the call as a whole: all attempts, all waits, and waiting for its turn.
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

    pub(crate) fn listens_to_hints(&self) -> bool {
        self.hints
    }

    pub(crate) fn total_time(&self) -> Duration {
        self.total
    }

    #[cold]
    pub(crate) fn waits(&self) -> Waits {
        let backoff = ExponentialBuilder::default()
            .with_min_delay(self.base)
            .with_max_delay(self.cap)
            .with_factor(2.0)
            .without_max_times()
            .build();
        Waits { backoff, cap: self.cap, least: (self.base / 10).min(self.cap), hints: self.hints }
    }
}

/// The waits of one call.
pub(crate) struct Waits {
    backoff: ExponentialBackoff,
    cap: Duration,
    least: Duration,
    hints: bool,
}

impl Waits {
    /// The wait before the next attempt; an answer may say how long.
    pub(crate) fn next(&mut self, headers: Option<&HeaderMap>) -> Duration {
        let longest = self.backoff.next().unwrap_or(self.cap).min(self.cap);
        let hint = headers.filter(|_| self.hints).and_then(hint);
        hint.unwrap_or_else(|| longest.mul_f64(fastrand::f64())).max(self.least)
    }
}

/// How long the vendor asks to wait: `Retry-After`, else the end of the window.
pub(crate) fn hint(headers: &HeaderMap) -> Option<Duration> {
    retry_after(headers).or_else(|| RateLimit::reset_of(headers))
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Came {
    /// An answer.
    Answer(StatusCode),
    /// An answer that what was asked for has a cool-down, which is not over.
    Cooldown,
    /// Nothing, and the server did not receive the request.
    NotSent,
    /// Nothing whole, and the server may have received the request.
    Broken,
}

impl Came {
    pub(crate) fn answer(operation: &Operation, answer: &Answer) -> Self {
        match &operation.cooldown {
            Some(pattern) if answer.matches(pattern) => Self::Cooldown,
            _ => Self::Answer(answer.status),
        }
    }
}

/// Whether the call may be sent again. This is the whole of the rule; what the errors say of it comes from here too.
pub(crate) fn repeatable(operation: &Operation, came: Came) -> bool {
    let standard = operation.retry == RetryRule::Standard;
    match came {
        Came::NotSent => true,
        Came::Cooldown => false,
        Came::Broken => standard && operation.idempotent,
        // The server says that it did nothing.
        Came::Answer(StatusCode::TOO_MANY_REQUESTS) => operation.retry != RetryRule::Never,
        Came::Answer(StatusCode::SERVICE_UNAVAILABLE) => standard,
        Came::Answer(status) => standard && operation.idempotent && status.is_server_error(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_cap_and_are_jittered() {
        let policy = RetryPolicy::default().base(Duration::from_secs(1)).cap(Duration::from_secs(4));
        for _ in 0..100 {
            let mut waits = policy.waits();
            for longest in [1, 2, 4, 4, 4] {
                assert!(waits.next(None) <= Duration::from_secs(longest));
            }
        }
        let mut waits = policy.waits();
        let first: Vec<Duration> = (0..20).map(|_| waits.next(None)).collect();
        assert!(first.windows(2).any(|pair| pair[0] != pair[1]), "no jitter: {first:?}");
    }

    #[test]
    fn no_attempt_follows_the_last_at_once() {
        let mut now = HeaderMap::new();
        now.insert("retry-after", "0".parse().expect("a header"));
        let mut waits = RetryPolicy::default().base(Duration::from_secs(1)).waits();
        assert_eq!(waits.next(Some(&now)), Duration::from_millis(100));
        for _ in 0..100 {
            assert!(
                RetryPolicy::default().base(Duration::from_secs(1)).waits().next(None) >= Duration::from_millis(100)
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
        let mut waits = RetryPolicy::default().waits();
        assert_eq!(waits.next(Some(&headers("retry-after", "90"))), Duration::from_secs(90));
        assert_eq!(waits.next(Some(&headers("ratelimit-reset", "45"))), Duration::from_secs(45));
        let mut waits = RetryPolicy::default().honour_hints(false).waits();
        assert!(waits.next(Some(&headers("retry-after", "90"))) <= Duration::from_millis(500));
    }
}
