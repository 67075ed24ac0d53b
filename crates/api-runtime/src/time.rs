//! Arithmetic on points in time.

use std::time::Duration;

use tokio::time::Instant;

/// Time to the latest point in time that is used: 30 years, longer than any call lasts.
const FAR_FUTURE: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// Returns `now + duration`, or a time 30 years away if that is later: a server's header may hold any number. An interval of
/// a rate limit can be added to the sum.
pub(crate) fn saturating_add(now: Instant, duration: Duration) -> Instant {
    now + duration.min(FAR_FUTURE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_that_is_out_of_range_is_far_in_the_future() {
        let now = Instant::now();
        assert_eq!(saturating_add(now, Duration::from_secs(1)), now + Duration::from_secs(1));
        // The longest that a point in time holds, less some years.
        let almost = Duration::from_secs(i64::MAX as u64) - FAR_FUTURE;
        for duration in [almost, Duration::from_secs(u64::MAX), Duration::MAX] {
            assert_eq!(saturating_add(now, duration), now + FAR_FUTURE);
        }
    }
}
