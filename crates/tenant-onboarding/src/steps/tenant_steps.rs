use super::ownership::conflict;
use super::tenant_claim::TenantClaim;
use crate::attempts::{Creation, CreationGuard as _, ResourceState};
use crate::entry::Entry;
use crate::error::{ErrorKind, OnboardingError};
use crate::identity::normalize;
use crate::journal::Journal;
use crate::journal_error::JournalError;
use crate::progress::Progress;
use crate::tenant::Tenant;

/// Onboarding of one tenant.
pub(crate) struct Steps<'a, J> {
    pub(crate) claim: TenantClaim<'a, J>,
    pub(crate) tenant: &'a Tenant,
    pub(crate) progress: &'a mut Progress,
    /// Entries of processes that had lost the tenant when they wrote them.
    pub(crate) late: &'a [Entry],
    /// `true` once a key was created and recorded.
    pub(crate) has_new_key: bool,
}

impl<J: Journal> Steps<'_, J> {
    /// Compares the tenant with the journal's entries of it and of other tenants, and records it.
    pub(super) async fn begin(&mut self) -> Result<(), OnboardingError> {
        let Tenant { name, phone_number_id, .. } = self.tenant;
        let entry = Entry::Tenant { phone_number_id: phone_number_id.clone(), name: name.clone() };
        let mut held = Vec::new();
        for resource in entry.claims() {
            let holder = self.claim.holder(&resource).await?;
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

    /// Makes sure that a resource exists, and returns it with its state before the call that created it. If no call had an
    /// effect, the intent is voided: a resource that appears later belongs to somebody else.
    pub(super) async fn create<C: Creation>(
        &mut self,
        creation: &C,
        mut state: ResourceState,
    ) -> Result<(C::Thing, ResourceState), OnboardingError> {
        if state == ResourceState::Unknown {
            self.claim.record_doubt(C::OPERATION).await?;
        }
        let error = match self.claim.onboarding.attempts.run(&self.claim, creation, &mut state).await {
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
    pub(super) async fn record(&mut self, entry: Entry) -> Result<(), OnboardingError> {
        self.claim.record(&entry).await?;
        self.progress.apply(&entry);
        Ok(())
    }
}
