//! Real Redis or Valkey server for a test.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::server_process::{ServerFolder, ServerProcess, find_program};
use crate::wait::{HANG_TIMEOUT, wait_until};

/// Server on a Unix socket, with nothing in it. It ends when it is dropped.
pub struct RedisServer {
    /// The process that serves now, after those that it has taken over from. Their folders stay, because the socket has its
    /// place in that of the first.
    processes: Vec<ServerProcess>,
    socket: PathBuf,
    /// Password of the default user.
    password: Option<String>,
}

impl RedisServer {
    /// Starts a server, or returns `None` without an installed one.
    ///
    /// # Panics
    ///
    /// If none is installed and `STORES` is `required`, or it does not start.
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// Starts a server with these arguments of the command line, too.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn start_with(arguments: &[&str]) -> Option<Self> {
        let server = Self::spawn(arguments)?;
        server.wait_until_ready();
        Some(server)
    }

    /// Starts a server, and does not wait until it is ready.
    fn spawn(arguments: &[&str]) -> Option<Self> {
        let program = find_program(&["valkey-server", "redis-server"])?;
        let folder = ServerFolder::create();
        let socket = folder.file("socket");
        let own = ["--port", "0", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--unixsocket"];
        let mut all: Vec<String> = own.map(str::to_owned).to_vec();
        all.push(socket.display().to_string());
        // A replica gets everything at once, and not after five seconds.
        all.extend(["--repl-diskless-sync-delay", "0"].map(str::to_owned));
        all.extend(arguments.iter().map(|&argument| argument.to_owned()));
        let password = arguments.iter().skip_while(|&&argument| argument != "--requirepass").nth(1);
        let password = password.map(|&password| password.to_owned());
        Some(Self { processes: vec![ServerProcess::start(&program, &all, folder)], socket, password })
    }

    /// Starts a cluster of one node that has all slots, or returns `None` without an installed server.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn start_cluster() -> Option<Self> {
        // Another program may take a free port first.
        let server = loop {
            let port = free_cluster_port().to_string();
            let server = Self::spawn(&["--cluster-enabled", "yes", "--port", &port])?;
            let is_ready = || server.try_command(&["PING"]).is_ok();
            wait_until("the server is ready, or has no port", || is_ready() || server.has_no_port());
            if !server.has_no_port() {
                break server;
            }
        };
        // Redis 6.2 has neither `ADDSLOTSRANGE` nor a setting for the port of the bus.
        let slots: Vec<String> = (0..16_384).map(|slot| slot.to_string()).collect();
        let words: Vec<&str> = ["CLUSTER", "ADDSLOTS"].into_iter().chain(slots.iter().map(String::as_str)).collect();
        server.command(&words);
        wait_until("the cluster is up", || server.text(&["CLUSTER", "INFO"]).contains("cluster_state:ok"));
        Some(server)
    }

    /// Starts a server that follows this one, and returns it when it has all that is in this one.
    ///
    /// # Panics
    ///
    /// If it does not start, or does not follow.
    pub fn replica(&self) -> Self {
        // A replica connects over TCP. Another program may take a free port first.
        let port = loop {
            let port = free_port().to_string();
            if self.try_command(&["CONFIG", "SET", "port", &port]).is_ok() {
                break port;
            }
        };
        let replica = Self::start_with(&["--replicaof", "127.0.0.1", &port]);
        let replica = replica.expect("this server is installed");
        wait_until("the replica follows", || replica.text(&["INFO", "replication"]).contains("master_link_status:up"));
        replica
    }

    /// Kills this server, and lets a replica of it take its place, at the same address.
    ///
    /// # Panics
    ///
    /// If the replica is gone.
    pub fn promote(&mut self, replica: Self) {
        self.current().kill();
        self.replace_with(replica);
    }

    /// Lets a replica of this server take its place, at the same address. This server becomes a replica, and goes on to serve
    /// the connections that it has.
    ///
    /// # Panics
    ///
    /// If the replica is gone.
    pub fn switch_over(&mut self, replica: Self) {
        // Nobody listens there, so the server keeps what it has.
        self.command(&["REPLICAOF", "127.0.0.1", "1"]);
        self.replace_with(replica);
    }

    fn replace_with(&mut self, mut replica: Self) {
        replica.command(&["REPLICAOF", "NO", "ONE"]);
        fs::rename(&replica.socket, &self.socket).expect("the socket has a place");
        self.processes.append(&mut replica.processes);
    }

    /// Returns the URL, with the password if the server was started with one.
    pub fn url(&self) -> String {
        match &self.password {
            Some(password) => format!("unix://{}?pass={password}", self.socket.display()),
            None => self.url_without_password(),
        }
    }

    /// Returns the URL without a password.
    pub fn url_without_password(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// Stops the server, which keeps its connections and answers nothing.
    pub fn freeze(&mut self) {
        self.current().freeze();
    }

    /// Lets a stopped server go on.
    pub fn thaw(&mut self) {
        self.current().thaw();
    }

    /// Kills the server, and returns when it is gone.
    pub fn kill(&mut self) {
        self.current().kill();
    }

    /// Starts the server again after it was killed, at the same address, with nothing in it.
    pub fn restart(&mut self) {
        self.current().restart();
        self.wait_until_ready();
    }

    /// Sends a command, and returns the reply.
    ///
    /// # Panics
    ///
    /// If the server refuses it, or can't be reached.
    pub fn command(&self, words: &[&str]) -> redis::Value {
        self.try_command(words).unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    /// Sends a command whose reply is a text, and returns that.
    ///
    /// # Panics
    ///
    /// As [`command`](Self::command).
    pub fn text(&self, words: &[&str]) -> String {
        redis::from_redis_value(self.command(words)).expect("a text")
    }

    /// Sends a command whose reply is a list of texts, and returns that.
    ///
    /// # Panics
    ///
    /// As [`command`](Self::command).
    pub fn texts(&self, words: &[&str]) -> Vec<String> {
        redis::from_redis_value(self.command(words)).expect("texts")
    }

    /// Sends a command whose reply is an integer, and returns that.
    ///
    /// # Panics
    ///
    /// As [`command`](Self::command).
    pub fn integer(&self, words: &[&str]) -> i64 {
        redis::from_redis_value(self.command(words)).expect("an integer")
    }

    /// Sends a command that the server refuses, and returns the refusal.
    ///
    /// # Panics
    ///
    /// If it does not refuse the command, or can't be reached.
    pub fn refusal(&self, words: &[&str]) -> String {
        match self.try_command(words) {
            Err(error) => error.to_string(),
            Ok(reply) => panic!("{words:?}: {reply:?}"),
        }
    }

    /// Changes the password, and breaks all connections. This fixture goes on with the new one.
    ///
    /// # Panics
    ///
    /// As [`command`](Self::command).
    pub fn change_password(&mut self, password: &str) {
        let mut connection =
            redis::Client::open(self.url()).and_then(|client| client.get_connection()).expect("it runs");
        redis::cmd("CONFIG").arg("SET").arg("requirepass").arg(password).exec(&mut connection).expect("it is changed");
        redis::cmd("CLIENT").arg("KILL").arg("TYPE").arg("normal").exec(&mut connection).expect("they are broken");
        self.password = Some(password.to_owned());
    }

    /// Returns how often the server has executed a command since it started, or since `CONFIG RESETSTAT`.
    pub fn executions(&self, command: &str) -> u64 {
        let statistics = self.text(&["INFO", "commandstats"]);
        let calls = statistics
            .lines()
            .find_map(|line| line.strip_prefix("cmdstat_")?.strip_prefix(command)?.strip_prefix(":calls="));
        calls.and_then(|calls| calls.split(',').next()?.parse().ok()).unwrap_or(0)
    }

    /// Sends a command over a connection of its own.
    fn try_command(&self, words: &[&str]) -> redis::RedisResult<redis::Value> {
        let mut connection = redis::Client::open(self.url())?.get_connection()?;
        let (name, arguments) = words.split_first().expect("a command has a name");
        redis::cmd(name).arg(arguments).query(&mut connection)
    }

    fn current(&mut self) -> &mut ServerProcess {
        self.processes.last_mut().expect("there is one from the start")
    }

    /// Returns `true` if the server has ended because another program listens on one of its ports.
    fn has_no_port(&self) -> bool {
        self.output().contains("Could not create server TCP listening socket")
    }

    /// Returns what the server has written so far.
    fn output(&self) -> String {
        self.processes.last().map(ServerProcess::output).unwrap_or_default()
    }

    fn wait_until_ready(&self) {
        let end = Instant::now() + HANG_TIMEOUT;
        while let Err(error) = self.try_command(&["PING"]) {
            assert!(Instant::now() < end, "the server does not start: {error}\n{}", self.output());
            sleep(Duration::from_millis(10));
        }
    }
}

/// Returns a port for a node of a cluster, whose bus is 10,000 above.
fn free_cluster_port() -> u16 {
    loop {
        let port = free_port();
        if port.checked_add(10_000).is_some_and(|bus| TcpListener::bind(("127.0.0.1", bus)).is_ok()) {
            break port;
        }
    }
}

/// Returns a port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}
