use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dialog360_api::types::PartnerId;
use futures_util::{Stream, StreamExt as _};
use tokio::sync::watch;
use tokio::time::Instant;
use zapsign_api::types::OrganizationId;

use crate::attempts::AttemptSettings;
use crate::error::OnboardingError;
use crate::inventory::Inventory;
use crate::journal::Journal;
use crate::journal_error::JournalError;
use crate::progress::Progress;
use crate::steps::Steps;
use crate::tenant::Tenant;
use crate::tenant_queue::TenantQueue;

/// Maximum age of the inventory; an older one is read again.
const INVENTORY_MAX_AGE: Duration = Duration::from_secs(15 * 60);

type AccountLogin = dyn Fn(OrganizationId) -> Result<zapsign_api::Client, zapsign_api::BuildError> + Send + Sync;

/// Onboarding of tenants to both platforms: a client, a number and a messaging key on 360dialog, an account on ZapSign.
///
/// [`Onboarding::onboard`] is one tenant, for any job system; [`Onboarding::run`] works through many. Both continue at
/// the last entry in the [`Journal`].
pub struct Onboarding<J> {
    pub(crate) dialog360: dialog360_api::Client,
    pub(crate) partner: PartnerId,
    pub(crate) zapsign: zapsign_api::Client,
    pub(crate) account_login: Option<Box<AccountLogin>>,
    pub(crate) journal: J,
    pub(crate) solution_id: String,
    pub(crate) messaging_url: Option<String>,
    pub(crate) rotate_keys: bool,
    pub(crate) adopt: BTreeSet<String>,
    pub(crate) attempts: AttemptSettings,
    stop: watch::Sender<bool>,
    inventory: tokio::sync::Mutex<Option<(Instant, Arc<Inventory>)>>,
    busy: Mutex<HashSet<String>>,
}

/// Result of one tenant.
#[derive(Clone)]
#[non_exhaustive]
pub struct TenantReport {
    /// The tenant.
    pub tenant: Tenant,
    /// Resources that it has now.
    pub progress: Progress,
    /// Error that ended its onboarding, if it is incomplete.
    pub result: Result<(), OnboardingError>,
}

impl<J: Journal> Onboarding<J> {
    /// Creates an onboarding with a client of each platform, Meta's id of the solution through which the numbers are
    /// shared, and a journal.
    ///
    /// Calls that must not be repeated are sent once, regardless of the clients' retry policies.
    pub fn new(
        dialog360: dialog360_api::Client,
        partner: PartnerId,
        zapsign: zapsign_api::Client,
        solution_id: impl Into<String>,
        journal: J,
    ) -> Self {
        let (stop, stopped) = watch::channel(false);
        let attempts = AttemptSettings {
            max_attempts: 8,
            initial_backoff: Duration::from_millis(500),
            settle: Duration::from_secs(60),
            max_wait: Duration::from_secs(5 * 60),
            stopped,
        };
        Self {
            dialog360,
            partner,
            zapsign,
            account_login: None,
            journal,
            solution_id: solution_id.into(),
            messaging_url: None,
            rotate_keys: false,
            adopt: BTreeSet::new(),
            attempts,
            stop,
            inventory: tokio::sync::Mutex::new(None),
            busy: Mutex::default(),
        }
    }

    /// Sets the owner's login to an account. It is used to read the account's users, and for access to one whose token
    /// was lost.
    #[must_use]
    pub fn account_login(
        mut self,
        login: impl Fn(OrganizationId) -> Result<zapsign_api::Client, zapsign_api::BuildError> + Send + Sync + 'static,
    ) -> Self {
        self.account_login = Some(Box::new(login));
        self
    }

