//! Journal in memory, as simple as one can be.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use tenant_onboarding::{Claim, Entry, Journal, JournalError, Lease, Progress, Resource};

/// Journal in memory. Clones are the same journal.
#[derive(Clone, Default)]
pub(crate) struct MemoryJournal(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    progress: BTreeMap<String, Progress>,
    holders: BTreeMap<Resource, String>,
}

impl MemoryJournal {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no panic")
    }
}

impl Journal for MemoryJournal {
    async fn begin(&self, tenant: &str) -> Result<Claim, JournalError> {
        Ok(Claim::new(self.state().progress.get(tenant).cloned().unwrap_or_default(), Lease::unlimited()))
    }

    async fn record(&self, tenant: &str, entry: &Entry) -> Result<(), JournalError> {
        let (mut state, claims) = (self.state(), entry.claims());
        for resource in &claims {
            if let Some(by) = state.holders.get(resource).filter(|by| *by != tenant) {
                return Err(JournalError::Held { resource: resource.clone(), by: by.clone() });
            }
        }
        if matches!(entry, Entry::Tenant { .. }) {
            state.holders.retain(|resource, by| {
                by != tenant || !matches!(resource, Resource::PhoneNumber(_) | Resource::Name(_))
            });
        }
        state.holders.extend(claims.into_iter().map(|resource| (resource, tenant.to_owned())));
        state.progress.entry(tenant.to_owned()).or_default().apply(entry);
        Ok(())
    }

    async fn holder(&self, resource: &Resource) -> Result<Option<String>, JournalError> {
        Ok(self.state().holders.get(resource).cloned())
    }
}
