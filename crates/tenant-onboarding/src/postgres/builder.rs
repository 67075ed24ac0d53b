use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio_postgres::Config;
use tokio_postgres::types::Type;
use zapsign_api::Secret;

use super::database::{Database, Parameter};
use super::database_error::DatabaseError;
use super::held_tenants::HeldTenants;
use super::journal::{JournalState, PostgresJournal};
use super::migrations::{self, MIGRATIONS};
use super::row;
use super::sealed_entry::EntrySealer;
use super::sealing_check;
use super::server;
use super::settings::Settings;
use super::spool::Spool;
use super::tls;
use crate::journal_error::JournalError;
use crate::seal::Seal;

const ACCOUNT: &str = include_str!("sql/account.sql");

/// Maximum number of connections, unless another is set.
const MAX_CONNECTIONS: usize = 4;
/// Time for a connection to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Time for which the first connection is tried: longer than a server takes to restart, and short enough that a wrong address
/// is told soon.
const FIRST_CONNECTION: Duration = Duration::from_secs(15);
/// Longest text of servers and partner in bytes.
const LONGEST_SERVERS: usize = 1000;

/// Builder of a [`PostgresJournal`].
#[must_use = "the journal is opened by `connect`"]
pub struct PostgresJournalBuilder {
    source: Source,
    servers: String,
    password: Option<Secret>,
    root_certificates: Option<Vec<u8>>,
    /// `None` until it is decided; the inner `None` for secrets that are not sealed.
    seal: Option<Option<Arc<dyn Seal>>>,
    max_connections: Option<usize>,
    spool: Option<PathBuf>,
    migrate: bool,
    settings: Settings,
}

enum Source {
    Url(Secret),
    Pool(Pool),
}

impl PostgresJournal {
    /// Creates a builder for the database at a URL, such as `postgres://user@host/database?sslmode=require`. `servers`
    /// describes the servers and the partner; journals with different ones do not know of each other.
    pub fn builder(url: impl AsRef<str>, servers: impl Into<String>) -> PostgresJournalBuilder {
        PostgresJournalBuilder::new(Source::Url(Secret::new(url.as_ref())), servers.into())
    }

    /// Creates a builder for a database whose connections come from a pool of `deadpool-postgres` 0.14. The pool decides on the
    /// password, TLS, the number of connections and the time in which one is made: without such a time, a server that does not
    /// respond is an outage without end.
    pub fn from_pool(pool: Pool, servers: impl Into<String>) -> PostgresJournalBuilder {
        PostgresJournalBuilder::new(Source::Pool(pool), servers.into())
    }

    /// Returns the names and texts of the SQL scripts that make the schema, for an administrator who applies them: in order, each
    /// in one transaction.
    ///
    /// The role of the processes needs `usage` on the schema `tenant_onboarding`; `select` on all its tables; `insert` on all but
    /// `migration`; `update` on `tenant`, `entry`, `late_entry`, `listing` and `sealing_check`; `delete` on `resource`.
    pub fn migrations() -> &'static [(&'static str, &'static str)] {
        MIGRATIONS
    }
}

impl PostgresJournalBuilder {
    fn new(source: Source, servers: String) -> Self {
        Self {
            source,
            servers,
            password: None,
            root_certificates: None,
            seal: None,
            max_connections: None,
            spool: None,
            migrate: true,
            settings: Settings::default(),
        }
    }

    /// Sets the password, in place of one in the URL.
    pub fn password(mut self, password: impl Into<Secret>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Accepts certificates of the server that lead to these, as PEM, instead of to those that the operating system trusts.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates = Some(pem.into());
        self
    }

    /// Sets how secrets are sealed. This or [`PostgresJournalBuilder::unsealed`] is needed.
    pub fn seal(mut self, seal: impl Seal) -> Self {
        self.seal = Some(Some(Arc::new(seal)));
        self
    }

    /// Writes keys and tokens as they are, readable by everybody who can read the database or a copy of it.
    pub fn unsealed(mut self) -> Self {
        self.seal = Some(None);
        self
    }

