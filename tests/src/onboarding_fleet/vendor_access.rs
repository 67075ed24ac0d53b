//! Access of the processes to both vendors, which are one sandbox.

use std::time::Duration;

use api_runtime::{RateLimits, RetryPolicy};
use api_sandbox::Sandbox;
use dialog360_api::types::PartnerId;
use serde::{Deserialize, Serialize};
use tenant_onboarding::{Journal, Onboarding};
use zapsign_api::types::OrganizationId;

use super::settings::ProcessTimes;

/// Meta's id of the solution through which the numbers are shared.
const SOLUTION: &str = "100000000000001";

/// Address and credentials. They are told over a pipe, because others can read the arguments of a process.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct VendorAccess {
    pub(super) url: String,
    pub(super) partner_id: String,
    pub(super) api_key: String,
    pub(super) api_token: String,
    pub(super) owner: String,
    pub(super) owner_password: String,
}

/// Settings of the clients of one process.
#[derive(Clone)]
pub(super) struct ClientSettings {
    /// `None` if the clients keep no limit.
    pub(super) limits: Option<RateLimits>,
    /// HTTP client in the place of the one that the clients make.
    pub(super) http: Option<reqwest::Client>,
    pub(super) attempt_timeout: Duration,
    pub(super) initial_backoff: Duration,
    /// `User-Agent`, by which the vendor's record tells the processes apart.
    pub(super) name: String,
}

/// Applies the settings to a builder of either client.
macro_rules! configured {
    ($builder:expr, $url:expr, $settings:expr) => {{
        let settings: &ClientSettings = $settings;
        let retry = RetryPolicy::default().initial_backoff(settings.initial_backoff);
        let builder = $builder.base_url($url).user_agent(settings.name.as_str()).retry(retry);
        let builder = builder.attempt_timeout(settings.attempt_timeout);
        let builder = match &settings.limits {
            Some(limits) => builder.rate_limits(limits.clone()),
            None => builder.rate_limiting(false),
        };
        match &settings.http {
            Some(http) => builder.danger_http_client(http.clone()),
            None => builder,
        }
    }};
}

impl ClientSettings {
    /// Returns settings without limits.
    pub(super) fn new(name: impl Into<String>, times: &ProcessTimes) -> Self {
        Self {
            limits: None,
            http: None,
            attempt_timeout: times.attempt_timeout,
            initial_backoff: times.initial_backoff,
            name: name.into(),
        }
    }
}

impl VendorAccess {
    /// Returns the access of a sandbox's partner.
    pub(super) fn of(sandbox: &Sandbox) -> Self {
        let credentials = sandbox.credentials();
        Self {
            url: sandbox.url().to_owned(),
            partner_id: credentials.partner_id.clone(),
            api_key: credentials.api_key.clone(),
            api_token: credentials.api_token.clone(),
            owner: credentials.owner.clone(),
            owner_password: credentials.owner_password.clone(),
        }
    }

    pub(super) fn partner(&self) -> PartnerId {
        PartnerId::new(self.partner_id.as_str()).expect("an id")
    }

    pub(super) fn dialog360(&self, settings: &ClientSettings) -> dialog360_api::Client {
        let builder = dialog360_api::Client::builder().api_key(self.api_key.as_str());
        configured!(builder, self.url.as_str(), settings).build().expect("it builds")
    }

    /// Returns a client of the account with this token.
    pub(super) fn zapsign(&self, token: &str, settings: &ClientSettings) -> zapsign_api::Client {
        let builder = zapsign_api::Client::builder().api_token(token);
        configured!(builder, self.url.as_str(), settings).build().expect("it builds")
    }

    /// Returns a client that logs in to an account as its owner.
    ///
    /// # Errors
    ///
    /// As the builder of a client.
    pub(super) fn login(
        &self,
        account: OrganizationId,
        settings: &ClientSettings,
    ) -> Result<zapsign_api::Client, zapsign_api::BuildError> {
        let builder = zapsign_api::Client::builder().login(account, self.owner.as_str(), self.owner_password.as_str());
        configured!(builder, self.url.as_str(), settings).build()
    }

    /// Returns an onboarding with this journal.
    pub(super) fn onboarding<J: Journal>(
        &self,
        journal: J,
        settings: &ClientSettings,
        times: &ProcessTimes,
    ) -> Onboarding<J> {
        let (dialog360, zapsign) = (self.dialog360(settings), self.zapsign(&self.api_token, settings));
        let (access, login) = (self.clone(), settings.clone());
        Onboarding::new(dialog360, self.partner(), zapsign, SOLUTION, journal)
            .account_login(move |account| access.login(account, &login))
            .settle(times.settle)
            .initial_backoff(times.initial_backoff)
    }
}
