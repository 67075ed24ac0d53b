use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dialog360_api::types::PartnerId;
use tokio::sync::watch;
use tokio::time::Instant;
use zapsign_api::types::OrganizationId;

use crate::attempts::AttemptSettings;
use crate::error::OnboardingError;
use crate::inventory::{self, Accounts, Inventory};
use crate::journal::{Journal, SharedListing};
use crate::journal_error::JournalError;
use crate::shared_reads::SharedReads;
use crate::step_error::StepError;

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
    pub(crate) stop: watch::Sender<bool>,
    inventory: tokio::sync::Mutex<Option<(Instant, Arc<Inventory>)>>,
    accounts: SharedReads<Accounts>,
    /// Tenants that are being onboarded in this process.
    pub(crate) busy: Mutex<HashSet<String>>,
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
            accounts: SharedReads::new(),
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

    /// Stops gracefully and permanently: no further tenant begins, and each current one ends after its call in flight.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Stops the run if the journal can't be written, since nothing may be sent without it.
    pub(crate) fn stop_if_broken(&self, fault: JournalError) -> JournalError {
        if matches!(fault, JournalError::Broken(_)) {
            self.stop();
        }
        fault
    }

    /// Returns the resources that existed, listed once for all tenants, and for all processes of a shared journal.
    pub(crate) async fn inventory(&self) -> Result<Arc<Inventory>, OnboardingError> {
        let mut inventory = self.inventory.lock().await;
        if let Some((at, inventory)) = &*inventory
            && at.elapsed() < INVENTORY_MAX_AGE
        {
            return Ok(inventory.clone());
        }
        let (read, age) = loop {
            match self.journal.listing(INVENTORY_MAX_AGE).await.map_err(|fault| self.stop_if_broken(fault))? {
                SharedListing::Found { text, age } => match serde_json::from_str(&text) {
                    Ok(found) => break (found, age),
                    // Another version of this program wrote it.
                    Err(_) => break (self.list().await?, Duration::ZERO),
                },
                SharedListing::Absent => {
                    let began = Instant::now();
                    let read = self.list().await?;
                    let text = serde_json::to_string(&read).map_err(|error| JournalError::Broken(error.to_string()))?;
                    let shared = self.journal.share_listing(&text, began.elapsed()).await;
                    shared.map_err(|fault| self.stop_if_broken(fault))?;
                    break (read, began.elapsed());
                }
                SharedListing::NotShared => {
                    let began = Instant::now();
                    break (self.list().await?, began.elapsed());
                }
                SharedListing::InProgress(wait) => self.attempts.wait(wait).await?,
            }
        };
        let now = Instant::now();
        let read = Arc::new(read);
        *inventory = Some((now.checked_sub(age).unwrap_or(now), read.clone()));
        Ok(read)
    }

    async fn list(&self) -> Result<Inventory, OnboardingError> {
        let read = self.attempts.read(|| Inventory::read(&self.dialog360, &self.partner, &self.zapsign)).await;
        read.map_err(|error| error.in_step("the list of what there is"))
    }

    /// Lists the accounts as they are now.
    pub(crate) async fn accounts(&self) -> Result<Arc<Accounts>, StepError> {
        self.accounts.read(inventory::accounts(&self.zapsign)).await
    }
}

impl<J: fmt::Debug> fmt::Debug for Onboarding<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Onboarding").field("journal", &self.journal).finish_non_exhaustive()
    }
}
