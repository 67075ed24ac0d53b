use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use smallvec::SmallVec;
use tokio::time::Instant;

use super::acquire::{ApplicableWindows, acquire};
use super::fingerprint::Fingerprint;
use super::permit::Permit;
use super::shared_store::{SharedStore, StoreOutage};
use super::sliding_window::{SlidingWindow, lock};
use super::store::{RateLimitStore, WindowKey};
use super::wait_limit::{NoSlot, RateLimitWait, WaitLimit};
use crate::operation::{Operation, RateLimitRule, RateLimitScope};

/// Number of windows from which on idle ones are removed. They are removed whenever their number has doubled since the last
/// removal, so that the cost per call stays constant.
const MIN_RETAIN: usize = 64;

/// Handle of the rate limits that clients keep together: give clones of it to several clients, of one API or of several.
///
/// Each limit is counted for each API and credential, so accounts do not mix. A limit by address is counted for all clients
/// that share the handle. A client that is given none has a handle of its own, which its clones and the clients of other
/// accounts that are made from it share.
///
/// [`RateLimits::default`] counts in this process. [`RateLimits::shared`] counts in a store, together with other processes.
#[derive(Clone, Default)]
pub struct RateLimits(Arc<RateLimitState>);

/// State behind a handle.
#[derive(Default)]
struct RateLimitState {
    registry: Mutex<WindowRegistry>,
    store: Option<SharedStore>,
    /// Limits in the place of published ones.
    #[cfg(feature = "test-util")]
    replace: Option<fn(RateLimitRule) -> RateLimitRule>,
}

/// Windows that are in use. A window is created when a call first needs it.
#[derive(Default)]
struct WindowRegistry {
    windows: HashMap<Key, Arc<SlidingWindow>>,
    /// Number of windows after the last removal of idle ones.
    retained: usize,
}

/// Account of an API, whose calls are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Account {
    /// Name of the API.
    pub(crate) api: &'static str,
    pub(crate) credential: Fingerprint,
}

impl Account {
    /// Creates an account; one without a credential has a count of its own.
    pub(crate) fn new(api: &'static str, credential: Option<Fingerprint>) -> Self {
        Self { api, credential: credential.unwrap_or_else(|| Fingerprint::of(&[])) }
    }
}

/// Key of a window: accounts do not share one, except with the scope `Address`.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    api: &'static str,
    /// `None` with the scope `Address`.
    credential: Option<Fingerprint>,
    rule: RateLimitRule,
    /// Operation with the scope `Path` or `Body`. The operations share the windows of the other scopes.
    operation: Option<&'static str>,
    /// Value with the scope `Path`, `Body` or `Address`.
    value: Option<String>,
}

impl RateLimits {
    /// Creates a handle whose limits are counted in a store, together with the other processes that use it. `outage` says what
    /// happens while the store can't be asked.
    pub fn shared(store: impl RateLimitStore, outage: StoreOutage) -> Self {
        let store = Some(SharedStore::new(store, outage));
        Self(Arc::new(RateLimitState { store, ..RateLimitState::default() }))
    }

    /// Creates a handle as [`RateLimits::shared`] does, with other limits in the place of the published ones, such as shorter
    /// ones, so that a test of waits need not take a minute. All processes that use the store replace them alike.
    #[cfg(feature = "test-util")]
    pub fn shared_with_rules(
        store: impl RateLimitStore,
        outage: StoreOutage,
        replace: fn(RateLimitRule) -> RateLimitRule,
    ) -> Self {
        let store = Some(SharedStore::new(store, outage));
        Self(Arc::new(RateLimitState { store, replace: Some(replace), ..RateLimitState::default() }))
    }

    /// Returns the limit that is kept where this one is published.
    fn kept(&self, rule: RateLimitRule) -> RateLimitRule {
        #[cfg(feature = "test-util")]
        if let Some(replace) = self.0.replace {
            return replace(rule);
        }
        rule
    }

    /// Returns the number of windows in use by this process: those that still count a call or that the vendor holds.
    pub(crate) fn tracked(&self) -> usize {
        let mut registry = lock(&self.0.registry);
        registry.retain_recent(Instant::now());
        registry.retained
    }

    /// Returns the number of times that the store could not be asked since the handle was created; 0 without a store.
    pub fn store_failures(&self) -> u64 {
        self.0.store.as_ref().map_or(0, SharedStore::failures)
    }

