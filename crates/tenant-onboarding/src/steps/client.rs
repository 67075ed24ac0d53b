use dialog360_api::RetryPolicy;
use dialog360_api::types::{ClientId, CreateClient};

use super::ownership::{only, taken};
use super::tenant_claim::TenantClaim;
use super::tenant_steps::Steps;
use crate::attempts::{CreateOutcome, Creation, ResourceState};
use crate::entry::{Entry, Resource};
use crate::error::OnboardingError;
use crate::identity::normalize;
use crate::inventory::FoundClient;
use crate::journal::Journal;
use crate::onboarding::Onboarding;
use crate::step_error::StepError;

impl<J: Journal> Steps<'_, J> {
    pub(super) async fn client(&mut self) -> Result<ClientId, OnboardingError> {
        if let Some(client) = &self.progress.client {
            return Ok(client.clone());
        }
        let (email, state) = match &self.progress.client_intent {
            Some(email) if self.progress.client_accepted => (email.clone(), ResourceState::Pending),
            Some(email) => (email.clone(), ResourceState::Unknown),
            None => {
                let state = self.state_without_intent::<ClientCreation<'_, J>>();
                if state == ResourceState::Absent
                    && let Some(client_id) = self.existing_client().await?
                {
                    self.record(Entry::Client { client_id: client_id.clone() }).await?;
                    return Ok(client_id);
                }
                let email = self.tenant.email.trim().to_owned();
                self.record(Entry::ClientIntent { email: email.clone() }).await?;
                (email, state)
            }
        };
        let Self { claim, .. } = *self;
        let creation = ClientCreation { claim, name: &self.tenant.name, email: &email };
        let (client_id, _) = self.create(&creation, state).await?;
        self.record(Entry::Client { client_id: client_id.clone() }).await?;
        Ok(client_id)
    }

    /// Returns the existing client with this e-mail address, if it is the tenant's.
    async fn existing_client(&self) -> Result<Option<ClientId>, OnboardingError> {
        let inventory = self.claim.onboarding.inventory().await?;
        let found = inventory.clients.get(self.claim.identity).map_or(&[][..], Vec::as_slice);
        let named = |client: &&FoundClient| self.claim.onboarding.adopt.contains(client.id.as_str());
        let agrees = |client: &&FoundClient| client.emails.iter().any(|email| self.tenant.is(&client.name, email));
        let mut own = found.iter().filter(named).chain(found.iter().filter(agrees).filter(|_| found.len() == 1));
        if let Some(client) = own.next() {
            return Ok(Some(client.id.clone()));
        }
        if found.is_empty() {
            // The operator may name a client with another address; its name shows the tenant.
            let same_name = |client: &&FoundClient| normalize(&client.name) == normalize(&self.tenant.name);
            let named = inventory.clients.values().flatten().filter(same_name).find(named);
            return Ok(named.map(|client| client.id.clone()));
        }
        let there: Vec<String> = found.iter().map(FoundClient::description).collect();
        taken(self.tenant, "client", &there.join(", "))
    }
}

/// Creation of a client. 360dialog's response has no id, and its 429 and 500 may come after the effect, so the client
/// is looked up.
pub(super) struct ClientCreation<'a, J> {
    pub(super) claim: TenantClaim<'a, J>,
    pub(super) name: &'a str,
    pub(super) email: &'a str,
}

impl<J: Journal> Creation for ClientCreation<'_, J> {
    type Thing = ClientId;
    const OPERATION: &'static str = "create_client";

    async fn look(&self) -> Result<Option<ClientId>, StepError> {
        let Onboarding { dialog360, partner, .. } = self.claim.onboarding;
        let found = dialog360.find_client_by_email(partner, self.email).await?;
        let found = found.into_iter().filter_map(FoundClient::from);
        let found = found.filter(|client| client.emails.iter().any(|email| normalize(email) == self.claim.identity));
        let id = |client: &FoundClient| Resource::Client(client.id.to_string());
        let found = self.claim.unheld(found.collect(), id).await?;
        Ok(only(&self.claim.onboarding.adopt, found, |client| client.id.to_string())?.map(|client| client.id))
    }

    async fn create(&self) -> Result<CreateOutcome<ClientId>, StepError> {
        let Onboarding { dialog360, partner, .. } = self.claim.onboarding;
        let body = CreateClient::builder().name(self.name).email(self.email).build();
        // The step decides on another attempt, since the call must not be repeated blindly.
        dialog360
            .create_client()
            .partner_id(partner)
            .body(&body)
            .retry(RetryPolicy::never())
            .send_if(self.claim.send_check())
            .send()
            .await?;
        self.claim.record(&Entry::ClientAccepted).await?;
        Ok(CreateOutcome::Pending)
    }
}