    /// Sets the duration of a lease: the time after which another process goes on with the tenant of one that is gone.
    /// Default 5 minutes. Half of it must be longer than an attempt of the clients.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.settings.lease = lease;
        self
    }

    /// Sets the name of this process, which others see for its tenants; default is made of machine and process id.
    pub fn process(mut self, name: impl Into<String>) -> Self {
        self.settings.process = name.into();
        self
    }

    /// Sets the maximum number of connections; default 4.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = Some(connections);
        self
    }

    /// Sets the time for which a statement is repeated while the database can't be reached; default 5 minutes. After it, the
    /// run stops.
    pub fn max_outage(mut self, outage: Duration) -> Self {
        self.settings.max_outage = outage;
        self
    }

    /// Sets the folder for responses that can't be written while the database can't be reached, sealed as in the database.
    /// They are written to it by the next process that uses the folder. Default: they are kept in memory only.
    pub fn spool(mut self, folder: impl Into<PathBuf>) -> Self {
        self.spool = Some(folder.into());
        self
    }

    /// Sets the delay before a tenant whose onboarding failed is tried again, before jitter. It doubles with each failure, up
    /// to an hour. Default 30 s.
    pub fn initial_backoff(mut self, backoff: Duration) -> Self {
        self.settings.initial_backoff = backoff;
        self
    }

    /// Sets the number of failures in a row after which a tenant is a dead letter; default 10.
    pub fn max_failures(mut self, failures: u32) -> Self {
        self.settings.max_failures = failures;
        self
    }

    /// Sets if the schema is brought up to date; default `true`. If not, it is only checked: apply the scripts of
    /// [`PostgresJournal::migrations`].
    pub fn migrate(mut self, migrate: bool) -> Self {
        self.migrate = migrate;
        self
    }

    /// Connects, brings the schema up to date, and writes what the spool has.
    ///
    /// # Errors
    ///
    /// [`JournalError::Broken`] if the settings are invalid, the database can't be reached, its server is older than 13, its encoding
    /// is not UTF-8 or its `synchronous_commit` off, its schema is newer, the role lacks a right, or other processes seal with
    /// a key that this one does not have.
    pub async fn connect(self) -> Result<PostgresJournal, JournalError> {
        self.check().map_err(|fault| JournalError::Broken(fault.to_owned()))?;
        let Self { source, servers, password, root_certificates, seal, max_connections, spool, migrate, settings } =
            self;
        let pool = match source {
            Source::Pool(pool) => pool,
            Source::Url(url) => {
                let max_connections = max_connections.unwrap_or(MAX_CONNECTIONS);
                pool(&url, password.as_ref(), root_certificates.as_deref(), max_connections)?
            }
        };
        let database = Database::new(pool, settings.statement_timeout(), settings.max_outage);
        let first = database.with_max_outage(FIRST_CONNECTION.min(settings.max_outage));
        server::check(&first).await?;
        if migrate {
            migrations::migrate(&first).await?;
        } else {
            migrations::check(&first).await?;
        }
        migrations::check_rights(&first).await?;
        let account = account(&first, &servers).await?;
        let spool = match spool {
            Some(folder) => Some(Spool::open(folder).await.map_err(JournalError::Broken)?),
            None => None,
        };
        let sealer = EntrySealer::new(&servers, seal.flatten());
        sealing_check::check(&first, &sealer, account).await?;
        let journal = PostgresJournal(Arc::new(JournalState {
            database,
            account,
            servers,
            sealer,
            spool,
            spool_faults: OnceLock::new(),
            settings,
            held: HeldTenants::default(),
            instance: fastrand::u64(..),
            claims: AtomicU64::new(1),
        }));
        journal.empty_spool().await;
        Ok(journal)
    }

    fn check(&self) -> Result<(), &'static str> {
        if self.seal.is_none() {
            return Err("there is no seal for keys and tokens: give one, or say `unsealed`");
        }
        let sets_connections =
            self.password.is_some() || self.root_certificates.is_some() || self.max_connections.is_some();
        if matches!(self.source, Source::Pool(_)) && sets_connections {
            return Err("a pool has its own password, certificates and number of connections: set them there");
        }
        if self.settings.lease < Duration::from_millis(100) || self.settings.lease > Duration::from_secs(24 * 3600) {
            return Err("the lease is shorter than 100 ms or longer than a day; choose one of some minutes");
        }
        if self.max_connections == Some(0) {
            return Err("no connection is allowed; allow one at least");
        }
        if self.servers.is_empty() || self.servers.len() > LONGEST_SERVERS || self.servers.contains('\0') {
            return Err(
                "the text of servers and partner is empty, longer than 1000 bytes, or contains NUL; correct it",
            );
        }
        if self.settings.process.contains('\0') {
            return Err("the name of the process contains NUL; correct it");
        }
        Ok(())
    }
}

