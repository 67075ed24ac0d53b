//! Verification of a tenant for which a process called a vendor although it had lost the tenant: there must be one of
//! everything.

use dialog360_api::types::{ChannelId, ClientId};

use super::account::AccountCreation;
use super::client::ClientCreation;
use super::number::NumberCreation;
use super::ownership::same;
use super::tenant_steps::Steps;
use crate::attempts::{Creation, CreationGuard as _};
use crate::entry::Entry;
use crate::error::{ErrorKind, OnboardingError};
use crate::journal::Journal;

impl<J: Journal> Steps<'_, J> {
    /// Looks every resource of the tenant up again, if there are late entries. What a late entry has and the journal lacks is
    /// recorded.
    pub(super) async fn verify(&mut self, client: &ClientId, channel: &ChannelId) -> Result<(), OnboardingError> {
        if self.late.is_empty() {
            return Ok(());
        }
        // The call of the other process may still take effect.
        let attempts = &self.claim.onboarding.attempts;
        attempts.wait(attempts.settle).await?;
        self.claim.renew_lease().await?;
        self.verify_client(client).await?;
        self.verify_number(client, channel).await?;
        self.verify_account().await?;
        self.verify_key(channel).await
    }

    async fn verify_client(&self, client: &ClientId) -> Result<(), OnboardingError> {
        let late = self.late.iter().filter_map(|entry| match entry {
            Entry::Client { client_id } => Some(client_id.to_string()),
            _ => None,
        });
        same(&self.claim.onboarding.adopt, "client", client.as_str(), late)?;
        let email = self.progress.client_intent.as_deref().unwrap_or(&self.tenant.email);
        let creation = ClientCreation { claim: self.claim, name: &self.tenant.name, email };
        same(
            &self.claim.onboarding.adopt,
            "client",
            client.as_str(),
            self.look(&creation).await?.map(|found| found.to_string()),
        )
    }

    async fn verify_number(&self, client: &ClientId, channel: &ChannelId) -> Result<(), OnboardingError> {
        let late = self.late.iter().filter_map(|entry| match entry {
            Entry::Number { channel_id, .. } => Some(channel_id.to_string()),
            _ => None,
        });
        same(&self.claim.onboarding.adopt, "channel", channel.as_str(), late)?;
        let creation = NumberCreation { claim: self.claim, tenant: self.tenant, client };
        same(
            &self.claim.onboarding.adopt,
            "channel",
            channel.as_str(),
            self.look(&creation).await?.map(|found| found.to_string()),
        )
    }

    async fn verify_account(&mut self) -> Result<(), OnboardingError> {
        let Some(account) = self.progress.account else { return Ok(()) };
        let late = self.late.iter().filter_map(|entry| match entry {
            Entry::Account { account_id, .. } | Entry::AccountByLogin { account_id } => Some(account_id.to_string()),
            _ => None,
        });
        same(&self.claim.onboarding.adopt, "account", &account.to_string(), late)?;
        let creation = AccountCreation { claim: self.claim, tenant: self.tenant };
        let found = self.look(&creation).await?.map(|(id, _)| id.to_string());
        same(&self.claim.onboarding.adopt, "account", &account.to_string(), found)?;
        if !self.progress.by_login {
            return Ok(());
        }
        match self.late_token(account) {
            Some(api_token) => self.record(Entry::Account { account_id: account, api_token }).await,
            None => self.record_late_bodies().await,
        }
    }

    /// Checks that the recorded key is the valid one. If another process replaced it, the journal gets the valid one if its
    /// value is known, and an operator is told, because whoever uses the recorded one is cut off.
    async fn verify_key(&mut self, channel: &ChannelId) -> Result<(), OnboardingError> {
        let of_key = |entry: &&Entry| match entry {
            Entry::Key { .. } => true,
            Entry::Doubt { operation } => operation == "create_channel_api_key",
            _ => false,
        };
        // One that was created in this claim is newer than the keys of late calls, and has revoked them.
        if self.has_new_key || !self.late.iter().any(|entry| of_key(&entry)) {
            return Ok(());
        }
        let listed = match self.keys(channel).await {
            Ok(listed) => listed,
            // A list that can be read later says nothing about the keys.
            Err(error) if error.is_retryable() => return Err(error),
            Err(_) => Vec::new(),
        };
        let recorded = self.progress.key_id.clone();
        if recorded.as_ref().is_some_and(|id| listed.contains(id)) {
            return Ok(());
        }
        let valid = self.late.iter().find(
            |entry| matches!(entry, Entry::Key { id: Some(id), .. } if listed.contains(id) && recorded.as_ref() != Some(id)),
        );
        let late_ids = self.late.iter().filter_map(|entry| match entry {
            Entry::Key { id, .. } => id.clone(),
            _ => None,
        });
        let others: Vec<String> = if listed.is_empty() { late_ids.collect() } else { listed };
        let (recorded, others) = (described(recorded), described(Some(others.join(" and "))));
        let remedy = match valid {
            Some(_) => {
                "the journal has the value of that one now: give it to whoever uses the number, and requeue the tenant"
            }
            None => "requeue the tenant to make another in its place",
        };
        self.record(valid.cloned().unwrap_or(Entry::KeyReplaced)).await?;
        let message = format!(
            "two keys were created for channel {channel}: {recorded} is revoked by {others}, which a process created after it \
             had lost the tenant; {remedy}"
        );
        Err(OnboardingError::new(ErrorKind::Taken, message))
    }

    async fn look<C: Creation>(&self, creation: &C) -> Result<Option<C::Thing>, OnboardingError> {
        self.claim.onboarding.attempts.read(|| creation.look()).await
    }
}

/// Returns the text for the id of a key.
fn described(id: Option<String>) -> String {
    id.filter(|id| !id.is_empty()).map_or_else(|| "a key without an id".to_owned(), |id| format!("key {id}"))
}
