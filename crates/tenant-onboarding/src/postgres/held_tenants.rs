use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::lease::Lease;

/// Tenant that this process has claimed.
pub(super) struct HeldTenant {
    /// Id of the tenant's row.
    pub(super) id: i64,
    /// Fence and text of the claim, by which the database knows it.
    pub(super) fence: i64,
    pub(super) claim: String,
    pub(super) lease: Lease,
    /// Revision of the data that the claim was given.
    pub(super) input_revision: i32,
    /// Number of late entries that there were at the claim, and ids of those that it was given.
    pub(super) late_entries: i32,
    pub(super) late: Vec<i64>,
    /// Number of the next entry. It is locked while an entry is written.
    pub(super) next_entry: tokio::sync::Mutex<i64>,
}

/// Tenants that this process has claimed, by identity.
#[derive(Default)]
pub(super) struct HeldTenants(Mutex<HashMap<String, Arc<HeldTenant>>>);

impl HeldTenants {
    /// Adds a claim, in the place of an earlier one of the same tenant.
    pub(super) fn insert(&self, identity: &str, tenant: HeldTenant) {
        self.tenants().insert(identity.to_owned(), Arc::new(tenant));
    }

    /// Returns the claim of a tenant.
    pub(super) fn get(&self, identity: &str) -> Option<Arc<HeldTenant>> {
        self.tenants().get(identity).cloned()
    }

    /// Removes a claim, unless there is another of the same tenant by now.
    pub(super) fn remove(&self, identity: &str, ended: &HeldTenant) {
        let mut tenants = self.tenants();
        if tenants.get(identity).is_some_and(|held| held.claim == ended.claim && held.fence == ended.fence) {
            tenants.remove(identity);
        }
    }

    /// Returns the claim of a tenant if a task still has it, even if its lease has ended.
    pub(super) fn is_in_use(&self, identity: &str) -> bool {
        self.tenants().get(identity).is_some_and(|held| held.lease.is_shared())
    }

    /// Returns the rows of the tenants that tasks of this process still have. They are not claimed again here, because a
    /// task and its successor in the same process could not be told apart.
    pub(super) fn ids_in_use(&self) -> Vec<i64> {
        self.tenants().values().filter(|held| held.lease.is_shared()).map(|held| held.id).collect()
    }

    fn tenants(&self) -> MutexGuard<'_, HashMap<String, Arc<HeldTenant>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
