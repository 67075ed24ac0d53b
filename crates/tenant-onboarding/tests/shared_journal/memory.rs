//! Shared journal in memory, of which each process has a handle.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tenant_onboarding::{
    Claim, ClaimedTenants, Entry, ErrorKind, Journal, JournalError, Lease, LeaseStart, OnboardingError, Progress,
    Resource, SharedListing, Tenant, TenantQueue,
};

/// Time after which a queue whose tenants are all claimed is asked again.
pub const POLL: Duration = Duration::from_millis(5);

#[derive(Default)]
pub struct Row {
    pub tenant: Option<Tenant>,
    pub entries: Vec<Entry>,
    pub late: Vec<Entry>,
    pub fence: u64,
    pub claimed: bool,
    /// Result of each claim that ended: `None` for a complete tenant.
    pub ends: Vec<Option<OnboardingError>>,
    pub renewals: u32,
    /// Entries that were refused.
    pub fenced: Vec<Entry>,
}

#[derive(Default)]
pub struct Shared {
    pub rows: BTreeMap<String, Row>,
    pub listing: Option<String>,
    pub is_being_listed: bool,
}

/// Handle of one process.
#[derive(Clone)]
pub struct MemoryQueue {
    pub shared: Arc<Mutex<Shared>>,
    held: Arc<Mutex<HashMap<String, (u64, Lease)>>>,
    /// Duration of the leases. They end for the holder only: another process takes a tenant with [`MemoryQueue::take_over`].
    lease: Duration,
    /// Entry after which another process takes the tenant over.
    pub takes_over_after: Option<fn(&Entry) -> bool>,
    /// Entry after which the lease has ended, whatever renews it.
    pub expires_after: Option<fn(&Entry) -> bool>,
    /// `false` if the holders of resources can't be read.
    pub knows_holders: bool,
}

impl MemoryQueue {
    pub fn new(lease: Duration) -> Self {
        let (takes_over_after, expires_after) = (None, None);
        Self {
            shared: Arc::default(),
            held: Arc::default(),
            lease,
            takes_over_after,
            expires_after,
            knows_holders: true,
        }
    }

    /// Makes the handle of another process.
    pub fn other(&self) -> Self {
        Self { held: Arc::default(), takes_over_after: None, expires_after: None, ..self.clone() }
    }

    pub fn enqueue(&self, tenants: impl IntoIterator<Item = Tenant>) {
        for tenant in tenants {
            let identity = tenant.identity();
            self.shared().rows.entry(identity).or_default().tenant = Some(tenant);
        }
    }

    pub fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().expect("no panic")
    }

    pub fn entries(&self, tenant: &str) -> Vec<Entry> {
        self.shared().rows[tenant].entries.clone()
    }

    /// Ends the claim of whoever has the tenant, as the end of a lease does.
    pub fn take_over(&self, tenant: &str) {
        let mut shared = self.shared();
        let row = shared.rows.get_mut(tenant).expect("a tenant");
        row.fence += 1;
        row.claimed = false;
    }

    fn hold(&self, row: &mut Row, tenant: &str) -> Claim {
        row.fence += 1;
        row.claimed = true;
        let lease = Lease::new(self.lease, LeaseStart::now());
        self.held.lock().expect("no panic").insert(tenant.to_owned(), (row.fence, lease.clone()));
        let mut progress = Progress::default();
        row.entries.iter().for_each(|entry| progress.apply(entry));
        Claim::new(progress, lease).late(row.late.clone())
    }

    fn fenced<T>(&self, tenant: &str, then: impl FnOnce(&mut Row) -> T) -> Result<T, JournalError> {
        let (fence, lease) = self.held.lock().expect("no panic")[tenant].clone();
        let mut shared = self.shared();
        let row = shared.rows.get_mut(tenant).expect("a tenant");
        if row.fence != fence {
            lease.lose();
            return Err(JournalError::Fenced);
        }
        lease.renew(LeaseStart::now());
        Ok(then(row))
    }
}

impl Journal for MemoryQueue {
    async fn begin(&self, tenant: &str) -> Result<Claim, JournalError> {
        let mut shared = self.shared();
        let row = shared.rows.entry(tenant.to_owned()).or_default();
        if row.claimed { Err(JournalError::Busy) } else { Ok(self.hold(row, tenant)) }
    }

    async fn record(&self, tenant: &str, entry: &Entry) -> Result<(), JournalError> {
        let recorded = self.fenced(tenant, |row| row.entries.push(entry.clone()));
        if recorded.is_err() {
            let mut shared = self.shared();
            let row = shared.rows.get_mut(tenant).expect("a tenant");
            if entry.is_evidence() { &mut row.late } else { &mut row.fenced }.push(entry.clone());
        }
        if self.expires_after.is_some_and(|is_last| is_last(entry)) {
            self.held.lock().expect("no panic")[tenant].1.lose();
        }
        if self.takes_over_after.is_some_and(|is_last| is_last(entry)) {
            self.take_over(tenant);
        }
        recorded
    }

    async fn holder(&self, resource: &Resource) -> Result<Option<String>, JournalError> {
        if !self.knows_holders {
            return Err(JournalError::Broken("no holders".to_owned()));
        }
        let shared = self.shared();
        let holds = |row: &Row| row.entries.iter().any(|entry| entry.claims().contains(resource));
        Ok(shared.rows.iter().find(|(_, row)| holds(row)).map(|(tenant, _)| tenant.clone()))
    }

    async fn renew(&self, tenant: &str) -> Result<(), JournalError> {
        self.fenced(tenant, |row| row.renewals += 1)
    }

    async fn end(&self, tenant: &str, result: &Result<(), OnboardingError>) -> Result<(), JournalError> {
        self.fenced(tenant, |row| {
            row.claimed = false;
            row.ends.push(result.as_ref().err().cloned());
        })
    }

    async fn listing(&self, _: Duration) -> Result<SharedListing, JournalError> {
        let mut shared = self.shared();
        if let Some(text) = shared.listing.clone() {
            return Ok(SharedListing::Found { text, age: Duration::ZERO });
        }
        match std::mem::replace(&mut shared.is_being_listed, true) {
            true => Ok(SharedListing::InProgress(POLL)),
            false => Ok(SharedListing::Absent),
        }
    }

    async fn share_listing(&self, text: &str, _: Duration) -> Result<(), JournalError> {
        self.shared().listing = Some(text.to_owned());
        Ok(())
    }
}

impl TenantQueue for MemoryQueue {
    async fn claim(&self, most: usize) -> Result<ClaimedTenants, JournalError> {
        let mut shared = self.shared();
        let may_go_on = |row: &Row| match row.ends.last() {
            None => true,
            Some(end) => end.as_ref().is_some_and(|error| error.is_retryable() && error.kind() != ErrorKind::Stopped),
        };
        let (mut tenants, mut open) = (Vec::new(), false);
        for (identity, row) in &mut shared.rows {
            let Some(tenant) = row.tenant.clone().filter(|_| may_go_on(row)) else { continue };
            open = true;
            if !row.claimed && tenants.len() < most {
                tenants.push((tenant, self.hold(row, identity)));
            }
        }
        Ok(ClaimedTenants::new(tenants, open.then_some(POLL)))
    }
}
