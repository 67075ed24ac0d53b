use crate::attempts::CreationGuard;
use crate::entry::{Entry, Resource};
use crate::error::OnboardingError;
use crate::journal::Journal;
use crate::journal_error::JournalError;
use crate::lease::Lease;
use crate::onboarding::Onboarding;

/// Tenant that this process has claimed in the journal.
pub(crate) struct TenantClaim<'a, J> {
    pub(crate) onboarding: &'a Onboarding<J>,
    pub(crate) identity: &'a str,
    pub(crate) lease: &'a Lease,
}

impl<J> Clone for TenantClaim<'_, J> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<J> Copy for TenantClaim<'_, J> {}

impl<'a, J: Journal> TenantClaim<'a, J> {
    /// Writes an entry. The error names the response that could not be recorded.
    pub(super) async fn record(self, entry: &Entry) -> Result<(), OnboardingError> {
        let Err(fault) = self.onboarding.journal.record(self.identity, entry).await else { return Ok(()) };
        let fault = self.onboarding.stop_if_broken(fault);
        let answer = entry.answer();
        let told = match (&fault, answer) {
            (JournalError::Held { .. }, _) | (_, None) => String::new(),
            (JournalError::Fenced, Some(answer)) => format!("; the journal keeps this answer for it: {answer}"),
            (_, Some(answer)) => format!("; this answer could not be written: {answer}"),
        };
        let error = OnboardingError::from(fault);
        Err(if told.is_empty() { error } else { OnboardingError::new(error.kind(), format!("{error}{told}")) })
    }

    /// Returns the check that a call needs to be sent: that the tenant is still this process's.
    pub(super) fn send_check(self) -> impl Fn() -> bool + Send + Sync + 'static {
        let lease = self.lease.clone();
        move || lease.may_send()
    }

    /// Returns the tenant that has a resource.
    pub(super) async fn holder(self, resource: &Resource) -> Result<Option<String>, JournalError> {
        let holder = self.onboarding.journal.holder(resource).await;
        holder.map_err(|fault| self.onboarding.stop_if_broken(fault))
    }

    /// Keeps the resources that no other tenant of the journal has.
    pub(super) async fn unheld<T>(
        self,
        found: Vec<T>,
        resource: impl Fn(&T) -> Resource,
    ) -> Result<Vec<T>, JournalError> {
        let mut free = Vec::new();
        for thing in found {
            let holder = self.holder(&resource(&thing)).await?;
            if holder.is_none_or(|holder| holder == self.identity) {
                free.push(thing);
            }
        }
        Ok(free)
    }
}

impl<J: Journal> CreationGuard for TenantClaim<'_, J> {
    async fn renew_lease(&self) -> Result<(), JournalError> {
        if self.lease.may_send() {
            return Ok(());
        }
        let renewed = self.onboarding.journal.renew(self.identity).await;
        renewed.map_err(|fault| self.onboarding.stop_if_broken(fault))
    }

    async fn record_doubt(&self, operation: &str) -> Result<(), OnboardingError> {
        self.record(&Entry::Doubt { operation: operation.to_owned() }).await
    }
}
