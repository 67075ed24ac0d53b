//! Real Postgres server for a test.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio_postgres::{NoTls, SimpleQueryMessage};

use crate::server_process::{ServerFolder, ServerProcess, find_program_in, path_folders};
use crate::wait::HANG_TIMEOUT;

/// Versions that the Debian packages install, each in its folder.
const DEBIAN_FOLDER: &str = "/usr/lib/postgresql";

/// Name of the socket in its folder.
const SOCKET: &str = ".s.PGSQL.5432";

/// The superuser, who needs no password. All other users need theirs.
const SUPERUSER: &str = "test";
/// Before version 14, another is the default, and [`AUTHENTICATION`] refuses its passwords.
const SCRAM: &str = "password_encryption=scram-sha-256";
const AUTHENTICATION: &str = "local all test trust\nlocal all all scram-sha-256\nhost all all all scram-sha-256\n";

/// Server on a Unix socket, with empty databases. It ends when it is dropped, and when the test's process ends.
pub struct PostgresServer {
    process: ServerProcess,
    folder: PathBuf,
}

/// Database of a [`PostgresServer`].
#[derive(Debug, Clone)]
pub struct Database {
    url: String,
}

/// Way in which a server ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shutdown {
    /// It rolls back what is under way, and writes everything else.
    Fast,
    /// It leaves everything as it is, and repairs it when it starts again.
    Immediate,
}

impl PostgresServer {
    /// Starts a server, or returns `None` without an installed one.
    ///
    /// # Panics
    ///
    /// If none is installed and `STORES` is `required`, or it does not start.
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// Starts a server with these arguments of the command line, too, such as `-c` and `max_connections=20`.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn start_with(arguments: &[&str]) -> Option<Self> {
        let programs = program_folders();
        let place = "in $PG_BIN, on the PATH or in /usr/lib/postgresql";
        let initdb = find_program_in(&["initdb"], &programs, place)?;
        let postgres = find_program_in(&["postgres"], &programs, place)?;
        let folder = ServerFolder::create();
        // The server refuses to run as root.
        let user = unprivileged_user();
        if let Some((_, id)) = user {
            folder.give_to(id);
        }
        // The socket's path has a limit.
        let path = folder.file(SOCKET).parent().expect("a folder").to_owned();
        let data = path.join("data");
        create_data(&command(user, &initdb), &data);
        let authentication = path.join("authentication");
        fs::write(&authentication, AUTHENTICATION).expect("a file");
        open_to_all(&authentication);

        let mut all = command(user, &postgres);
        all.extend(["-D".to_owned(), data.display().to_string(), "-k".to_owned(), path.display().to_string()]);
        // The machine does not crash. A server that does loses nothing that it has handed to the system, but what is committed
        // asynchronously is still in its own memory: that setting stays.
        for setting in ["listen_addresses=", "fsync=off", "full_page_writes=off", "max_connections=300", SCRAM] {
            all.extend(["-c".to_owned(), setting.to_owned()]);
        }
        all.extend(["-c".to_owned(), format!("hba_file={}", authentication.display())]);
        all.extend(arguments.iter().map(|&argument| argument.to_owned()));
        let process = ServerProcess::start(Path::new(&all[0]), &all[1..], folder);
        let server = Self { process, folder: path };
        server.wait_until_ready();
        Some(server)
    }

    /// Returns the server that all tests of this process share, or `None` without an installed one. It is for tests that do not
    /// stop it.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn shared() -> Option<&'static Self> {
        // Nobody drops a static. The watcher ends the server, because it sees that the process is gone.
        static SHARED: OnceLock<Option<PostgresServer>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// Creates an empty database.
    ///
    /// # Panics
    ///
    /// If the server can't be reached.
    pub async fn database(&self) -> Database {
        self.create("template0").await
    }

    /// Creates a database with all that is in another, which nobody uses meanwhile.
    ///
    /// # Panics
    ///
    /// If somebody uses it, or the server can't be reached.
    pub async fn copy(&self, of: &Database) -> Database {
        self.create(of.name()).await
    }

    /// Drops a database, even if somebody uses it.
    ///
    /// # Panics
    ///
    /// If the server can't be reached.
    pub async fn remove(&self, database: &Database) {
        self.maintenance().query(&format!("DROP DATABASE {} WITH (FORCE)", database.name())).await;
    }

    async fn create(&self, template: &str) -> Database {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        self.maintenance().query(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Database { url: self.url(&name) }
    }

    /// Returns the URL of a database for the superuser.
    pub fn url(&self, database: &str) -> String {
        self.url_of(SUPERUSER, database)
    }

    /// Returns the URL of a database for a user, who may have the password after a colon.
    pub fn url_of(&self, user: &str, database: &str) -> String {
        let folder = utf8_percent_encode(&self.folder.display().to_string(), NON_ALPHANUMERIC).to_string();
        format!("postgres://{user}@{folder}/{database}")
    }

    /// Returns the path of the socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.join(SOCKET)
    }

    /// Stops all processes of the server, which keeps its connections and answers nothing.
    pub fn freeze(&mut self) {
        self.process.freeze();
    }

    /// Lets a stopped server go on.
    pub fn thaw(&mut self) {
        self.process.thaw();
    }

    /// Kills all processes of the server, and returns when they are gone.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Ends the server, and returns when it is gone.
    pub fn shut_down(&mut self, shutdown: Shutdown) {
        self.process.end(match shutdown {
            Shutdown::Fast => "INT",
            Shutdown::Immediate => "QUIT",
        });
    }

    /// Starts the server again after it has ended, at the same address, and returns when it accepts connections.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn restart(&mut self) {
        self.process.restart();
        self.wait_until_ready();
    }

    /// Returns what the server has written so far.
    pub fn output(&self) -> String {
        self.process.output()
    }

    fn maintenance(&self) -> Database {
        Database { url: self.url("postgres") }
    }

    /// Waits in a thread of its own, since the test's may have a runtime.
    fn wait_until_ready(&self) {
        let maintenance = self.maintenance();
        let ready = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let end = Instant::now() + HANG_TIMEOUT;
            loop {
                let Err(error) = runtime.block_on(maintenance.try_query("SELECT")) else { return Ok(()) };
                if Instant::now() > end {
                    return Err(error.to_string());
                }
                sleep(Duration::from_millis(10));
            }
        });
        let ready = ready.join().expect("no panic");
        ready.unwrap_or_else(|error| panic!("the server does not start: {error}\n{}", self.output()));
    }
}

