use zapsign_api::types::{CreatePartnerAccount, OrganizationId};
use zapsign_api::{RetryPolicy, Secret};

use super::ownership::{only, same, taken};
use super::tenant_claim::TenantClaim;
use super::tenant_steps::Steps;
use crate::attempts::{CreateOutcome, Creation, ResourceState};
use crate::entry::{Entry, Resource};
use crate::error::{ErrorKind, OnboardingError};
use crate::identity::normalize;
use crate::inventory::FoundAccount;
use crate::journal::Journal;
use crate::step_error::StepError;
use crate::tenant::Tenant;

impl<J: Journal> Steps<'_, J> {
    /// Makes sure that the tenant has an account. Its token is in the response only; if that is lost, the table of
    /// plans shows that the account exists, and the owner's login gives access to it.
    pub(super) async fn account(&mut self) -> Result<(), OnboardingError> {
        if self.progress.account.is_some() {
            return Ok(());
        }
        let state = if self.progress.account_intent {
            ResourceState::Unknown
        } else {
            let state = self.state_without_intent::<AccountCreation<'_, J>>();
            if state == ResourceState::Absent
                && let Some(account_id) = self.existing_account().await?
            {
                return self.record(Entry::AccountByLogin { account_id }).await;
            }
            self.record(Entry::AccountIntent).await?;
            state
        };
        let Self { claim, tenant, .. } = *self;
        let creation = AccountCreation { claim, tenant };
        match self.create(&creation, state).await? {
            ((account_id, Some(api_token)), state) => {
                self.record(Entry::Account { account_id, api_token }).await?;
                if state == ResourceState::Missing {
                    // The call that was in doubt may have taken effect after all.
                    let found = self.claim.onboarding.attempts.read(|| creation.look()).await?;
                    let found = found.map(|(id, _)| id.to_string());
                    same(&self.claim.onboarding.adopt, "account", &account_id.to_string(), found)?;
                }
                Ok(())
            }
            ((account_id, None), _) => {
                if let Some(api_token) = self.late_token(account_id) {
                    return self.record(Entry::Account { account_id, api_token }).await;
                }
                if let Err(error) = self.users(account_id).await {
                    self.record_late_bodies().await?;
                    return Err(error);
                }
                self.record(Entry::AccountByLogin { account_id }).await
            }
        }
    }

    /// Returns the existing account of this name, if it is the tenant's.
    async fn existing_account(&self) -> Result<Option<i64>, OnboardingError> {
        let inventory = self.claim.onboarding.inventory().await?;
        let found = inventory.accounts.get(&normalize(&self.tenant.name)).map_or(&[][..], Vec::as_slice);
        if let Some(named) = found.iter().find(|account| self.claim.onboarding.adopt.contains(&account.id.to_string()))
        {
            self.users(named.id).await?;
            return Ok(Some(named.id));
        }
        let mut there = Vec::new();
        for FoundAccount { id, name } in found {
            let holders = match self.users(*id).await {
                Ok(users) if found.len() == 1 && users.iter().any(|email| normalize(email) == self.claim.identity) => {
                    return Ok(Some(*id));
                }
                Ok(users) => format!("its users are {}", users.join(", ")),
                Err(error) if error.is_retryable() => return Err(error),
                Err(error) => format!("its users are not known: {error}"),
            };
            there.push(format!("account {id} is {name:?} ({holders})"));
        }
        if there.is_empty() {
            return Ok(None);
        }
        taken(self.tenant, "account", &there.join(", "))
    }

    /// Lists the e-mail addresses of an account's users, which proves that the owner has access.
    async fn users(&self, account: i64) -> Result<Vec<String>, OnboardingError> {
        let told = |fault: &str| {
            format!(
                "account {account} is open and its token is not known: take it from ZapSign's Settings > Integrations, or \
                 log in as its owner ({fault})"
            )
        };
        let failed = |fault: &str| OnboardingError::new(ErrorKind::Failed, told(fault));
        let login = self.claim.onboarding.account_login.as_ref().ok_or_else(|| failed("there is no owner's login"))?;
        let organization = OrganizationId::new(account.to_string()).map_err(|fault| failed(&fault.to_string()))?;
        let client = login(organization).map_err(|fault| failed(&fault.to_string()))?;
        let list = || async {
            let users: Vec<_> = client.list_users().items().try_collect().await?;
            Ok(users.into_iter().map(|user| user.email).collect())
        };
        // A stop, or a vendor that is away, is no reason for an operator to do anything.
        self.claim.onboarding.attempts.read(list).await.map_err(|fault| {
            let message = told(&fault.to_string());
            fault.with_message(message)
        })
    }
}

/// Id of an account and, if the response was received, its token.
type OpenAccount = (i64, Option<Secret>);

pub(super) struct AccountCreation<'a, J> {
    pub(super) claim: TenantClaim<'a, J>,
    pub(super) tenant: &'a Tenant,
}

impl<J: Journal> Creation for AccountCreation<'_, J> {
    type Thing = OpenAccount;
    const OPERATION: &'static str = "create_partner_account";

    async fn look(&self) -> Result<Option<OpenAccount>, StepError> {
        let accounts = self.claim.onboarding.accounts().await?;
        let found = accounts.get(&normalize(&self.tenant.name)).cloned().unwrap_or_default();
        let id = |account: &FoundAccount| Resource::Account(account.id);
        let found = self.claim.unheld(found, id).await?;
        Ok(only(&self.claim.onboarding.adopt, found, |account| account.id.to_string())?
            .map(|account| (account.id, None)))
    }

    async fn create(&self) -> Result<CreateOutcome<OpenAccount>, StepError> {
        let body = CreatePartnerAccount::builder()
            .company_name(&self.tenant.name)
            .email(&self.tenant.email)
            .country(self.tenant.country.as_str().into())
            .lang(self.tenant.language.as_str().into())
            .build();
        let call = self
            .claim
            .onboarding
            .zapsign
            .create_partner_account()
            .body(&body)
            .retry(RetryPolicy::never())
            .send_if(self.claim.send_check());
        match call.send().await {
            Ok(account) => Ok(CreateOutcome::Created((account.id, Some(account.into_inner().api_token)))),
            Err(error) => {
                let body = error.raw_body().filter(|_| error.status().is_some_and(|status| status.is_success()));
                if let Some(body) = body {
                    // The account may exist, and its token may be in this body.
                    let body = Secret::new(String::from_utf8_lossy(body).into_owned());
                    let entry = Entry::Unread { operation: "create_partner_account".to_owned(), body };
                    self.claim.record(&entry).await?;
                }
                Err(error.into())
            }
        }
    }
}
