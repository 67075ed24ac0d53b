use std::time::Duration;

use tokio::time::Instant;

/// About thirty years: nothing that waits so long is waited for.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// The point in time so much later. A vendor's header may name a time that no clock holds; it counts as far away.
pub(crate) fn later(now: Instant, by: Duration) -> Instant {
    now.checked_add(by).unwrap_or_else(|| now + FAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_no_clock_holds_is_far_away() {
        let now = Instant::now();
        assert_eq!(later(now, Duration::from_secs(1)), now + Duration::from_secs(1));
        for by in [Duration::from_secs(u64::MAX), Duration::MAX] {
            assert_eq!(later(now, by), now + FAR);
        }
    }
}
