//! Journals of the runs: files, or databases of a real Postgres server.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use conformance::postgres_server::{Database, PostgresServer};
use serde_json::Value;
use tenant_onboarding::{
    Claim, ClaimedTenants, Entry, FileJournal, Journal, JournalError, OnboardingError, PostgresJournal, Progress,
    Resource, SharedListing, Tenant, TenantQueue,
};

const SERVERS: &str = "the sandbox";

/// Kind of the journals of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JournalKind {
    Files,
    Databases,
}

/// All journals of a history. They are gone when it is.
pub(crate) struct JournalStore {
    kind: JournalKind,
    folder: tempfile::TempDir,
    made: Mutex<Vec<JournalPlace>>,
}

/// Place of a journal.
#[derive(Debug, Clone)]
pub(crate) enum JournalPlace {
    File(PathBuf),
    Database(Database),
}

/// Journal of either kind.
pub(crate) enum OpenJournal {
    File(FileJournal),
    Database(PostgresJournal),
}

impl JournalStore {
    /// Creates an empty store, or returns `None` without the server that it needs.
    pub(crate) fn new(kind: JournalKind) -> Option<Self> {
        if kind == JournalKind::Databases {
            PostgresServer::shared()?;
        }
        Some(Self { kind, folder: tempfile::tempdir().expect("a folder"), made: Mutex::default() })
    }

    /// Returns `true` if a journal has a queue of tenants.
    pub(crate) fn has_queues(&self) -> bool {
        self.kind == JournalKind::Databases
    }

    /// Creates a journal with nothing in it.
    pub(crate) async fn create(&self) -> JournalPlace {
        let place = match self.kind {
            JournalKind::Files => JournalPlace::File(self.path()),
            JournalKind::Databases => JournalPlace::Database(server().database().await),
        };
        self.keep(place)
    }

    /// Copies a journal that no run has.
    pub(crate) async fn copy(&self, of: &JournalPlace) -> JournalPlace {
        let place = match of {
            JournalPlace::File(file) => {
                let copy = self.path();
                fs::copy(file, &copy).expect("a copy");
                JournalPlace::File(copy)
            }
            JournalPlace::Database(database) => JournalPlace::Database(server().copy(database).await),
        };
        self.keep(place)
    }

    /// Drops the databases.
    pub(crate) async fn remove(&self) {
        let made = std::mem::take(&mut *self.made.lock().expect("no panic"));
        for place in made {
            if let JournalPlace::Database(database) = place {
                server().remove(&database).await;
            }
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(self.made.lock().expect("no panic").len().to_string())
    }

    fn keep(&self, place: JournalPlace) -> JournalPlace {
        self.made.lock().expect("no panic").push(place.clone());
        place
    }
}

impl JournalPlace {
    /// Opens the journal. What an earlier run had claimed is free, as it is after the time of its leases.
    pub(crate) async fn open(&self) -> OpenJournal {
        match self {
            Self::File(path) => OpenJournal::File(FileJournal::open(path, SERVERS).expect("a journal")),
            Self::Database(database) => {
                let journal = connect(database).await;
                let end_leases = "UPDATE tenant_onboarding.tenant SET lease_until = clock_timestamp(), \
                                  run_at = clock_timestamp() WHERE lease_until IS NOT NULL; \
                                  UPDATE tenant_onboarding.listing SET reading_until = clock_timestamp()";
                database.query(end_leases).await;
                OpenJournal::Database(journal)
            }
        }
    }

