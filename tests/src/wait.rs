//! Wait for something that happens at some time, on a slow machine too.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// Time after which something that has not happened is taken for something that never will.
pub const HANG_TIMEOUT: Duration = Duration::from_secs(60);

/// Waits for something that happens at some time.
///
/// # Panics
///
/// If it does not happen within a minute.
pub fn wait_until(what: &str, mut is_true: impl FnMut() -> bool) {
    let end = Instant::now() + HANG_TIMEOUT;
    while !is_true() {
        assert!(Instant::now() < end, "waited in vain until {what}");
        sleep(Duration::from_millis(10));
    }
}
