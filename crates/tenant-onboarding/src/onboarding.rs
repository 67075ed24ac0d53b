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
use crate::journal::{Journal, JournalError};
use crate::progress::Progress;
use crate::steps::Steps;
use crate::tenant::Tenant;

/// An inventory that is older is read again.
const INVENTORY_MAX_AGE: Duration = Duration::from_secs(15 * 60);

type AccountLogin = dyn Fn(OrganizationId) -> Result<zapsign_api::Client, zapsign_api::BuildError> + Send + Sync;

/// Takes tenants onto both platforms: a client, a number and a messaging key on 360dialog, an account on ZapSign.
///
/// [`Onboarding::onboard`] is one tenant, for any job system; [`Onboarding::run`] works through many of them. Both go on where
/// the [`Journal`] says that an earlier run was.
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
    /// What it has now.
    pub progress: Progress,
    /// Why it does not have everything.
    pub result: Result<(), OnboardingError>,
}

impl<J: Journal> Onboarding<J> {
    /// Starts with the clients of both platforms, Meta's id of the solution through which the numbers were shared, and a
    /// journal.
    ///
    /// What may not be sent twice is sent once whatever the clients' retry policies say.
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

    /// Sets how to log into an account as its owner: to see whose it is, and to get into one whose token was lost.
    #[must_use]
    pub fn account_login(
        mut self,
        login: impl Fn(OrganizationId) -> Result<zapsign_api::Client, zapsign_api::BuildError> + Send + Sync + 'static,
    ) -> Self {
        self.account_login = Some(Box::new(login));
        self
    }

    /// Sets how often a step is tried before the tenant is given up; default 8, at least 1.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.attempts.max_attempts = attempts.max(1);
        self
    }

    /// Sets the longest first wait between two attempts; it doubles each time. Default 500 ms.
    #[must_use]
    pub fn initial_backoff(mut self, wait: Duration) -> Self {
        self.attempts.initial_backoff = wait;
        self
    }

    /// Sets how long a call that broke off may still take effect: the time between the two looks for what it may have
    /// created. Default 60 s.
    #[must_use]
    pub fn settle(mut self, settle: Duration) -> Self {
        self.attempts.settle = settle;
        self
    }

    /// Sets the longest wait that a server may ask for; a longer one ends the tenant. Default 5 min.
    #[must_use]
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.attempts.max_wait = wait;
        self
    }

    /// Allows to make a key for a channel that has one which this journal did not make. That one is revoked.
    #[must_use]
    pub fn rotate_keys(mut self, rotate: bool) -> Self {
        self.rotate_keys = rotate;
        self
    }

    /// Names clients, channels and accounts by their ids that are the tenants', although nothing else says so.
    #[must_use]
    pub fn adopt(mut self, ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.adopt.extend(ids.into_iter().map(Into::into));
        self
    }

    /// Sets another address of the messaging API than the one that comes with a key.
    #[must_use]
    pub fn messaging_url(mut self, url: impl Into<String>) -> Self {
        self.messaging_url = Some(url.into());
        self
    }

    /// Returns the journal.
    pub fn journal(&self) -> &J {
        &self.journal
    }

    /// Takes one tenant through the steps that are left, and may be called again and again. A tenant that is under way in
    /// this process already is refused.
    pub async fn onboard(&self, tenant: &Tenant) -> TenantReport {
        let mut progress = Progress::default();
        let result = self.steps(tenant, &mut progress).await;
        TenantReport { tenant: tenant.clone(), progress, result }
    }

    /// Works through tenants, `workers` of them at a time, until there are no more or [`Onboarding::stop`] is called. Reports
    /// come in the order in which tenants end; those that were not begun have none.
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

    /// Stops gracefully: no tenant is begun, and each one under way ends after the call that it waits for. For good.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    async fn steps(&self, tenant: &Tenant, progress: &mut Progress) -> Result<(), OnboardingError> {
        let identity = tenant.identity();
        let _claim = Claim::of(&self.busy, &identity).ok_or(JournalError::Busy)?;
        *progress = self.journal.begin(&identity).await.inspect_err(|fault| self.stop_if_broken(fault))?;
        Steps { onboarding: self, tenant, identity: &identity, progress }.run().await
    }

    /// A journal that can't be written must not be worked without.
    pub(crate) fn stop_if_broken(&self, fault: &JournalError) {
        if matches!(fault, JournalError::Broken(_)) {
            self.stop();
        }
    }

    /// Lists what there was, once for all tenants.
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

/// A tenant that is under way in this process, until it is dropped.
struct Claim<'b> {
    busy: &'b Mutex<HashSet<String>>,
    tenant: &'b str,
}

impl<'b> Claim<'b> {
    fn of(busy: &'b Mutex<HashSet<String>>, tenant: &'b str) -> Option<Self> {
        let new = busy.lock().unwrap_or_else(PoisonError::into_inner).insert(tenant.to_owned());
        // Not made and dropped at once: that would let go of the claim of whoever has it.
        new.then(|| Self { busy, tenant })
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(self.tenant);
    }
}