    /// Returns the windows that a call of an account counts against, the narrowest first, without duplicates.
    /// `partition_value` returns the value that a scope other than `Credential` is partitioned by; a rule for which it
    /// returns `None` does not apply to the call.
    pub(crate) fn windows(
        &self,
        account: Account,
        operation: &'static Operation,
        partition_value: impl Fn(RateLimitScope) -> Option<String>,
    ) -> ApplicableWindows {
        // Values are read before the lock is taken: finding one in a large body is slow, and other calls would wait.
        let key = |rule: &RateLimitRule| {
            let (credential, operation, value) = match rule.scope {
                RateLimitScope::Credential => (Some(account.credential), None, None),
                scope @ RateLimitScope::Address => (None, None, Some(partition_value(scope)?)),
                scope => (Some(account.credential), Some(operation.id), Some(partition_value(scope)?)),
            };
            Some(Key { api: account.api, credential, rule: self.kept(*rule), operation, value })
        };
        let keys: SmallVec<[Key; 2]> = operation.rate_limits.iter().filter_map(key).collect();
        let name = |key: &Key| self.0.store.as_ref().map(|_| Arc::new(window_key(account, operation, key)));
        let mut registry = lock(&self.0.registry);
        let mut applicable = ApplicableWindows::new();
        for key in keys {
            let window = registry.window(key, name);
            // One that came twice would be locked twice by one call.
            if !applicable.iter().any(|other| Arc::ptr_eq(other, &window)) {
                applicable.push(window);
            }
        }
        drop(registry);
        applicable.sort_by_key(|window| (window.precedence(), window.rule.per_seconds, window.rule.requests));
        applicable
    }

    /// Waits for a slot in each window, see [`acquire`].
    pub(crate) async fn acquire<'w>(
        &self,
        windows: &'w [Arc<SlidingWindow>],
        lease: Duration,
        limit: WaitLimit,
        on_wait: &mut (dyn FnMut(RateLimitWait) + Send),
    ) -> Result<Permit<'w>, NoSlot> {
        acquire(windows, self.0.store.as_ref(), lease, limit, on_wait).await
    }
}

impl fmt::Debug for RateLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let outage = self.0.store.as_ref().map(|store| store.outage);
        f.debug_struct("RateLimits").field("outage", &outage).finish_non_exhaustive()
    }
}

/// Returns the name of a window in a shared store.
///
/// All windows of a call are in one group. A limit by address spans credentials, so an API that has one is one group, whether
/// or not a client keeps that limit: clients that differ in it still count together.
fn window_key(account: Account, operation: &Operation, key: &Key) -> WindowKey {
    let Account { api, credential } = account;
    let by_address = operation.rate_limits.iter().any(|rule| rule.scope == RateLimitScope::Address);
    let group = if by_address { api.to_owned() } else { format!("{api}:{}", credential.name()) };
    let RateLimitRule { requests, per_seconds, scope } = key.rule;
    let value = key.value.as_deref().unwrap_or_default();
    let partition = match scope {
        RateLimitScope::Credential => format!("credential:{}", credential.name()),
        RateLimitScope::Address => format!("address:{}", Fingerprint::of(&[]).hash(value)),
        RateLimitScope::Path(name) | RateLimitScope::Body(name) => {
            format!("{}:{name}:{}", operation.id, credential.hash(value))
        }
    };
    WindowKey::new(group, format!("{requests}/{per_seconds}:{partition}"), key.rule)
}

impl WindowRegistry {
    /// Returns the window of a key, and creates it with its name in a shared store if there is none.
    fn window(&mut self, key: Key, name: impl Fn(&Key) -> Option<Arc<WindowKey>>) -> Arc<SlidingWindow> {
        if self.windows.len() >= MIN_RETAIN.max(self.retained * 2) {
            self.retain_recent(Instant::now());
        }
        if let Some(window) = self.windows.get(&key) {
            return Arc::clone(window);
        }
        let window = Arc::new(SlidingWindow::new(key.rule, name(&key)));
        self.windows.insert(key, Arc::clone(&window));
        window
    }

    /// Removes the windows that are idle and that no call holds.
    fn retain_recent(&mut self, now: Instant) {
        self.windows.retain(|_, window| Arc::strong_count(window) > 1 || !window.is_idle(now));
        self.windows.shrink_to_fit();
        self.retained = self.windows.len();
    }
}

#[cfg(all(test, feature = "test-util"))]
mod tests {
    use super::*;

    const FIVE_IN_THIRTY: RateLimitRule =
        RateLimitRule { requests: 5, per_seconds: 30, scope: RateLimitScope::Path("id") };

    const fn operation(rate_limits: &'static [RateLimitRule]) -> Operation {
        let mut operation = Operation::new("request", http::Method::GET, "", true);
        operation.rate_limits = rate_limits;
        operation
    }

