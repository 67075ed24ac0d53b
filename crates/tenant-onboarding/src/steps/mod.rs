//! Steps of one tenant. Each makes sure that one resource exists, once.

mod account;
mod client;
mod key;
mod late_entries;
mod number;
mod ownership;
mod tenant_claim;
mod tenant_steps;
mod verification;
mod webhook;

pub(crate) use tenant_claim::TenantClaim;
pub(crate) use tenant_steps::Steps;

use crate::error::OnboardingError;
use crate::journal::Journal;

impl<J: Journal> Steps<'_, J> {
    /// Runs the remaining steps.
    pub(crate) async fn run(mut self) -> Result<(), OnboardingError> {
        self.claim.onboarding.attempts.check_stop()?;
        self.begin().await?;
        let client = self.client().await.map_err(|error| error.in_step("client"))?;
        let channel = self.number(&client).await.map_err(|error| error.in_step("number"))?;
        self.key(&channel).await.map_err(|error| error.in_step("messaging key"))?;
        self.webhook().await.map_err(|error| error.in_step("messaging webhook"))?;
        self.account().await.map_err(|error| error.in_step("account"))?;
        self.verify(&client, &channel).await.map_err(|error| error.in_step("verification"))
    }
}
