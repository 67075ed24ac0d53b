//! The windows of one client: which of them a call counts against.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex};

use smallvec::SmallVec;
use tokio::time::Instant;

use super::addresses;
use super::sliding_window::{ApplicableWindows, MIN_RETAIN, SlidingWindow, lock};
use crate::operation::{Operation, RateLimitRule, RateLimitScope};

/// The windows of one client.
#[derive(Default)]
pub(crate) struct RateLimiter {
    registry: Mutex<WindowRegistry>,
}

#[derive(Default)]
struct WindowRegistry {
    /// One for each rule of the credential.
    shared: Vec<Arc<SlidingWindow>>,
    keyed_windows: HashMap<Key, Arc<SlidingWindow>>,
    /// How many of them were left the last time that some were forgotten.
    left: usize,
}

/// Which budget a call counts against that is not the credential's. Each operation has its own.
#[derive(PartialEq, Eq)]
struct Key {
    rule: RateLimitRule,
    operation: &'static str,
    value: String,
}

/// Few rules share a value, so that is all that tells keys apart well.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl RateLimiter {
    /// The windows that a call counts against, the narrowest first. `value` gives what a scope is counted by that
    /// is not the credential's; a call that lacks it is not counted there.
    pub(crate) fn windows(
        &self,
        operation: &'static Operation,
        value: impl Fn(RateLimitScope) -> Option<String>,
    ) -> ApplicableWindows {
        let mut found = ApplicableWindows::new();
        if operation.rate_limits.is_empty() {
            return found;
        }
        // A value may have to be read out of a large body, so that is done before anybody else has to wait.
        let key = |rule: &RateLimitRule| Some(Key { rule: *rule, operation: operation.id, value: value(rule.scope)? });
        let keys: SmallVec<[Key; 1]> = operation.rate_limits.iter().filter_map(key).collect();
        let mut registry = lock(&self.registry);
        found.extend(keys.into_iter().map(|key| match key.rule.scope {
            RateLimitScope::Address => addresses::window(key.value, key.rule),
            _ => registry.keyed(key),
        }));
        let shared = operation.rate_limits.iter().filter(|rule| rule.scope == RateLimitScope::Credential);
        found.extend(shared.map(|rule| registry.shared(*rule)));
        drop(registry);
        found.sort_by_key(|window| (window.precedence(), window.rule.per_seconds, window.rule.requests));
        found.dedup_by(|window, other| Arc::ptr_eq(window, other));
        found
    }

    /// How many registry are tracked.
    pub(crate) fn tracked(&self) -> usize {
        let now = Instant::now();
        let mut registry = lock(&self.registry);
        registry.retain_recent(now);
        registry.left + registry.shared.iter().filter(|window| !window.is_idle(now)).count()
    }
}

impl WindowRegistry {
    fn shared(&mut self, rule: RateLimitRule) -> Arc<SlidingWindow> {
        let known = self.shared.iter().find(|window| window.rule == rule).map(Arc::clone);
        known.unwrap_or_else(|| {
            let window = Arc::new(SlidingWindow::new(rule));
            self.shared.push(Arc::clone(&window));
            window
        })
    }

    fn keyed(&mut self, key: Key) -> Arc<SlidingWindow> {
        if self.keyed_windows.len() >= MIN_RETAIN.max(self.left * 2) {
            self.retain_recent(Instant::now());
        }
        let rule = key.rule;
        Arc::clone(self.keyed_windows.entry(key).or_insert_with(|| Arc::new(SlidingWindow::new(rule))))
    }

    fn retain_recent(&mut self, now: Instant) {
        self.keyed_windows.retain(|_, window| Arc::strong_count(window) > 1 || !window.is_idle(now));
        self.keyed_windows.shrink_to_fit();
        self.left = self.keyed_windows.len();
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
    fn a_budget_that_is_named_twice_is_taken_once() {
        static TWICE: LazyLock<Operation> = LazyLock::new(|| Operation {
            rate_limits: &[FIVE_IN_THIRTY, FIVE_IN_THIRTY],
            ..Operation::unmodelled(http::Method::GET, true)
        });
        let windows = RateLimiter::default().windows(&TWICE, |_| Some(String::new()));
        assert_eq!((0..9).filter_map(|_| try_acquire(&windows)).count(), 5);
    }
}