    static TWICE: Operation = operation(&[
        FIVE_IN_THIRTY,
        RateLimitRule { scope: RateLimitScope::Body("/id"), ..FIVE_IN_THIRTY },
        FIVE_IN_THIRTY,
    ]);
    static LIMITED: Operation = operation(&[RateLimitRule { scope: RateLimitScope::Credential, ..FIVE_IN_THIRTY }]);
    static BY_ADDRESS: Operation = operation(&[
        RateLimitRule { scope: RateLimitScope::Credential, ..FIVE_IN_THIRTY },
        RateLimitRule { scope: RateLimitScope::Address, ..FIVE_IN_THIRTY },
    ]);

    fn account(api: &'static str, number: u32) -> Account {
        Account::new(api, Some(Fingerprint::of(&[&number.to_le_bytes()])))
    }

    /// Takes as many slots as there are without a wait, nine at most.
    async fn take(limits: &RateLimits, account: Account, operation: &'static Operation) -> usize {
        let windows = limits.windows(account, operation, |_| Some(String::new()));
        let now = Instant::now();
        let mut permits = Vec::new();
        for _ in 0..9 {
            let limit = WaitLimit::new(now, None, now);
            permits.extend(limits.acquire(&windows, Duration::ZERO, limit, &mut |_| ()).await.ok());
        }
        let taken = permits.len();
        for mut permit in permits {
            assert!(permit.send_by(now));
            permit.settle(None);
        }
        taken
    }

    #[tokio::test(start_paused = true)]
    async fn a_rule_that_is_listed_twice_counts_once() {
        assert_eq!(take(&RateLimits::default(), account("api", 1), &TWICE).await, 5);
    }

    #[tokio::test(start_paused = true)]
    async fn clients_share_the_counts_of_an_api_and_a_credential() {
        let limits = RateLimits::default();
        assert_eq!(take(&limits, account("api", 1), &LIMITED).await, 5);
        assert_eq!(take(&limits.clone(), account("api", 1), &LIMITED).await, 0);
        assert_eq!(take(&limits, account("api", 2), &LIMITED).await, 5);
        assert_eq!(take(&limits, account("other", 1), &LIMITED).await, 5);
        assert_eq!(take(&RateLimits::default(), account("api", 1), &LIMITED).await, 5);
        assert_eq!(take(&limits, account("api", 3), &BY_ADDRESS).await, 5);
        assert_eq!(take(&limits, account("api", 4), &BY_ADDRESS).await, 0, "accounts share an address");
    }

    #[tokio::test(start_paused = true)]
    async fn the_windows_of_accounts_are_dropped_when_they_are_idle() {
        let limits = RateLimits::default();
        for round in 0..20 {
            for number in 0..1000 {
                assert_eq!(take(&limits, account("api", round * 1000 + number), &LIMITED).await, 5);
            }
            assert!(lock(&limits.0.registry).windows.len() <= 2048, "round {round}");
            tokio::time::advance(Duration::from_secs(30)).await;
        }
        assert_eq!(limits.tracked(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_that_a_call_is_about_to_use_is_kept() {
        let limits = RateLimits::default();
        let windows = || limits.windows(account("api", 1), &LIMITED, |_| None);
        let held = windows();
        assert_eq!(limits.tracked(), 1);
        assert!(Arc::ptr_eq(&held[0], &windows()[0]));
    }

    #[test]
    fn the_windows_of_a_call_are_in_one_group_and_show_no_value() {
        const EMAIL: RateLimitRule = RateLimitRule { scope: RateLimitScope::Body("/email"), ..FIVE_IN_THIRTY };
        static CREATE: Operation = operation(&[RateLimitRule { scope: RateLimitScope::Credential, ..EMAIL }, EMAIL]);
        let names = |operation| {
            let limits = RateLimits::shared(crate::testing::MemoryRateLimitStore::default(), StoreOutage::Refuse);
            let windows = limits.windows(account("ships-api", 1), operation, |_| Some("it@acme.example".to_owned()));
            windows.iter().map(|window| window.key.clone().expect("a name")).collect::<Vec<_>>()
        };
        let name = account("ships-api", 1).credential.name();
        let keys = names(&CREATE);
        assert!(keys.iter().all(|key| key.group == format!("ships-api:{name}")));
        let hash = account("ships-api", 1).credential.hash("it@acme.example");
        assert_eq!(keys[0].name, format!("5/30:request:/email:{hash}"));
        assert_eq!(keys[1].name, format!("5/30:credential:{name}"));
        let keys = names(&BY_ADDRESS);
        assert!(keys.iter().all(|key| key.group == "ships-api" && !key.name.contains("acme")));
        assert_ne!(keys[0].name, keys[1].name);
    }
}
