//! Clients of both vendors.

use std::time::Duration;

use dialog360_api::types::PartnerId;
use dialog360_api::{RateLimits, RetryPolicy, Secret};
use tenant_onboarding::{Journal, Onboarding};

use crate::arguments::Arguments;
use crate::credentials::Credentials;

/// Longest time for one attempt of a call, as the clients have it by default.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);

/// Clients of both vendors.
pub(crate) struct Vendors {
    dialog360: dialog360_api::Client,
    partner: PartnerId,
    zapsign: zapsign_api::Client,
    calls: CallSettings,
    zapsign_url: Option<String>,
    owner: Option<(String, Secret)>,
}

/// Settings of all calls.
#[derive(Clone)]
struct CallSettings {
    retry: RetryPolicy,
    time_limit: Duration,
    attempt_timeout: Duration,
    pacing: bool,
    rate_limits: Option<RateLimits>,
}

impl Vendors {
    /// Creates the clients. With `rate_limits`, the limits are counted there.
    ///
    /// # Errors
    ///
    /// A message if an address or the partner's id is invalid.
    pub(crate) fn new(
        credentials: Credentials,
        arguments: &Arguments,
        rate_limits: Option<RateLimits>,
    ) -> Result<Self, String> {
        let Credentials { key, partner, token, owner, dialog360_url, zapsign_url } = credentials;
        let options = &arguments.run;
        // Calls that only read have no effect, so the clients may repeat them.
        let retry = RetryPolicy::default().max_attempts(options.attempts.max(1));
        // Half of a lease must be longer than an attempt.
        let attempt_timeout = arguments.fleet.lease.map(|lease| Duration::from_secs(lease) / 3);
        let calls = CallSettings {
            retry: retry.initial_backoff(Duration::from_millis(options.pause)),
            time_limit: Duration::from_secs(options.max_wait),
            attempt_timeout: attempt_timeout.map_or(ATTEMPT_TIMEOUT, |timeout| timeout.min(ATTEMPT_TIMEOUT)),
            pacing: !options.no_pacing,
            rate_limits,
        };
        let dialog360 = calls.dialog360(dialog360_api::Client::builder().api_key(key), dialog360_url.as_deref());
        let zapsign = calls.zapsign(zapsign_api::Client::builder().api_token(token), zapsign_url.as_deref());
        Ok(Self {
            dialog360: dialog360.map_err(|error| format!("360dialog: {error}"))?,
            partner: PartnerId::new(partner).map_err(|fault| format!("the partner's id: {fault}"))?,
            zapsign: zapsign.map_err(|error| format!("zapsign: {error}"))?,
            calls,
            zapsign_url,
            owner,
        })
    }

    /// Creates the onboarding over a journal.
    pub(crate) fn onboarding<J: Journal>(self, arguments: &Arguments, journal: J, settle: Duration) -> Onboarding<J> {
        let Self { dialog360, partner, zapsign, calls, zapsign_url, owner } = self;
        let options = &arguments.run;
        let mut onboarding = Onboarding::new(dialog360, partner, zapsign, &options.solution_id, journal)
            .max_attempts(options.attempts)
            .initial_backoff(Duration::from_millis(options.pause))
            .settle(settle)
            .max_wait(Duration::from_secs(options.max_wait))
            .rotate_keys(options.rotate_keys)
            .adopt(&options.adopt);
        if let Some((owner, password)) = owner {
            onboarding = onboarding.account_login(move |organization| {
                let builder = zapsign_api::Client::builder().login(organization, &owner, password.clone());
                calls.zapsign(builder, zapsign_url.as_deref())
            });
        }
        if let Some(url) = &options.messaging_url {
            onboarding = onboarding.messaging_url(url);
        }
        onboarding
    }
}

impl CallSettings {
    fn dialog360(
        &self,
        builder: dialog360_api::ClientBuilder,
        url: Option<&str>,
    ) -> Result<dialog360_api::Client, dialog360_api::BuildError> {
        let mut builder = builder.retry(self.retry.clone()).time_limit(self.time_limit);
        builder = builder.attempt_timeout(self.attempt_timeout).rate_limiting(self.pacing);
        if let Some(limits) = &self.rate_limits {
            builder = builder.rate_limits(limits.clone());
        }
        url.into_iter().fold(builder, |builder, url| builder.base_url(url)).build()
    }

    fn zapsign(
        &self,
        builder: zapsign_api::ClientBuilder,
        url: Option<&str>,
    ) -> Result<zapsign_api::Client, zapsign_api::BuildError> {
        let mut builder = builder.retry(self.retry.clone()).time_limit(self.time_limit);
        builder = builder.attempt_timeout(self.attempt_timeout).rate_limiting(self.pacing);
        if let Some(limits) = &self.rate_limits {
            builder = builder.rate_limits(limits.clone());
        }
        url.into_iter().fold(builder, |builder, url| builder.base_url(url)).build()
    }
}
