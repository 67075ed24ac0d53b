use dialog360_api::RetryPolicy;
use dialog360_api::types::{ChannelFilter, ChannelId, ClientId, OnboardNumber};

use super::ownership::{only, taken};
use super::tenant_claim::TenantClaim;
use super::tenant_steps::Steps;
use crate::attempts::{CreateOutcome, Creation, ResourceState};
use crate::entry::{Entry, Resource};
use crate::error::{ErrorKind, OnboardingError};
use crate::inventory::FoundChannel;
use crate::journal::Journal;
use crate::onboarding::Onboarding;
use crate::step_error::StepError;
use crate::tenant::Tenant;

impl<J: Journal> Steps<'_, J> {
    pub(super) async fn number(&mut self, client: &ClientId) -> Result<ChannelId, OnboardingError> {
        if let Some(channel) = &self.progress.channel {
            return Ok(channel.clone());
        }
        let state = match (self.progress.number_intent, self.progress.number_accepted) {
            (_, true) => ResourceState::Pending,
            (true, false) => ResourceState::Unknown,
            (false, false) => {
                let state = self.state_without_intent::<NumberCreation<'_, J>>();
                if state == ResourceState::Absent
                    && let Some(channel_id) = self.existing_channel(client).await?
                {
                    self.record(Entry::Number { channel_id: channel_id.clone(), created: false }).await?;
                    return Ok(channel_id);
                }
                self.record(Entry::NumberIntent).await?;
                state
            }
        };
        let Self { claim, tenant, .. } = *self;
        let creation = NumberCreation { claim, tenant, client };
        let (channel_id, _) = self.create(&creation, state).await?;
        self.record(Entry::Number { channel_id: channel_id.clone(), created: true }).await?;
        Ok(channel_id)
    }

    /// Returns the existing channel of the number, if it is the tenant's.
    async fn existing_channel(&self, client: &ClientId) -> Result<Option<ChannelId>, OnboardingError> {
        let inventory = self.claim.onboarding.inventory().await?;
        let found = inventory.channels.get(&self.tenant.phone_number_id).map_or(&[][..], Vec::as_slice);
        belongs(found, client, self.tenant)?;
        let named = |channel: &FoundChannel| self.claim.onboarding.adopt.contains(channel.id.as_str());
        match found {
            [] => Ok(None),
            [one] if one.client.is_some() || named(one) => Ok(Some(one.id.clone())),
            _ => match found.iter().find(|channel| named(channel)) {
                Some(channel) => Ok(Some(channel.id.clone())),
                None => {
                    let ids: Vec<&str> = found.iter().map(|channel| channel.id.as_str()).collect();
                    taken(self.tenant, "channel", &format!("the number has {}", ids.join(" and ")))
                }
            },
        }
    }
}

/// Rejects a number whose channel belongs to another client, even if the operator adopted it: a new key would lock that
/// client out.
fn belongs(found: &[FoundChannel], client: &ClientId, tenant: &Tenant) -> Result<(), OnboardingError> {
    let other = found.iter().find_map(|channel| Some((channel, channel.client.as_ref().filter(|of| *of != client)?)));
    let Some((channel, of)) = other else { return Ok(()) };
    let message = format!(
        "taken: channel {} of the number belongs to client {of}; {}, client {client}",
        channel.id,
        tenant.description()
    );
    Err(OnboardingError::new(ErrorKind::Taken, message))
}

/// Onboarding of a number. Like that of a client, its response has no id.
pub(super) struct NumberCreation<'a, J> {
    pub(super) claim: TenantClaim<'a, J>,
    pub(super) tenant: &'a Tenant,
    pub(super) client: &'a ClientId,
}

impl<J: Journal> Creation for NumberCreation<'_, J> {
    type Thing = ChannelId;
    const OPERATION: &'static str = "onboard_number";

    async fn look(&self) -> Result<Option<ChannelId>, StepError> {
        let Onboarding { dialog360, partner, .. } = self.claim.onboarding;
        let number = self.tenant.phone_number_id.as_str();
        let filter = ChannelFilter::new().external_id(number);
        let page = dialog360.list_channels().partner_id(partner).filters(&filter).send().await?;
        let channels = page.into_inner().partner_channels.unwrap_or_default().into_iter();
        // A server that ignores the filter would return channels of other numbers.
        let found = channels.filter(|channel| channel.external_id.as_deref() == Some(number));
        let found: Vec<_> = found.filter_map(FoundChannel::from).collect();
        belongs(&found, self.client, self.tenant)?;
        let id = |channel: &FoundChannel| Resource::Channel(channel.id.to_string());
        let found = self.claim.unheld(found, id).await?;
        Ok(only(&self.claim.onboarding.adopt, found, |channel| channel.id.to_string())?.map(|channel| channel.id))
    }

    async fn create(&self) -> Result<CreateOutcome<ChannelId>, StepError> {
        let Onboarding { dialog360, partner, solution_id, .. } = self.claim.onboarding;
        let body = OnboardNumber::builder()
            .solution_id(solution_id)
            .waba_external_id(&self.tenant.waba_external_id)
            .channel_external_id(&self.tenant.phone_number_id)
            .client_id(self.client.as_str())
            .build();
        dialog360
            .onboard_number()
            .partner_id(partner)
            .body(&body)
            .retry(RetryPolicy::never())
            .send_if(self.claim.send_check())
            .send()
            .await?;
        self.claim.record(&Entry::NumberAccepted).await?;
        Ok(CreateOutcome::Pending)
    }
}
