use dialog360_api::{MessagingCredentials, SetWebhookError};

use super::tenant_steps::Steps;
use crate::entry::Entry;
use crate::error::{ErrorKind, OnboardingError};
use crate::journal::Journal;
use crate::step_error::StepError;

impl<J: Journal> Steps<'_, J> {
    /// Sets the number's messaging webhook, if the tenant has one that was not set with the last key.
    pub(super) async fn webhook(&mut self) -> Result<(), OnboardingError> {
        let url = self.tenant.messaging_webhook_url.trim();
        let Some((address, key)) = &self.progress.key else { return Ok(()) };
        if url.is_empty() || self.progress.webhook.as_deref() == Some(url) {
            return Ok(());
        }
        let address = self.claim.onboarding.messaging_url.clone().or_else(|| address.clone());
        let credentials = MessagingCredentials::new(address, key.clone());
        let set = || async { Ok(credentials.set_webhook(url).await?) };
        self.claim.onboarding.attempts.read(set).await?;
        self.record(Entry::Webhook { url: url.to_owned() }).await
    }
}

impl From<SetWebhookError> for StepError {
    fn from(error: SetWebhookError) -> Self {
        match error {
            SetWebhookError::Call(error) => error.into(),
            other => OnboardingError::new(ErrorKind::Failed, other.to_string()).into(),
        }
    }
}