    /// Ends what is left of a run that was killed, as the system does with the connections of a process.
    pub(crate) async fn end_sessions(&self) {
        if let Self::Database(database) = self {
            while database.terminate_backends().await > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }

    /// Returns the progress of every tenant in the journal, which no run has.
    pub(crate) async fn progress(&self) -> BTreeMap<String, Progress> {
        match self {
            Self::File(path) => progress_of_file(path).await,
            Self::Database(database) => progress_of_database(database).await,
        }
    }
}

async fn connect(database: &Database) -> PostgresJournal {
    let builder = PostgresJournal::builder(database.url(), SERVERS).unsealed();
    // A failure is left to the next run, which begins with the dead letters again.
    builder.lease(Duration::from_secs(3600)).max_failures(1).connect().await.expect("a journal")
}

async fn progress_of_file(path: &PathBuf) -> BTreeMap<String, Progress> {
    let text = fs::read_to_string(path).expect("the file");
    // A line that a kill left incomplete is not written yet.
    let whole = text.lines().skip(1).filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let identities: BTreeSet<String> =
        whole.filter_map(|line| line["tenant"].as_str().map(ToOwned::to_owned)).collect();
    let file = FileJournal::open(path, SERVERS).expect("a journal");
    let mut tenants = BTreeMap::new();
    for identity in identities {
        let progress = file.begin(&identity).await.expect("a tenant").progress;
        tenants.insert(identity, progress);
    }
    tenants
}

async fn progress_of_database(database: &Database) -> BTreeMap<String, Progress> {
    let journal = connect(database).await;
    let rows = database.query("SELECT identity FROM tenant_onboarding.tenant WHERE entries > 0").await;
    let mut tenants = BTreeMap::new();
    for identity in rows.into_iter().flatten().flatten() {
        let mut progress = Progress::default();
        for entry in journal.entries(&identity).await.expect("entries") {
            progress.apply(&entry);
        }
        tenants.insert(identity, progress);
    }
    drop(journal);
    // The database may be copied next, which needs to be nobody's.
    JournalPlace::Database(database.clone()).end_sessions().await;
    tenants
}

fn server() -> &'static PostgresServer {
    PostgresServer::shared().expect("the store has one")
}

impl OpenJournal {
    /// Adds tenants to the queue, the first one of each address, and makes dead letters ready again.
    pub(crate) async fn enqueue(&self, tenants: &[Tenant]) {
        let Self::Database(journal) = self else { panic!("a file has no queue") };
        let mut identities = BTreeSet::new();
        let first: Vec<Tenant> =
            tenants.iter().filter(|tenant| identities.insert(tenant.identity())).cloned().collect();
        journal.enqueue(&first).await.expect("they are enqueued");
        journal.requeue(None).await.expect("they are ready");
    }
}

impl TenantQueue for OpenJournal {
    async fn claim(&self, most: usize) -> Result<ClaimedTenants, JournalError> {
        let Self::Database(journal) = self else { panic!("a file has no queue") };
        journal.claim(most).await
    }
}

impl Journal for OpenJournal {
    async fn begin(&self, tenant: &str) -> Result<Claim, JournalError> {
        match self {
            Self::File(journal) => journal.begin(tenant).await,
            Self::Database(journal) => journal.begin(tenant).await,
        }
    }

    async fn record(&self, tenant: &str, entry: &Entry) -> Result<(), JournalError> {
        match self {
            Self::File(journal) => journal.record(tenant, entry).await,
            Self::Database(journal) => journal.record(tenant, entry).await,
        }
    }

    async fn holder(&self, resource: &Resource) -> Result<Option<String>, JournalError> {
        match self {
            Self::File(journal) => journal.holder(resource).await,
            Self::Database(journal) => journal.holder(resource).await,
        }
    }

    async fn renew(&self, tenant: &str) -> Result<(), JournalError> {
        match self {
            Self::File(journal) => journal.renew(tenant).await,
            Self::Database(journal) => journal.renew(tenant).await,
        }
    }

    async fn end(&self, tenant: &str, result: &Result<(), OnboardingError>) -> Result<(), JournalError> {
        match self {
            Self::File(journal) => journal.end(tenant, result).await,
            Self::Database(journal) => journal.end(tenant, result).await,
        }
    }

    async fn listing(&self, max_age: Duration) -> Result<SharedListing, JournalError> {
        match self {
            Self::File(journal) => journal.listing(max_age).await,
            Self::Database(journal) => journal.listing(max_age).await,
        }
    }

    async fn share_listing(&self, text: &str, age: Duration) -> Result<(), JournalError> {
        match self {
            Self::File(journal) => journal.share_listing(text, age).await,
            Self::Database(journal) => journal.share_listing(text, age).await,
        }
    }
}
