use std::future::Future;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use tokio::time::{Instant, sleep};

/// Delay after the first failed attempt at most; it doubles with each.
const FIRST_DELAY: Duration = Duration::from_millis(50);
/// Longest delay, so that the end of an outage is seen soon.
const LONGEST_DELAY: Duration = Duration::from_secs(3);

/// Repeats an attempt until it succeeds, or fails for a lasting reason, or the longest outage is over.
///
/// # Errors
///
/// The error of the last attempt.
pub(super) async fn repeat<T, E, F>(
    longest_outage: Duration,
    is_passing: impl Fn(&E) -> bool,
    attempt: impl Fn() -> F,
) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    let began = Instant::now();
    let backoff = ExponentialBuilder::default().with_min_delay(FIRST_DELAY).with_max_delay(LONGEST_DELAY);
    for delay in backoff.without_max_times().build() {
        match attempt().await {
            Err(error) if is_passing(&error) => {
                let left = longest_outage.saturating_sub(began.elapsed());
                if left.is_zero() {
                    return Err(error);
                }
                // Processes that lost their connections at once must not all come back at once.
                sleep(delay.mul_f64(fastrand::f64()).min(left)).await;
            }
            outcome => return outcome,
        }
    }
    // Not reached: the back-off does not end.
    attempt().await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_a_passing_error_is_repeated_and_not_for_ever() {
        let attempts = AtomicU32::new(0);
        let attempt = |outcome: fn(u32) -> Result<u32, u32>| {
            attempts.store(0, Ordering::Relaxed);
            let attempts = &attempts;
            repeat(
                Duration::from_secs(60),
                |error| *error < 100,
                move || async move { outcome(attempts.fetch_add(1, Ordering::Relaxed)) },
            )
        };
        assert_eq!(attempt(|number| if number < 5 { Err(number) } else { Ok(number) }).await, Ok(5));
        assert_eq!(attempt(|number| Err(number + 98)).await, Err(100));
        let began = Instant::now();
        assert!(attempt(|_| Err(0)).await.is_err());
        assert_eq!(began.elapsed(), Duration::from_secs(60));
        assert!(attempts.load(Ordering::Relaxed) >= 20, "{attempts:?}");
    }
}
