//! Process-wide windows of the limits with the scope
//! [`RateLimitScope::Address`](crate::operation::RateLimitScope::Address). They outlive the clients that share them.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use tokio::time::Instant;

use super::sliding_window::{MIN_RETAIN, SlidingWindow, lock};
use crate::operation::RateLimitRule;

/// Windows by address (scheme, host and port) and rule.
type AddressWindows = HashMap<(String, RateLimitRule), Arc<SlidingWindow>>;

static WINDOWS: LazyLock<Mutex<AddressWindows>> = LazyLock::new(Mutex::default);

/// Returns the window of an address and a rule, shared by all clients of this process; creates it if there is none.
pub(super) fn window(address: String, rule: RateLimitRule) -> Arc<SlidingWindow> {
    let mut windows = lock(&WINDOWS);
    if windows.len() >= MIN_RETAIN {
        let now = Instant::now();
        windows.retain(|_, window| Arc::strong_count(window) > 1 || !window.is_idle(now));
    }
    Arc::clone(windows.entry((address, rule)).or_insert_with(|| Arc::new(SlidingWindow::new(rule))))
}
