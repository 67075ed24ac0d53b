//! Work on the tenants of a journal, together with other processes.

use std::pin::Pin;

use futures_util::stream::{self, FuturesUnordered};
use futures_util::{Stream, StreamExt as _};
use tokio::time::Instant;

use crate::journal::Claim;
use crate::journal_error::JournalError;
use crate::onboarding::Onboarding;
use crate::progress::Progress;
use crate::tenant::Tenant;
use crate::tenant_queue::{ClaimedTenants, TenantQueue};
use crate::tenant_report::TenantReport;

impl<J: TenantQueue> Onboarding<J> {
    /// Onboards the tenants of the journal, `workers` of them concurrently (at least 1), together with every other process that
    /// has the same journal. It ends when no tenant is left, or [`Onboarding::stop`] is called. Reports come in the order in
    /// which tenants end; one that is tried again later has a report for each time.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if no tenant can be claimed. The run is stopped then, and the tenants that are under way still
    /// have their reports.
    pub fn work(&self, workers: usize) -> impl Stream<Item = Result<TenantReport, JournalError>> + Send + '_ {
        let work = Work {
            onboarding: self,
            workers: workers.max(1),
            running: FuturesUnordered::new(),
            claiming: None,
            claim_at: Instant::now(),
            is_empty: false,
            ended: false,
        };
        stream::unfold(work, |mut work| async move { work.next().await.map(|report| (report, work)) })
    }

    async fn continue_tenant(&self, tenant: Tenant, claim: Claim) -> TenantReport {
        let mut progress = Progress::default();
        let identity = tenant.identity();
        let result = self.continue_claim(&tenant, &identity, claim, &mut progress).await;
        TenantReport { tenant, progress, result }
    }
}

type Running<'a> = Pin<Box<dyn Future<Output = TenantReport> + Send + 'a>>;
type Claiming<'a> = Pin<Box<dyn Future<Output = Option<Claimed>> + Send + 'a>>;

/// Result of a claim, and the number of tenants that it asked for.
type Claimed = (Result<ClaimedTenants, JournalError>, usize);

/// State of [`Onboarding::work`].
struct Work<'a, J> {
    onboarding: &'a Onboarding<J>,
    workers: usize,
    running: FuturesUnordered<Running<'a>>,
    /// Claim under way. It is not dropped: the tenants of a dropped one would wait for the end of their leases.
    claiming: Option<Claiming<'a>>,
    claim_at: Instant,
    /// `true` while no tenant can be claimed, unless one that is under way here is to be tried again.
    is_empty: bool,
    /// `true` once nothing more is claimed.
    ended: bool,
}

impl<'a, J: TenantQueue> Work<'a, J> {
    /// Returns the next report; `None` at the end.
    async fn next(&mut self) -> Option<Result<TenantReport, JournalError>> {
        loop {
            let free = self.workers - self.running.len().min(self.workers);
            if self.claiming.is_none() && free > 0 && !self.is_empty && !self.ended {
                self.claiming = Some(Box::pin(claim(self.onboarding, self.claim_at, free)));
            }
            tokio::select! {
                Some(report) = self.running.next() => {
                    self.is_empty = false;
                    return Some(Ok(report));
                }
                claimed = async { self.claiming.as_mut()?.await }, if self.claiming.is_some() => {
                    self.claiming = None;
                    if let Err(fault) = self.begin(claimed) {
                        return Some(Err(fault));
                    }
                }
                else => return None,
            }
        }
    }

    /// Begins with claimed tenants. `None` if the run was stopped before the claim.
    fn begin(&mut self, claimed: Option<Claimed>) -> Result<(), JournalError> {
        let Some((claimed, asked)) = claimed else {
            self.ended = true;
            return Ok(());
        };
        let ClaimedTenants { tenants, next } = claimed.map_err(|fault| {
            self.ended = true;
            self.onboarding.stop_if_broken(fault)
        })?;
        if tenants.len() < asked {
            self.claim_at = next.map_or_else(Instant::now, |next| Instant::now() + next);
        }
        self.is_empty = next.is_none() && tenants.is_empty();
        for (tenant, claim) in tenants {
            self.running.push(Box::pin(self.onboarding.continue_tenant(tenant, claim)));
        }
        Ok(())
    }
}

/// Claims tenants at a time; `None` if the run is stopped before.
async fn claim<J: TenantQueue>(onboarding: &Onboarding<J>, at: Instant, most: usize) -> Option<Claimed> {
    onboarding.attempts.wait(at.saturating_duration_since(Instant::now())).await.ok()?;
    Some((onboarding.journal.claim(most).await, most))
}