/// Without the URL, which may have a password, and without keys.
impl fmt::Debug for PostgresJournalBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresJournalBuilder")
            .field("servers", &self.servers)
            .field("max_connections", &self.max_connections)
            .field("spool", &self.spool)
            .field("migrate", &self.migrate)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// Returns the row of servers and partner, and adds it if there is none.
async fn account(database: &Database, servers: &str) -> Result<i32, DatabaseError> {
    let parameters: [Parameter<'_>; 1] = [(&servers, Type::TEXT)];
    let mut rows = database.query(ACCOUNT, &parameters).await?;
    if rows.is_empty() {
        // Another process has just added it, after this statement began: the next one sees it.
        rows = database.query(ACCOUNT, &parameters).await?;
    }
    row::column(&row::only(rows)?, "id")
}

fn pool(
    url: &Secret,
    password: Option<&Secret>,
    root_certificates: Option<&[u8]>,
    max_connections: usize,
) -> Result<Pool, JournalError> {
    // The text of the error may show a part of the password.
    let invalid = |_| {
        let remedy = "postgres://user@host/database, with reserved characters in %XX";
        JournalError::Broken(format!("the URL of the database is invalid; write {remedy}"))
    };
    let mut config: Config = url.expose().parse().map_err(invalid)?;
    if let Some(password) = password {
        config.password(password.expose());
    }
    if config.get_application_name().is_none() {
        config.application_name("tenant-onboarding");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    // A fast check: a broken connection is found by the statement that it can't send, which is repeated.
    let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let tls = tls::connector(&config, root_certificates).map_err(JournalError::Broken)?;
    let manager = Manager::from_config(config, tls, manager);
    let pool = Pool::builder(manager)
        .max_size(max_connections)
        .create_timeout(Some(CONNECT_TIMEOUT))
        .runtime(Runtime::Tokio1)
        .build();
    pool.map_err(|error| JournalError::Broken(error.to_string()))
}

#[cfg(test)]
mod tests {
    use tokio_postgres::NoTls;

    use super::*;

    #[test]
    fn what_a_pool_decides_on_is_not_ignored() {
        let builder = || {
            let config = "postgres://host/database".parse().expect("a URL");
            let pool = Pool::builder(Manager::new(config, NoTls)).build().expect("a pool");
            PostgresJournal::from_pool(pool, "the sandbox").unsealed()
        };
        assert_eq!(builder().check(), Ok(()));
        for builder in [builder().password("pw"), builder().root_certificate("pem"), builder().max_connections(9)] {
            let fault = builder.check().expect_err("it would be ignored");
            assert!(fault.contains("a pool has its own"), "{fault}");
        }
    }

    #[test]
    fn no_secret_is_shown() {
        let builder = PostgresJournal::builder("postgres://user:hunter2@host/database", "the sandbox");
        let shown = format!("{:?}", builder.password("hunter3").unsealed());
        assert!(shown.contains("the sandbox") && !shown.contains("hunter"), "{shown}");
    }
}
