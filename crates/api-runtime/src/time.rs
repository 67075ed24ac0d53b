use std::time::Duration;

use tokio::time::Instant;

/// About thirty years: nothing that waits so long is waited for.
const FAR_FUTURE: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// The point in time so much saturating_add. A vendor's header may name a time that no clock holds; it counts as far away.
pub(crate) fn saturating_add(now: Instant, by: Duration) -> Instant {
    now.checked_add(by).unwrap_or_else(|| now + FAR_FUTURE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_no_clock_holds_is_far_away() {
        let now = Instant::now();
        assert_eq!(saturating_add(now, Duration::from_secs(1)), now + Duration::from_secs(1));
        for by in [Duration::from_secs(u64::MAX), Duration::MAX] {
            assert_eq!(saturating_add(now, by), now + FAR_FUTURE);
        }
    }
}
