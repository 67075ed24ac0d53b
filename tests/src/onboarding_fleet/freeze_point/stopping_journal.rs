use std::sync::Arc;
use std::time::Duration;

use tenant_onboarding::{
    Claim, ClaimedTenants, Entry, Journal, JournalError, OnboardingError, Resource, SharedListing, TenantQueue,
};

use super::gate::FreezeGate;
use super::point::FreezePoint;

/// Journal that stands still at a point of its calls.
pub(in crate::onboarding_fleet) struct StoppingJournal<J> {
    journal: J,
    gate: Arc<FreezeGate>,
}

impl<J> StoppingJournal<J> {
    pub(in crate::onboarding_fleet) fn new(journal: J, gate: Arc<FreezeGate>) -> Self {
        Self { journal, gate }
    }
}

impl<J: Journal> Journal for StoppingJournal<J> {
    async fn begin(&self, tenant: &str) -> Result<Claim, JournalError> {
        let claim = self.journal.begin(tenant).await?;
        self.gate.pass(FreezePoint::AfterClaim);
        Ok(claim)
    }

    async fn record(&self, tenant: &str, entry: &Entry) -> Result<(), JournalError> {
        self.gate.pass_before_entry(entry);
        self.journal.record(tenant, entry).await?;
        self.gate.pass_after_entry(entry);
        Ok(())
    }

    async fn holder(&self, resource: &Resource) -> Result<Option<String>, JournalError> {
        self.journal.holder(resource).await
    }

    async fn renew(&self, tenant: &str) -> Result<(), JournalError> {
        self.journal.renew(tenant).await
    }

    async fn end(&self, tenant: &str, result: &Result<(), OnboardingError>) -> Result<(), JournalError> {
        self.gate.pass(FreezePoint::BeforeEnd);
        self.journal.end(tenant, result).await
    }

    async fn listing(&self, max_age: Duration) -> Result<SharedListing, JournalError> {
        self.journal.listing(max_age).await
    }

    async fn share_listing(&self, text: &str, age: Duration) -> Result<(), JournalError> {
        self.journal.share_listing(text, age).await
    }
}

impl<J: TenantQueue> TenantQueue for StoppingJournal<J> {
    async fn claim(&self, most: usize) -> Result<ClaimedTenants, JournalError> {
        let claimed = self.journal.claim(most).await?;
        if !claimed.tenants.is_empty() {
            self.gate.pass(FreezePoint::AfterClaim);
        }
        Ok(claimed)
    }
}
