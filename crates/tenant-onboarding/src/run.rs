//! Onboarding of one tenant, and of many by one process.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use futures_util::{Stream, StreamExt as _};

use crate::error::OnboardingError;
use crate::journal::{Claim, Journal};
use crate::journal_error::JournalError;
use crate::lease::Lease;
use crate::onboarding::Onboarding;
use crate::progress::Progress;
use crate::steps::{Steps, TenantClaim};
use crate::tenant::Tenant;
use crate::tenant_report::TenantReport;

impl<J: Journal> Onboarding<J> {
    /// Runs the remaining steps of one tenant. It can be called again after an error. A tenant that is being onboarded
    /// in this process is rejected with [`ErrorKind::Journal`](crate::ErrorKind::Journal).
    pub async fn onboard(&self, tenant: &Tenant) -> TenantReport {
        let mut progress = Progress::default();
        let identity = tenant.identity();
        let result = match Busy::new(&self.busy, &identity) {
            None => Err(JournalError::Busy.into()),
            Some(_busy) => match self.journal.begin(&identity).await {
                Ok(claim) => self.continue_claim(tenant, &identity, claim, &mut progress).await,
                Err(fault) => Err(self.stop_if_broken(fault).into()),
            },
        };
        TenantReport { tenant: tenant.clone(), progress, result }
    }

    /// Onboards tenants, `workers` of them concurrently (at least 1), until the stream ends or [`Onboarding::stop`] is
    /// called. Reports come in the order in which tenants end; tenants that were not begun have none.
    pub fn run<'a>(
        &'a self,
        tenants: impl Stream<Item = Tenant> + Send + 'a,
        workers: usize,
    ) -> impl Stream<Item = TenantReport> + Send + 'a {
        let mut stopped = self.stop.subscribe();
        let stop = async move {
            let _ = stopped.wait_for(|stopped| *stopped).await;
        };
        let tenants = tenants.take_until(Box::pin(stop));
        tenants.map(move |tenant| async move { self.onboard(&tenant).await }).buffer_unordered(workers.max(1))
    }

    /// Runs the remaining steps of a tenant that this process has claimed, while its lease is renewed, and ends the claim.
    pub(crate) async fn continue_claim(
        &self,
        tenant: &Tenant,
        identity: &str,
        claim: Claim,
        progress: &mut Progress,
    ) -> Result<(), OnboardingError> {
        let Claim { progress: begun, late, lease } = claim;
        *progress = begun;
        let claim = TenantClaim { onboarding: self, identity, lease: &lease };
        let steps = Steps { claim, tenant, progress, late: &late, has_new_key: false }.run();
        let result = tokio::select! {
            result = steps => result,
            never = self.renew_leases(identity, &lease) => match never {},
        };
        match self.journal.end(identity, &result).await {
            // Every entry was written while the tenant was this process's.
            Ok(()) | Err(JournalError::Fenced) => result,
            Err(fault) => {
                let fault = self.stop_if_broken(fault);
                result.and(Err(fault.into()))
            }
        }
    }

    /// Renews a lease until it is lost, each time long before nothing may be sent under it.
    async fn renew_leases(&self, identity: &str, lease: &Lease) -> Infallible {
        while let Some(interval) = lease.renewal_interval() {
            tokio::time::sleep(interval).await;
            if let Err(fault) = self.journal.renew(identity).await {
                self.stop_if_broken(fault);
                break;
            }
        }
        std::future::pending().await
    }
}

/// Guard of a tenant that is being onboarded in this process.
struct Busy<'b> {
    busy: &'b Mutex<HashSet<String>>,
    tenant: &'b str,
}

impl<'b> Busy<'b> {
    fn new(busy: &'b Mutex<HashSet<String>>, tenant: &'b str) -> Option<Self> {
        let new = busy.lock().unwrap_or_else(PoisonError::into_inner).insert(tenant.to_owned());
        // A guard must not be made and dropped here: its drop would release the tenant of another task.
        new.then(|| Self { busy, tenant })
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(self.tenant);
    }
}
