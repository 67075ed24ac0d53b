//! Published limits of the vendors, scaled, so that a run of minutes is as one of hours.

use std::time::Duration;

use api_runtime::{Operation, RateLimitRule};
use api_sandbox::RateLimit;
use dialog360_api::operations;

/// Name of ZapSign's API, whose operations share a limit.
const SHARED: &str = "zapsign";
/// Limit that all operations of ZapSign share, as it is published, and scaled.
const PUBLISHED: (u32, u32) = (500, 60);
const SCALED: (u32, u32) = (40, 2);

/// Operations of an onboarding that have a limit of their own.
const LIMITED: [&Operation; 2] = [&operations::CREATE_CLIENT, &operations::CREATE_CHANNEL_API_KEY];

/// Returns a published limit, scaled. Seconds are whole, so a short window becomes one second.
pub(super) fn scaled(published: RateLimitRule) -> RateLimitRule {
    let (requests, per_seconds) = match (published.requests, published.per_seconds) {
        PUBLISHED => SCALED,
        (requests, per_seconds) => (requests, (per_seconds * SCALED.1 / PUBLISHED.1).max(1)),
    };
    RateLimitRule { requests, per_seconds, scope: published.scope }
}

/// Returns the scaled limits by the name of the API or the operation.
pub(super) fn scaled_limits() -> Vec<(&'static str, u32, u32)> {
    let own = LIMITED.into_iter().flat_map(|operation| {
        operation.rate_limits.iter().map(|rule| {
            let RateLimitRule { requests, per_seconds, .. } = scaled(*rule);
            (operation.id, requests, per_seconds)
        })
    });
    [(SHARED, SCALED.0, SCALED.1)].into_iter().chain(own).collect()
}

/// Returns the length of the longest window.
pub(super) fn longest_window() -> Duration {
    let longest = scaled_limits().into_iter().map(|(_, _, seconds)| seconds).max();
    Duration::from_secs(longest.unwrap_or_default().into())
}

/// Returns the scaled limits as the vendor enforces them.
pub(super) fn vendor_limits() -> impl Iterator<Item = RateLimit> {
    let limit = |(name, requests, seconds): (&str, u32, u32)| {
        RateLimit::new(name, requests, Duration::from_secs(seconds.into()))
    };
    scaled_limits().into_iter().map(limit)
}

#[cfg(test)]
mod tests {
    use api_runtime::RateLimitScope;

    use super::*;

    #[test]
    fn every_limit_that_an_onboarding_meets_is_scaled() {
        let expected = [("zapsign", 40, 2), ("create_client", 1, 1), ("create_channel_api_key", 1, 1)];
        assert_eq!(scaled_limits(), expected);
        let scope = RateLimitScope::Credential;
        let scaled = |requests, per_seconds| scaled(RateLimitRule { requests, per_seconds, scope }).per_seconds;
        assert_eq!((scaled(1, 30), scaled(60, 60), scaled(400, 90)), (1, 2, 3));
    }
}
