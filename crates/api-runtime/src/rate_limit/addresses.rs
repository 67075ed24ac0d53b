//! Windows of the limits that are counted by address. They outlive the clients that share them.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use tokio::time::Instant;

use super::sliding_window::{MIN_RETAIN, SlidingWindow, lock};
use crate::operation::RateLimitRule;

/// By address and rule.
type Windows = HashMap<(String, RateLimitRule), Arc<SlidingWindow>>;

static WINDOWS: LazyLock<Mutex<Windows>> = LazyLock::new(Mutex::default);

/// Returns the window that all clients of this process share.
pub(super) fn window(address: String, rule: RateLimitRule) -> Arc<SlidingWindow> {
    let mut windows = lock(&WINDOWS);
    if windows.len() >= MIN_RETAIN {
        let now = Instant::now();
        windows.retain(|_, window| Arc::strong_count(window) > 1 || !window.is_idle(now));
    }
    Arc::clone(windows.entry((address, rule)).or_insert_with(|| Arc::new(SlidingWindow::new(rule))))
}
