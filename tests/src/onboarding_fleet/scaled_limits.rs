//! Published limits of the vendors, scaled, so that a run of minutes is as one of hours.

use std::sync::Arc;
use std::time::Duration;

use api_runtime::{Operation, RateLimitRule, RateLimitStore, Settlement, SlotRequest, StoreFuture, TakenSlots};
use api_sandbox::RateLimit;
use dialog360_api::operations;

/// Name of ZapSign's API, whose operations share a limit.
const SHARED: &str = "zapsign";
/// Limit that all operations of ZapSign share, as it is published, and scaled.
const PUBLISHED: (u32, u32) = (500, 60);
const SCALED: (u32, u32) = (40, 2);

/// Operations of an onboarding that have a limit of their own.
const LIMITED: [&Operation; 2] = [&operations::CREATE_CLIENT, &operations::CREATE_CHANNEL_API_KEY];

/// Returns a published limit, scaled: requests and seconds. Seconds are whole, so a short window becomes one second.
fn scaled(requests: u32, per_seconds: u32) -> (u32, u32) {
    if (requests, per_seconds) == PUBLISHED {
        return SCALED;
    }
    (requests, (per_seconds * SCALED.1 / PUBLISHED.1).max(1))
}

/// Returns the scaled limits by the name of the API or the operation.
pub(super) fn scaled_limits() -> Vec<(&'static str, u32, u32)> {
    let own = LIMITED.into_iter().flat_map(|operation| {
        operation.rate_limits.iter().map(|rule| {
            let (requests, per_seconds) = scaled(rule.requests, rule.per_seconds);
            (operation.id, requests, per_seconds)
        })
    });
    [(SHARED, SCALED.0, SCALED.1)].into_iter().chain(own).collect()
}

/// Returns the scaled limits as the vendor enforces them.
pub(super) fn vendor_limits() -> impl Iterator<Item = RateLimit> {
    let limit = |(name, requests, seconds): (&str, u32, u32)| {
        RateLimit::new(name, requests, Duration::from_secs(seconds.into()))
    };
    scaled_limits().into_iter().map(limit)
}

/// Store that counts against the scaled limits, because the tables of the clients have the published ones.
pub(super) struct ScaledStore<S>(S);

impl<S> ScaledStore<S> {
    pub(super) fn new(store: S) -> Self {
        Self(store)
    }
}

impl<S: RateLimitStore> RateLimitStore for ScaledStore<S> {
    fn take<'s>(&'s self, attempt: &'s SlotRequest) -> StoreFuture<'s, TakenSlots> {
        Box::pin(async move { self.0.take(&scaled_request(attempt)).await })
    }

    fn settle(&self, attempt: Arc<SlotRequest>, settlement: Settlement) {
        self.0.settle(Arc::new(scaled_request(&attempt)), settlement);
    }
}

fn scaled_request(attempt: &SlotRequest) -> SlotRequest {
    let mut attempt = attempt.clone();
    for window in &mut attempt.windows {
        let rule: &mut RateLimitRule = &mut Arc::make_mut(window).rule;
        (rule.requests, rule.per_seconds) = scaled(rule.requests, rule.per_seconds);
    }
    attempt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_that_an_onboarding_meets_is_scaled() {
        let expected = [("zapsign", 40, 2), ("create_client", 1, 1), ("create_channel_api_key", 1, 1)];
        assert_eq!(scaled_limits(), expected);
        assert_eq!((scaled(1, 30), scaled(60, 60), scaled(400, 90)), ((1, 1), (60, 2), (400, 3)));
    }
}
