//! Steps of one tenant. Each makes sure that one resource exists, once.

mod account;
mod client;
mod key;
mod number;
mod tenant_claim;
mod verification;
mod webhook;

pub(crate) use tenant_claim::TenantClaim;

use crate::attempts::{Creation, ResourceState};
use crate::entry::Entry;
use crate::error::{ErrorKind, OnboardingError};
use crate::identity::normalize;
use crate::journal::Journal;
use crate::journal_error::JournalError;
use crate::onboarding::Onboarding;
use crate::progress::Progress;
use crate::tenant::Tenant;

/// Onboarding of one tenant.
pub(crate) struct Steps<'a, J> {
    pub(crate) claim: TenantClaim<'a, J>,
    pub(crate) tenant: &'a Tenant,
    pub(crate) progress: &'a mut Progress,
    /// Entries of processes that had lost the tenant when they wrote them.
    pub(crate) late: &'a [Entry],
}

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

    /// Compares the tenant with the journal's entries of it and of other tenants, and records it.
    async fn begin(&mut self) -> Result<(), OnboardingError> {
        let Tenant { name, phone_number_id, .. } = self.tenant;
        let entry = Entry::Tenant { phone_number_id: phone_number_id.clone(), name: name.clone() };
        let mut held = Vec::new();
        for resource in entry.claims() {
            let holder = self.claim.onboarding.journal.holder(&resource).await?;
            held.extend(holder.filter(|holder| holder != self.claim.identity).map(|holder| (resource, holder)));
        }
        match &held[..] {
            [(_, one), (_, other)] if one == other => {
                return conflict(format!(
                    "the journal has this number and name under the e-mail address {one}, and not under {}: the same tenant \
                     keeps the address that it was begun with",
                    self.tenant.email
                ));
            }
            [(resource, by), ..] => {
                return Err(JournalError::Held { resource: resource.clone(), by: by.clone() }.into());
            }
            [] => {}
        }
        if let Some((begun, as_named)) = &self.progress.begun {
            if begun == phone_number_id && as_named == name {
                return Ok(());
            }
            let number_used = self.progress.number_intent || self.progress.channel.is_some();
            if begun != phone_number_id && number_used {
                return conflict(format!(
                    "the journal has the number {begun} for this tenant, and not {phone_number_id}"
                ));
            }
            // An account that may exist is looked up by its name.
            let name_used = self.progress.account_intent && self.progress.account.is_none();
            if normalize(as_named) != normalize(name) && name_used {
                return conflict(format!(
                    "the journal may have opened the account of this tenant as {as_named:?}, and not as {name:?}: keep that \
                     name until the account is found"
                ));
            }
        }
        self.record(entry).await
    }

    /// Makes sure that a resource exists, and returns it with its state before the call that created it. If no call had an effect, the intent is voided: a resource that appears later
    /// belongs to somebody else.
    async fn create<C: Creation>(
        &mut self,
        creation: &C,
        mut state: ResourceState,
    ) -> Result<(C::Thing, ResourceState), OnboardingError> {
        if state == ResourceState::Unknown {
            creation.record_doubt().await?;
        }
        let error = match self.claim.onboarding.attempts.run(creation, &mut state).await {
            Ok(thing) => return Ok((thing, state)),
            Err(error) => error,
        };
        // Without the journal, the intent stays: the next run looks the resource up.
        let is_void = matches!(state, ResourceState::Absent | ResourceState::Missing);
        if is_void && error.kind() != ErrorKind::Journal {
            self.record(Entry::NoEffect { operation: C::OPERATION.to_owned() }).await?;
        }
        Err(error)
    }

    /// Writes an entry. The error names the response that could not be recorded.
    async fn record(&mut self, entry: Entry) -> Result<(), OnboardingError> {
        self.claim.record(&entry).await?;
        self.progress.apply(&entry);
        Ok(())
    }
}

/// Returns the one resource that appeared; of several, the one that the operator adopted.
fn only<J, T>(
    onboarding: &Onboarding<J>,
    mut found: Vec<T>,
    id: impl Fn(&T) -> String,
) -> Result<Option<T>, OnboardingError> {
    if found.len() > 1 {
        let ids: Vec<String> = found.iter().map(&id).collect();
        found.retain(|thing| onboarding.adopt.contains(&id(thing)));
        if found.len() != 1 {
            let ids = ids.join(" and ");
            let message =
                format!("{ids} appeared where one was to be created: choose one with --adopt, remove the others");
            return Err(OnboardingError::new(ErrorKind::Taken, message));
        }
    }
    Ok(found.pop())
}

/// Returns the error of an existing resource that may be somebody else's, with a description of both sides.
fn taken<T>(tenant: &Tenant, what: &str, there: &str) -> Result<T, OnboardingError> {
    let message =
        format!("taken: {there}; {}; name the {what} with --adopt if it is the tenant's", tenant.description());
    Err(OnboardingError::new(ErrorKind::Taken, message))
}

fn conflict<T>(message: String) -> Result<T, OnboardingError> {
    Err(OnboardingError::new(ErrorKind::Conflict, message))
}
