use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::behavior::{Behavior, Behaviors};
use crate::credentials::Credentials;
use crate::delivery_queue::Delivery;
use crate::dispatch::Dispatcher;
use crate::faults::FaultRule;
use crate::mutex::lock;
use crate::request_journal::RecordedRequest;
use crate::server;

/// A sandbox that is running. It stops when it is dropped.
pub struct Sandbox {
    url: String,
    credentials: Credentials,
    dispatcher: Arc<Dispatcher>,
    open_connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

/// How a [`Sandbox`] is to be.
#[derive(Debug, Clone)]
#[must_use]
pub struct SandboxBuilder {
    address: SocketAddr,
    seed: u64,
    limits: bool,
    deliver_anywhere: bool,
    sign_deliveries: bool,
    fault_rules: Vec<FaultRule>,
    behaviors: Behaviors,
    allowed_hosts: Vec<String>,
}

impl SandboxBuilder {
    /// The port to listen on; any that is free unless set. The sandbox listens on this machine only.
    pub fn port(mut self, port: u16) -> Self {
        self.address.set_port(port);
        self
    }

    /// What decides ids and faults that come by chance. The same calls to two sandboxes of one seed give the same ids.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Whether the vendors' published limits are enforced. They are unless this is `false`.
    pub fn limits(mut self, limits: bool) -> Self {
        self.limits = limits;
        self
    }

    /// Whether webhooks are delivered to other machines too. They are not unless this is `true`.
    pub fn deliver_anywhere(mut self, deliver_anywhere: bool) -> Self {
        self.deliver_anywhere = deliver_anywhere;
        self
    }

    /// Whether 360dialog signs its deliveries. It does unless this is `false`, as for an account without a platform secret.
    pub fn sign_deliveries(mut self, sign_deliveries: bool) -> Self {
        self.sign_deliveries = sign_deliveries;
        self
    }

    /// Faults from the first call on.
    pub fn fault(mut self, rule: FaultRule) -> Self {
        self.fault_rules.push(rule);
        self
    }

    /// Lets the sandbox be called by another name than one of this machine, such as that of a container.
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.allowed_hosts.push(name.into());
        self
    }

    /// Switches on what is off by itself.
    pub fn behavior(mut self, behavior: Behavior) -> Self {
        self.behaviors.insert(behavior);
        self
    }

    /// Starts the sandbox. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// If the port is taken.
    pub async fn start(self) -> io::Result<Sandbox> {
        let listener = TcpListener::bind(self.address).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let mut credentials = Credentials::default();
        credentials.platform_secret = credentials.platform_secret.filter(|_| self.sign_deliveries);
        let dispatcher = Dispatcher::new(&url, self.seed, self.limits, self.deliver_anywhere, &credentials);
        *lock(&dispatcher.behaviors) = self.behaviors;
        self.fault_rules.into_iter().for_each(|rule| lock(&dispatcher.fault_injector).add(rule));
        let open_connections = Arc::new(AtomicUsize::new(0));
        let task = tokio::spawn(server::serve(
            listener,
            server::router(Arc::clone(&dispatcher), Arc::new(self.allowed_hosts)),
            Arc::clone(&open_connections),
        ));
        Ok(Sandbox { url, credentials, dispatcher, open_connections, task })
    }
}

impl Sandbox {
    /// Starts a sandbox with seed 0.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder {
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            seed: 0,
            limits: true,
            deliver_anywhere: false,
            sign_deliveries: true,
            fault_rules: Vec::new(),
            behaviors: Behaviors::new(),
            allowed_hosts: Vec::new(),
        }
    }

    /// Base URL for both vendors' clients.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The accounts that there are from the start.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Has faults come from now on, after those that were asked for before.
    pub fn inject(&self, rule: FaultRule) {
        lock(&self.dispatcher.fault_injector).add(rule);
    }

    /// Has no more faults come.
    pub fn clear_faults(&self) {
        lock(&self.dispatcher.fault_injector).clear();
    }

    /// Every request that came, the oldest first: of the latest 100,000 and of 256 MiB of bodies.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        lock(&self.dispatcher.journal).all()
    }

    /// How many requests came.
    pub fn request_count(&self) -> u64 {
        lock(&self.dispatcher.journal).count()
    }

    /// Every delivery to a webhook, the oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.dispatcher.deliveries()
    }

    /// Moves the sandbox's clock ahead. What is due by then is delivered; limits, cool-downs, logins and cached lists go by
    /// it.
    pub fn advance(&self, by: Duration) {
        self.dispatcher.advance(by);
    }

    /// Switches behaviors on, and all others off.
    pub fn set_behaviors(&self, behaviors: impl IntoIterator<Item = Behavior>) {
        *lock(&self.dispatcher.behaviors) = behaviors.into_iter().collect();
    }

    /// Signs as a person does on ZapSign's page. Gives the document, or nothing if nobody with this token has something
    /// left to sign.
    pub fn sign(&self, signer_token: &str) -> Option<Value> {
        self.dispatcher.sign(signer_token)
    }

    /// Brings a 360dialog channel into another status, as Meta's review does, and tells the webhook if it is `running`.
    /// Returns `false` if there is no such channel.
    pub fn set_channel_status(&self, channel_id: &str, status: &str) -> bool {
        self.dispatcher.set_channel_status(channel_id, status)
    }

    /// Waits until no connection is open, and so nothing that a client sent is under way any more. A client that keeps
    /// its connections has to be dropped before.
    pub async fn idle(&self) {
        while self.open_connections.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Runs for as long as the program does.
    pub async fn run(mut self) {
        // It ends only if it is dropped.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("url", &self.url)
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}
