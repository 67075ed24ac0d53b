//! Limits of the vendors, as all processes count them together.

use api_rate_limit_redis::RedisRateLimitStore;
use dialog360_api::{RateLimits, StoreOutage};

use crate::arguments::Arguments;
use crate::connection_url::RATE_LIMITS;

/// Limits in a store.
pub(crate) struct SharedRateLimits {
    store: RedisRateLimitStore,
    /// Handle for both clients.
    pub(crate) limits: RateLimits,
}

impl SharedRateLimits {
    /// Connects to the store, if one is asked for.
    ///
    /// # Errors
    ///
    /// A message if the arguments contradict each other, or the store can't be used.
    pub(crate) async fn connect(arguments: &Arguments) -> Result<Option<Self>, String> {
        let Some(url) = RATE_LIMITS.url(arguments.fleet.rate_limits.as_deref())? else { return Ok(None) };
        if arguments.run.no_pacing {
            return Err("--no-pacing, and --rate-limits or ONBOARDING_RATE_LIMITS is given: choose one".to_owned());
        }
        let missing =
            "--rate-limits: give --processes NUMBER, too, by which the limits are divided while the store is away";
        let processes = arguments.fleet.processes.ok_or(missing)?;
        let store =
            RedisRateLimitStore::connect(url.expose()).await.map_err(|error| format!("--rate-limits: {error}"))?;
        let limits = RateLimits::shared(store.clone(), StoreOutage::Divide { processes });
        Ok(Some(Self { store, limits }))
    }

    /// Waits until the store knows the end of every call.
    pub(crate) async fn flush(&self) {
        self.store.flush().await;
    }
}
