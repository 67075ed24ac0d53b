//! Registry of a client's rate limit windows, and selection of those that apply to a call.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex};

use smallvec::SmallVec;
use tokio::time::Instant;

use super::addresses;
use super::sliding_window::{ApplicableWindows, MIN_RETAIN, SlidingWindow, lock};
use crate::operation::{Operation, RateLimitRule, RateLimitScope};

/// Rate limiter of one client, shared by its clones. Creates a window when a call first needs it.
#[derive(Default)]
pub(crate) struct RateLimiter {
    registry: Mutex<WindowRegistry>,
}

#[derive(Default)]
struct WindowRegistry {
    /// Windows with the scope `Credential`, one for each rule: few, so they are searched one by one.
    shared: Vec<Arc<SlidingWindow>>,
    /// Windows with the scope `Path` or `Body`, one for each value that was sent.
    keyed: HashMap<Key, Arc<SlidingWindow>>,
    /// Number of keyed windows after the last removal of idle ones.
    retained: usize,
}

/// Key of a window that is partitioned by a value. Operations do not share windows, except those by address.
#[derive(PartialEq, Eq)]
struct Key {
    rule: RateLimitRule,
    operation: &'static str,
    value: String,
}

/// Hashes the value alone: few rules and operations share one, so it distributes the keys well enough.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl RateLimiter {
    /// Returns the windows that a call counts against, the narrowest first, without duplicates. `partition_value`
    /// returns the value that a scope other than `Credential` is partitioned by; a rule for which it returns `None`
    /// does not apply to the call.
    pub(crate) fn windows(
        &self,
        operation: &'static Operation,
        partition_value: impl Fn(RateLimitScope) -> Option<String>,
    ) -> ApplicableWindows {
        let mut applicable = ApplicableWindows::new();
        if operation.rate_limits.is_empty() {
            return applicable;
        }
        // Values are read before the lock is taken: finding one in a large body is slow, and other calls would wait.
        let key = |rule: &RateLimitRule| {
            Some(Key { rule: *rule, operation: operation.id, value: partition_value(rule.scope)? })
        };
        let keys: SmallVec<[Key; 1]> = operation.rate_limits.iter().filter_map(key).collect();
        let mut registry = lock(&self.registry);
        applicable.extend(keys.into_iter().map(|key| match key.rule.scope {
            RateLimitScope::Address => addresses::window(key.value, key.rule),
            _ => registry.keyed_window(key),
        }));
        let shared = operation.rate_limits.iter().filter(|rule| rule.scope == RateLimitScope::Credential);
        applicable.extend(shared.map(|rule| registry.shared_window(*rule)));
        drop(registry);
        applicable.sort_by_key(|window| (window.precedence(), window.rule.per_seconds, window.rule.requests));
        applicable.dedup_by(|window, other| Arc::ptr_eq(window, other));
        applicable
    }

    /// Returns the number of this client's windows that are not idle, those by address excepted.
    pub(crate) fn tracked(&self) -> usize {
        let now = Instant::now();
        let mut registry = lock(&self.registry);
        registry.retain_recent(now);
        registry.retained + registry.shared.iter().filter(|window| !window.is_idle(now)).count()
    }
}

impl WindowRegistry {
    fn shared_window(&mut self, rule: RateLimitRule) -> Arc<SlidingWindow> {
        let existing = self.shared.iter().find(|window| window.rule == rule).map(Arc::clone);
        existing.unwrap_or_else(|| {
            let window = Arc::new(SlidingWindow::new(rule));
            self.shared.push(Arc::clone(&window));
            window
        })
    }

    fn keyed_window(&mut self, key: Key) -> Arc<SlidingWindow> {
        if self.keyed.len() >= MIN_RETAIN.max(self.retained * 2) {
            self.retain_recent(Instant::now());
        }
        let rule = key.rule;
        Arc::clone(self.keyed.entry(key).or_insert_with(|| Arc::new(SlidingWindow::new(rule))))
    }

    /// Removes the windows that are idle and that no call holds.
    fn retain_recent(&mut self, now: Instant) {
        self.keyed.retain(|_, window| Arc::strong_count(window) > 1 || !window.is_idle(now));
        self.keyed.shrink_to_fit();
        self.retained = self.keyed.len();
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
            ..Operation::unmodelled(http::Method::GET, true)
        });
        let windows = RateLimiter::default().windows(&TWICE, |_| Some(String::new()));
        assert_eq!((0..9).filter_map(|_| try_acquire(&windows)).count(), 5);
    }
}
