//! Registry of rate limit windows, and selection of those that apply to a call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use smallvec::SmallVec;
use tokio::time::Instant;

use super::addresses;
use super::fingerprint::Fingerprint;
use super::sliding_window::{ApplicableWindows, MIN_RETAIN, SlidingWindow, lock};
use crate::operation::{Operation, RateLimitRule, RateLimitScope};

/// Rate limiter of a client, its clones and the clients of other accounts that were made from it. Creates a window when
/// a call first needs it.
#[derive(Default)]
pub(crate) struct RateLimiter {
    registry: Mutex<WindowRegistry>,
}

#[derive(Default)]
struct WindowRegistry {
    windows: HashMap<Key, Arc<SlidingWindow>>,
    /// Number of windows after the last removal of idle ones.
    retained: usize,
}

/// Key of a window: accounts do not share one.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    account: Fingerprint,
    rule: RateLimitRule,
    /// Operation and value with the scope `Path`, `Body` or `Address`. `None` with the scope `Credential`, whose windows
    /// the operations share.
    partition: Option<(&'static str, String)>,
}

impl RateLimiter {
    /// Returns the windows that a call of an account counts against, the narrowest first, without duplicates.
    /// `partition_value` returns the value that a scope other than `Credential` is partitioned by; a rule for which it
    /// returns `None` does not apply to the call.
    pub(crate) fn windows(
        &self,
        account: Fingerprint,
        operation: &'static Operation,
        partition_value: impl Fn(RateLimitScope) -> Option<String>,
    ) -> ApplicableWindows {
        // Values are read before the lock is taken: finding one in a large body is slow, and other calls would wait.
        let key = |rule: &RateLimitRule| {
            let partition = match rule.scope {
                RateLimitScope::Credential => None,
                scope => Some((operation.id, partition_value(scope)?)),
            };
            Some(Key { account, rule: *rule, partition })
        };
        let keys: SmallVec<[Key; 2]> = operation.rate_limits.iter().filter_map(key).collect();
        let mut registry = lock(&self.registry);
        let window = |key| match key {
            Key { rule, partition: Some((_, address)), .. } if rule.scope == RateLimitScope::Address => {
                addresses::window(address, rule)
            }
            key => registry.window(key),
        };
        let mut applicable: ApplicableWindows = keys.into_iter().map(window).collect();
        drop(registry);
        applicable.sort_by_key(|window| (window.precedence(), window.rule.per_seconds, window.rule.requests));
        applicable.dedup_by(|window, other| Arc::ptr_eq(window, other));
        applicable
    }

    /// Returns the number of windows that are not idle, those by address excepted.
    pub(crate) fn tracked(&self) -> usize {
        let mut registry = lock(&self.registry);
        registry.retain_recent(Instant::now());
        registry.retained
    }
}

impl WindowRegistry {
    fn window(&mut self, key: Key) -> Arc<SlidingWindow> {
        if self.windows.len() >= MIN_RETAIN.max(self.retained * 2) {
            self.retain_recent(Instant::now());
        }
        let rule = key.rule;
        Arc::clone(self.windows.entry(key).or_insert_with(|| Arc::new(SlidingWindow::new(rule))))
    }

    /// Removes the windows that are idle and that no call holds.
    fn retain_recent(&mut self, now: Instant) {
        self.windows.retain(|_, window| Arc::strong_count(window) > 1 || !window.is_idle(now));
        self.windows.shrink_to_fit();
        self.retained = self.windows.len();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::super::sliding_window::try_acquire;
    use super::*;

    const FIVE_IN_THIRTY: RateLimitRule =
        RateLimitRule { requests: 5, per_seconds: 30, scope: RateLimitScope::Path("id") };

    #[test]
    fn a_rule_that_is_listed_twice_counts_once() {
        static TWICE: LazyLock<Operation> = LazyLock::new(|| Operation {
            rate_limits: &[FIVE_IN_THIRTY, FIVE_IN_THIRTY],
            ..Operation::new("request", http::Method::GET, "", true)
        });
        let windows = RateLimiter::default().windows(Fingerprint::of(&[]), &TWICE, |_| Some(String::new()));
        assert_eq!((0..9).filter_map(|_| try_acquire(&windows)).count(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn the_windows_of_accounts_are_dropped_when_they_are_idle() {
        static LIMITED: LazyLock<Operation> = LazyLock::new(|| Operation {
            rate_limits: &[RateLimitRule { scope: RateLimitScope::Credential, ..FIVE_IN_THIRTY }],
            ..Operation::new("request", http::Method::GET, "", true)
        });
        let limiter = RateLimiter::default();
        let call = |account: u32| {
            let windows = limiter.windows(Fingerprint::of(&[&account.to_le_bytes()]), &LIMITED, |_| None);
            try_acquire(&windows).is_some()
        };
        for round in 0..20 {
            assert!((0..1000).all(|account| call(round * 1000 + account)), "each account has a budget of its own");
            assert_eq!((0..9).filter(|_| call(round * 1000)).count(), 4, "one account has one budget");
            assert!(lock(&limiter.registry).windows.len() <= 2048, "round {round}");
            tokio::time::advance(std::time::Duration::from_secs(30)).await;
        }
        assert_eq!(limiter.tracked(), 0);
    }
}
