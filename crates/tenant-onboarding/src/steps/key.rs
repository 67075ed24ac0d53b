use dialog360_api::types::ChannelId;
use dialog360_api::{MessagingCredentials, RetryPolicy};
use zapsign_api::Secret;

use super::tenant_claim::TenantClaim;
use super::tenant_steps::Steps;
use crate::attempts::{CreateOutcome, Creation, ResourceState};
use crate::entry::Entry;
use crate::error::{ErrorKind, OnboardingError};
use crate::journal::Journal;
use crate::onboarding::Onboarding;
use crate::step_error::StepError;

impl<J: Journal> Steps<'_, J> {
    /// Makes sure that the channel has a key of this journal. A new key revokes all others, so it is created only if no
    /// key of another origin is in use.
    pub(super) async fn key(&mut self, channel: &ChannelId) -> Result<(), OnboardingError> {
        if self.progress.key.is_some() {
            return Ok(());
        }
        if self.progress.key_intent.is_none() && self.was_called_late::<KeyCreation<'_, J>>() {
            // What there is was created by a process that had lost the tenant.
            self.record(Entry::KeyIntent { before: Some(Vec::new()) }).await?;
        }
        let intent = self.progress.key_intent.clone();
        let created = self.progress.channel_created;
        // A key that existed before this journal's intent was created by another run.
        if intent.is_none() || !created {
            let mut keys = self.keys(channel).await;
            if intent.is_none() && !created && keys.as_ref().is_ok_and(Vec::is_empty) {
                // The run that created the channel may be about to create its key.
                self.claim.onboarding.attempts.wait(self.claim.onboarding.attempts.settle).await?;
                keys = self.keys(channel).await;
            }
            self.claim.onboarding.attempts.check_stop()?;
            // If this journal created the channel, an unreadable list is no evidence of another key.
            if !(created && keys.is_err()) {
                self.may_make_key(channel, intent.as_ref(), &keys)?;
            }
            if intent.is_none() {
                self.record(Entry::KeyIntent { before: keys.ok() }).await?;
            }
        }
        // A failed call may take effect later, and would then revoke a key that was created meanwhile.
        let state = if intent.is_some() { ResourceState::Unknown } else { ResourceState::Absent };
        let creation = KeyCreation { claim: self.claim, channel };
        let (credentials, _) = self.create(&creation, state).await?;
        let api_key = Secret::new(credentials.key.expose());
        self.record(Entry::Key { id: credentials.id, address: credentials.address, api_key }).await?;
        self.has_new_key = true;
        Ok(())
    }

    /// Lists the ids of the channel's keys; that of a key without one is empty.
    pub(super) async fn keys(&self, channel: &ChannelId) -> Result<Vec<String>, OnboardingError> {
        let Onboarding { dialog360, partner, attempts, .. } = self.claim.onboarding;
        let list = || async {
            let list = dialog360.list_channel_api_keys().partner_id(partner).channel_id(channel).send().await?;
            let keys = list.into_inner().api_keys;
            keys.ok_or_else(|| StepError::retryable("the answer holds no list of keys"))
        };
        let keys = attempts.read(list).await?;
        Ok(keys.into_iter().map(|key| key.id.unwrap_or_default()).collect())
    }

    fn may_make_key(
        &self,
        channel: &ChannelId,
        intent: Option<&Option<Vec<String>>>,
        keys: &Result<Vec<String>, OnboardingError>,
    ) -> Result<(), OnboardingError> {
        let in_use = match (intent, keys) {
            (Some(Some(before)), Ok(now)) => {
                // A key that appeared after the intent is this journal's, and its value is unknown to all.
                let appeared = now.iter().any(|id| !id.is_empty() && !before.contains(id));
                !before.is_empty() && !appeared
            }
            (Some(Some(before)), Err(_)) => !before.is_empty(),
            (_, Ok(now)) => !now.is_empty(),
            (_, Err(_)) => true,
        };
        if !in_use || self.claim.onboarding.rotate_keys {
            return Ok(());
        }
        let message = match keys {
            Ok(_) => format!(
                "channel {channel} has a key that is not of this journal, and a new one would revoke it; allow that with --rotate-keys"
            ),
            Err(error) => format!(
                "the keys of channel {channel} can't be listed, and a new one would revoke any; allow that with --rotate-keys ({error})"
            ),
        };
        let in_use = OnboardingError::new(ErrorKind::KeyInUse, message);
        Err(match keys {
            // The list may be readable later.
            Err(error) if error.is_retryable() => in_use.passing(error.retry_after()),
            _ => in_use,
        })
    }
}

/// Creation of a key. The last key recorded is the valid one, so a key whose response was lost is not looked up.
struct KeyCreation<'a, J> {
    claim: TenantClaim<'a, J>,
    channel: &'a ChannelId,
}

impl<J: Journal> Creation for KeyCreation<'_, J> {
    type Thing = MessagingCredentials;
    const OPERATION: &'static str = "create_channel_api_key";

    async fn look(&self) -> Result<Option<MessagingCredentials>, StepError> {
        Ok(None)
    }

    async fn create(&self) -> Result<CreateOutcome<MessagingCredentials>, StepError> {
        let Onboarding { dialog360, partner, .. } = self.claim.onboarding;
        let call = dialog360.create_channel_api_key().partner_id(partner).channel_id(self.channel);
        let created = call.retry(RetryPolicy::never()).send_if(self.claim.send_check()).send().await?;
        let credentials = MessagingCredentials::from_response(&created);
        credentials.map(CreateOutcome::Created).map_err(|_| StepError::retryable("the answer holds no key"))
    }
}
