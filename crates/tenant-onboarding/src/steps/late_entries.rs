//! Information for the steps in the entries of processes that had lost the tenant.

use zapsign_api::Secret;

use super::tenant_steps::Steps;
use crate::attempts::{Creation, ResourceState};
use crate::entry::Entry;
use crate::error::OnboardingError;
use crate::journal::Journal;

impl<J: Journal> Steps<'_, J> {
    /// Returns `true` if such a process sent the create call, or may have sent it: what it creates is the tenant's, also where the
    /// log has no intent any more.
    pub(super) fn was_called_late<C: Creation>(&self) -> bool {
        self.late.iter().any(|entry| created_by(entry) == Some(C::OPERATION))
    }

    /// Returns the state of a resource for which the log has no intent, as far as it is known without a lookup.
    pub(super) fn state_without_intent<C: Creation>(&self) -> ResourceState {
        if self.was_called_late::<C>() { ResourceState::Unknown } else { ResourceState::Absent }
    }

    /// Returns the token of an account, if such a process has received it.
    pub(super) fn late_token(&self, account: i64) -> Option<Secret> {
        self.late.iter().find_map(|entry| match entry {
            Entry::Account { account_id, api_token } if *account_id == account => Some(api_token.clone()),
            _ => None,
        })
    }

    /// Writes into the log what such a process could not read of the account's response: the token may be in it.
    pub(super) async fn record_late_bodies(&mut self) -> Result<(), OnboardingError> {
        for entry in self.late {
            if matches!(entry, Entry::Unread { .. }) {
                self.record(entry.clone()).await?;
            }
        }
        Ok(())
    }
}

/// Returns the operation by which something was created, or may have been, according to an entry.
fn created_by(entry: &Entry) -> Option<&str> {
    Some(match entry {
        Entry::Doubt { operation } | Entry::Unread { operation, .. } => operation,
        Entry::ClientAccepted => "create_client",
        Entry::NumberAccepted | Entry::Number { created: true, .. } => "onboard_number",
        Entry::Key { .. } => "create_channel_api_key",
        Entry::Account { .. } => "create_partner_account",
        _ => return None,
    })
}
