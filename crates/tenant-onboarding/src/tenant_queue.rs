use std::fmt;
use std::future::Future;
use std::time::Duration;

use crate::journal::{Claim, Journal};
use crate::journal_error::JournalError;
use crate::tenant::Tenant;

/// Journal that has the tenants, too, so that several processes work through them together.
pub trait TenantQueue: Journal {
    /// Claims up to `most` tenants whose turn it is. Nobody else gets one of them before its lease has ended.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the journal can't be read.
    fn claim(&self, most: usize) -> impl Future<Output = Result<ClaimedTenants, JournalError>> + Send;
}

/// Tenants that a process has claimed.
#[non_exhaustive]
pub struct ClaimedTenants {
    /// The tenants, each with its claim.
    pub tenants: Vec<(Tenant, Claim)>,
    /// Time after which it makes sense to claim again, if there are fewer than asked for. `None` if no tenant is left: each
    /// one has everything, or needs an operator.
    pub next: Option<Duration>,
}

impl ClaimedTenants {
    /// Creates the result of a claim.
    pub fn new(tenants: Vec<(Tenant, Claim)>, next: Option<Duration>) -> Self {
        Self { tenants, next }
    }
}

/// With the number of tenants in place of their data.
impl fmt::Debug for ClaimedTenants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClaimedTenants")
            .field("tenants", &self.tenants.len())
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}