    /// Sets the maximum number of attempts of a step; default 8, at least 1.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.attempts.max_attempts = attempts.max(1);
        self
    }

    /// Sets the delay after the first failed attempt of a step, before jitter. It doubles with each attempt. Default
    /// 500 ms.
    #[must_use]
    pub fn initial_backoff(mut self, wait: Duration) -> Self {
        self.attempts.initial_backoff = wait;
        self
    }

    /// Sets the time in which a failed call may still take effect: the interval between the two lookups of what it may
    /// have created. Default 60 s.
    #[must_use]
    pub fn settle(mut self, settle: Duration) -> Self {
        self.attempts.settle = settle;
        self
    }

    /// Sets the maximum delay that a server may request; a longer one ends the tenant. Default 300 s.
    #[must_use]
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.attempts.max_wait = wait;
        self
    }

    /// Allows to create a key for a channel whose key is not from this journal, which revokes that key. Default
    /// `false`.
    #[must_use]
    pub fn rotate_keys(mut self, rotate: bool) -> Self {
        self.rotate_keys = rotate;
        self
    }

    /// Adds ids of existing clients, channels and accounts that belong to tenants, although nothing else shows it.
    #[must_use]
    pub fn adopt(mut self, ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.adopt.extend(ids.into_iter().map(Into::into));
        self
    }

    /// Sets the base URL of the messaging API; default is the one in the response with the key.
    #[must_use]
    pub fn messaging_url(mut self, url: impl Into<String>) -> Self {
        self.messaging_url = Some(url.into());
        self
    }

    /// Returns the journal.
    pub fn journal(&self) -> &J {
        &self.journal
    }

    /// Runs the remaining steps of one tenant. It can be called again after an error. A tenant that is being onboarded
    /// in this process is rejected with [`ErrorKind::Journal`](crate::ErrorKind::Journal).
    pub async fn onboard(&self, tenant: &Tenant) -> TenantReport {
        let mut progress = Progress::default();
        let result = self.steps(tenant, &mut progress).await;
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

    /// Onboards the tenants of the journal, `workers` of them concurrently (at least 1), together with every other process that
    /// has the same journal. It ends when no tenant is left, or [`Onboarding::stop`] is called. Reports come in the order in
    /// which tenants end; one that is tried again later has a report for each time.
    pub fn work(&self, workers: usize) -> impl Stream<Item = TenantReport> + Send + '_
    where
        J: TenantQueue,
    {
        let _ = workers;
        futures_util::stream::empty()
    }

    /// Stops gracefully and permanently: no further tenant begins, and each current one ends after its call in flight.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    async fn steps(&self, tenant: &Tenant, progress: &mut Progress) -> Result<(), OnboardingError> {
        let identity = tenant.identity();
        let _claim = Claim::of(&self.busy, &identity).ok_or(JournalError::Busy)?;
        *progress = self.journal.begin(&identity).await.inspect_err(|fault| self.stop_if_broken(fault))?.progress;
        Steps { onboarding: self, tenant, identity: &identity, progress }.run().await
    }

    /// Stops the run if the journal can't be written, since nothing may be sent without it.
    pub(crate) fn stop_if_broken(&self, fault: &JournalError) {
        if matches!(fault, JournalError::Broken(_)) {
            self.stop();
        }
    }

    /// Returns the resources that existed, listed once for all tenants.
    pub(crate) async fn inventory(&self) -> Result<Arc<Inventory>, OnboardingError> {
        let mut inventory = self.inventory.lock().await;
        if let Some((at, inventory)) = &*inventory
            && at.elapsed() < INVENTORY_MAX_AGE
        {
            return Ok(inventory.clone());
        }
        let at = Instant::now();
        let read = self.attempts.read(|| Inventory::read(&self.dialog360, &self.partner, &self.zapsign)).await;
        let read = Arc::new(read.map_err(|error| error.in_step("the list of what there is"))?);
        *inventory = Some((at, read.clone()));
        Ok(read)
    }
}

impl<J: fmt::Debug> fmt::Debug for Onboarding<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Onboarding").field("journal", &self.journal).finish_non_exhaustive()
    }
}

/// Guard of a tenant that is being onboarded in this process.
struct Claim<'b> {
    busy: &'b Mutex<HashSet<String>>,
    tenant: &'b str,
}

impl<'b> Claim<'b> {
    fn of(busy: &'b Mutex<HashSet<String>>, tenant: &'b str) -> Option<Self> {
        let new = busy.lock().unwrap_or_else(PoisonError::into_inner).insert(tenant.to_owned());
        // A guard must not be made and dropped here: its drop would release the tenant of another task.
        new.then(|| Self { busy, tenant })
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(self.tenant);
    }
}