impl Database {
    /// Returns the URL for the superuser.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }

    /// Executes SQL over a connection of its own, and returns the rows of all its statements with each value as text.
    ///
    /// # Panics
    ///
    /// If the server refuses it, or can't be reached.
    pub async fn query(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        self.try_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"))
    }

    /// Executes SQL as [`query`](Self::query) does, and returns the error if it fails.
    ///
    /// # Errors
    ///
    /// If the server refuses it, or can't be reached.
    pub async fn try_query(&self, sql: &str) -> Result<Vec<Vec<Option<String>>>, tokio_postgres::Error> {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await?;
        let connection = tokio::spawn(connection);
        let messages = client.simple_query(sql).await;
        // The session is gone when this returns, so that the database can be a template.
        drop(client);
        let _ = connection.await;
        let rows = messages?.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect())
            }
            _ => None,
        });
        Ok(rows.collect())
    }

    /// Executes a query for a single value, and returns that as text.
    ///
    /// # Panics
    ///
    /// If it has no row or its value is null, and as [`query`](Self::query).
    pub async fn value(&self, sql: &str) -> String {
        let mut rows = self.query(sql).await;
        rows.pop().and_then(|mut row| row.pop()).flatten().unwrap_or_else(|| panic!("no value: {sql}"))
    }

    /// Executes a query for a single integer, and returns that.
    ///
    /// # Panics
    ///
    /// As [`value`](Self::value), and if it is no integer.
    pub async fn integer(&self, sql: &str) -> i64 {
        self.value(sql).await.parse().unwrap_or_else(|_| panic!("no integer: {sql}"))
    }

    /// Ends the sessions of all others in the database, whatever they do, and returns their number.
    ///
    /// # Panics
    ///
    /// If the server can't be reached.
    pub async fn terminate_backends(&self) -> i64 {
        self.integer(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
        )
        .await
    }
}

/// Returns the folders that may have the server's programs, the preferred ones first.
fn program_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = env::var_os("PG_BIN").map(PathBuf::from).into_iter().collect();
    folders.extend(path_folders());
    let versions = fs::read_dir(DEBIAN_FOLDER).into_iter().flatten().flatten();
    let mut versions: Vec<u32> = versions.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    versions.sort_unstable_by(|one, other| other.cmp(one));
    folders.extend(versions.into_iter().map(|version| Path::new(DEBIAN_FOLDER).join(version.to_string()).join("bin")));
    folders
}

/// Returns name and id of the user whom a server of root runs as; `None` if this is not root.
fn unprivileged_user() -> Option<(&'static str, u32)> {
    let id = |arguments: &[&str]| {
        let output = Command::new("id").arg("-u").args(arguments).output().expect("every system has it");
        String::from_utf8_lossy(&output.stdout).trim().parse::<u32>().ok()
    };
    (id(&[]) == Some(0)).then(|| {
        let users = ["postgres", "nobody"].into_iter().find_map(|name| Some((name, id(&[name])?)));
        users.expect("a user who is not root")
    })
}

/// Returns the words of a command that runs a program as that user.
fn command(user: Option<(&str, u32)>, program: &Path) -> Vec<String> {
    let mut words = Vec::new();
    if let Some((name, id)) = user {
        words.extend(["setpriv".to_owned(), format!("--reuid={name}")]);
        let group = Command::new("id").args(["-g", name]).output().expect("every system has it");
        let group = String::from_utf8_lossy(&group.stdout).trim().parse().unwrap_or(id);
        words.extend([format!("--regid={group}"), "--init-groups".to_owned(), "--reset-env".to_owned()]);
    }
    words.push(program.display().to_string());
    words
}

fn create_data(initdb: &[String], data: &Path) {
    let mut command = Command::new(&initdb[0]);
    command.args(&initdb[1..]).arg("-D").arg(data);
    command.args(["-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]).current_dir("/");
    let output = command.output().expect("it is installed");
    let text = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(output.status.success(), "initdb: {text}");
}

/// Lets the server's user read a file.
fn open_to_all(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o644)).expect("it is the test's");
}
