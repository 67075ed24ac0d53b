use dialog360_api::types::ChannelId;
use dialog360_api::{MessagingCredentials, RetryPolicy};
use zapsign_api::Secret;

use super::Steps;
use crate::attempts::{CreateOutcome, Creation, ResourceState};
use crate::entry::Entry;
use crate::error::{ErrorKind, OnboardingError};
use crate::journal::Journal;
use crate::onboarding::Onboarding;
use crate::step_error::StepError;

impl<J: Journal> Steps<'_, J> {
    /// A new key revokes every other, so it is made only where none is in use that this journal did not make.
    pub(super) async fn key(&mut self, channel: &ChannelId) -> Result<(), OnboardingError> {
        if self.progress.key.is_some() {
            return Ok(());
        }
        let intent = self.progress.key_intent.clone();
        let created = self.progress.channel_created;
        // Before this journal asked for a key, one that is there was made by another run.
        if intent.is_none() || !created {
            let mut keys = self.keys(channel).await;
            if intent.is_none() && !created && keys.as_ref().is_ok_and(Vec::is_empty) {
                // Whoever created the channel may be about to make its key.
                self.onboarding.attempts.wait(self.onboarding.attempts.settle).await?;
                keys = self.keys(channel).await;
            }
            self.onboarding.attempts.check_stop()?;
            // A list that can't be read says nothing of a channel that this journal created.
            if !(created && keys.is_err()) {
                self.may_make_key(channel, intent.as_ref(), &keys)?;
            }
            if intent.is_none() {
                self.record(Entry::KeyIntent { before: keys.ok() }).await?;
            }
        }
        // A call that broke off may take effect later, and would then revoke a key that was made meanwhile.
        let state = if intent.is_some() { ResourceState::Unknown } else { ResourceState::Absent };
        let creation = KeyCreation { onboarding: self.onboarding, channel };
        let credentials = self.create(&creation, state).await?;
        let api_key = Secret::new(credentials.key.expose());
        self.record(Entry::Key { address: credentials.address, api_key }).await
    }

    /// Ids of the channel's keys. One without an id has the empty one.
    async fn keys(&self, channel: &ChannelId) -> Result<Vec<String>, OnboardingError> {
        let Onboarding { dialog360, partner, attempts, .. } = self.onboarding;
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
                // What appeared after the intent is its own, known to nobody.
                let appeared = now.iter().any(|id| !id.is_empty() && !before.contains(id));
                !before.is_empty() && !appeared
            }
            (Some(Some(before)), Err(_)) => !before.is_empty(),
            (_, Ok(now)) => !now.is_empty(),
            (_, Err(_)) => true,
        };
        if !in_use || self.onboarding.rotate_keys {
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
        Err(OnboardingError::new(ErrorKind::KeyInUse, message))
    }
}

/// The key that was written down last is the one that works, so one whose answer was lost is not looked for.
struct KeyCreation<'a, J> {
    onboarding: &'a Onboarding<J>,
    channel: &'a ChannelId,
}

impl<J: Journal> Creation for KeyCreation<'_, J> {
    type Thing = MessagingCredentials;
    const OPERATION: &'static str = "create_channel_api_key";

    async fn look(&self) -> Result<Option<MessagingCredentials>, StepError> {
        Ok(None)
    }

    async fn create(&self) -> Result<CreateOutcome<MessagingCredentials>, StepError> {
        let Onboarding { dialog360, partner, .. } = self.onboarding;
        let call = dialog360.create_channel_api_key().partner_id(partner).channel_id(self.channel);
        let created = call.retry(RetryPolicy::never()).send().await?;
        let credentials = created.messaging_credentials();
        credentials.map(CreateOutcome::Created).ok_or_else(|| StepError::retryable("the answer holds no key"))
    }
}
