//! The windows of one client: which of them a call counts against.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex};

use smallvec::SmallVec;
use tokio::time::Instant;

use super::addresses;
use super::sliding_window::{SWEEP, Window, Windows, lock};
use crate::operation::{Operation, RateLimitRule, RateLimitScope};

/// The windows of one client.
#[derive(Default)]
pub(crate) struct Pacer {
    budgets: Mutex<Budgets>,
}

#[derive(Default)]
struct Budgets {
    /// One for each rule of the credential.
    of_credential: Vec<Arc<Window>>,
    by_key: HashMap<Key, Arc<Window>>,
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

impl Pacer {
    /// The windows that a call counts against, the narrowest first. `value` gives what a scope is counted by that
    /// is not the credential's; a call that lacks it is not counted there.
    pub(crate) fn windows(
        &self,
        operation: &'static Operation,
        value: impl Fn(RateLimitScope) -> Option<String>,
    ) -> Windows {
        let mut found = Windows::new();
        if operation.rate_limits.is_empty() {
            return found;
        }
        // A value may have to be read out of a large body, so that is done before anybody else has to wait.
        let key = |rule: &RateLimitRule| Some(Key { rule: *rule, operation: operation.id, value: value(rule.scope)? });
        let keys: SmallVec<[Key; 1]> = operation.rate_limits.iter().filter_map(key).collect();
        let mut budgets = lock(&self.budgets);
        found.extend(keys.into_iter().map(|key| match key.rule.scope {
            RateLimitScope::Address => addresses::window(key.value, key.rule),
            _ => budgets.narrow(key),
        }));
        let of_credential = operation.rate_limits.iter().filter(|rule| rule.scope == RateLimitScope::Credential);
        found.extend(of_credential.map(|rule| budgets.of_credential(*rule)));
        drop(budgets);
        found.sort_by_key(|window| (window.width(), window.rule.per_seconds, window.rule.requests));
        found.dedup_by(|window, other| Arc::ptr_eq(window, other));
        found
    }

    /// How many budgets are remembered.
    pub(crate) fn remembered(&self) -> usize {
        let now = Instant::now();
        let mut budgets = lock(&self.budgets);
        budgets.sweep(now);
        budgets.left + budgets.of_credential.iter().filter(|window| !window.is_idle(now)).count()
    }
}

impl Budgets {
    fn of_credential(&mut self, rule: RateLimitRule) -> Arc<Window> {
        let known = self.of_credential.iter().find(|window| window.rule == rule).map(Arc::clone);
        known.unwrap_or_else(|| {
            let window = Arc::new(Window::new(rule));
            self.of_credential.push(Arc::clone(&window));
            window
        })
    }

    fn narrow(&mut self, key: Key) -> Arc<Window> {
        if self.by_key.len() >= SWEEP.max(self.left * 2) {
            self.sweep(Instant::now());
        }
        let rule = key.rule;
        Arc::clone(self.by_key.entry(key).or_insert_with(|| Arc::new(Window::new(rule))))
    }

    fn sweep(&mut self, now: Instant) {
        self.by_key.retain(|_, window| Arc::strong_count(window) > 1 || !window.is_idle(now));
        self.by_key.shrink_to_fit();
        self.left = self.by_key.len();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::super::sliding_window::admit_at_once;
    use super::*;

    const FIVE_IN_THIRTY: RateLimitRule =
        RateLimitRule { requests: 5, per_seconds: 30, scope: RateLimitScope::Path("id") };

    #[test]
    fn a_budget_that_is_named_twice_is_taken_once() {
        static TWICE: LazyLock<Operation> = LazyLock::new(|| Operation {
            rate_limits: &[FIVE_IN_THIRTY, FIVE_IN_THIRTY],
            ..Operation::unmodelled(http::Method::GET, true)
        });
        let windows = Pacer::default().windows(&TWICE, |_| Some(String::new()));
        assert_eq!((0..9).filter_map(|_| admit_at_once(&windows)).count(), 5);
    }
}
