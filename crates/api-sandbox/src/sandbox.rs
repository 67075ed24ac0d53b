mod connect_port;
mod inboxes;
mod signers;

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use self::connect_port::ConnectPort;
use crate::behavior::{Behavior, Behaviors};
use crate::clock::ClockError;
use crate::credentials::Credentials;
use crate::delivery::Delivery;
use crate::dispatch::{Dispatcher, Settings};
use crate::faults::{FaultInjector, FaultRule};
use crate::rate_limiter::{RateLimit, RateLimitSettings};
use crate::request_journal::RecordedRequest;
use crate::seed::Seed;
use crate::server::{self, OpenConnections};
use crate::spec::Bundle;
use crate::trigger::{Trigger, TriggerError};
use crate::vendors::ChannelError;

/// Running sandbox server. It stops when it is dropped.
pub struct Sandbox {
    url: String,
    credentials: Credentials,
    dispatcher: Arc<Dispatcher>,
    open_connections: OpenConnections,
    task: JoinHandle<()>,
    allowed_hosts: Vec<String>,
    connect_port: Option<ConnectPort>,
}

/// Builder of a [`Sandbox`].
#[derive(Debug, Clone)]
#[must_use]
pub struct SandboxBuilder {
    address: SocketAddr,
    seed: u64,
    limits: RateLimitSettings,
    deliver_anywhere: bool,
    sign_deliveries: bool,
    fault_rules: Vec<FaultRule>,
    behaviors: Behaviors,
    allowed_hosts: Vec<String>,
    connect_port: Option<u16>,
    loaded: Seed,
}

impl SandboxBuilder {
    /// Sets the port on the loopback interface; by default 0, any free port.
    pub fn port(mut self, port: u16) -> Self {
        self.address.set_port(port);
        self
    }

    /// Sets the seed of ids and of faults injected with a probability; by default 0. The same calls to two sandboxes with the
    /// same seed get the same ids.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Enforces rate limits, or not: the published ones, and those of [`rate_limit`](Self::rate_limit); on by default.
    pub fn limits(mut self, limits: bool) -> Self {
        self.limits.enforced = limits;
        self
    }

    /// Sets a rate limit in the place of a published one, such as a short one, so that a test of waits need not take a minute.
    /// Can be repeated; the last one of a name counts.
    ///
    /// # Panics
    ///
    /// [`SandboxBuilder::start`] panics if there is nothing that the limit is for: a test with it would test nothing.
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.limits.replaced.push(limit);
        self
    }

    /// Tells of rate limits in headers, or not: `RateLimit-*` in the responses of limited operations, and `Retry-After` in
    /// refusals; on by default. ZapSign documents none of them.
    pub fn rate_limit_headers(mut self, headers: bool) -> Self {
        self.limits.headers = headers;
        self
    }

    /// Delivers webhooks to other machines too, or to this one only; off by default.
    pub fn deliver_anywhere(mut self, deliver_anywhere: bool) -> Self {
        self.deliver_anywhere = deliver_anywhere;
        self
    }

    /// Signs 360dialog's deliveries, or not, as for an account without a platform secret; on by default.
    pub fn sign_deliveries(mut self, sign_deliveries: bool) -> Self {
        self.sign_deliveries = sign_deliveries;
        self
    }

    /// Injects faults from the first call on. Can be repeated.
    ///
    /// # Panics
    ///
    /// [`SandboxBuilder::start`] panics if the rule cannot be applied, as [`Sandbox::inject`] does.
    pub fn fault(mut self, rule: FaultRule) -> Self {
        self.fault_rules.push(rule);
        self
    }

    /// Accepts another `Host` than the names of this machine, such as that of a container. Can be repeated.
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.allowed_hosts.push(name.into());
        self
    }

    /// Serves the connect pages of 360dialog's sign-up on another port of the loopback interface, too, as
    /// [`Sandbox::open_connect_port`] does; off by default. The vendor's button opens port 8082 with `env: "local"`.
    pub fn connect_port(mut self, port: u16) -> Self {
        self.connect_port = Some(port);
        self
    }

    /// Switches on an optional behavior. Can be repeated.
    pub fn behavior(mut self, behavior: Behavior) -> Self {
        self.behaviors.insert(behavior);
        self
    }

    /// Starts with the state of a seed, its behaviors and its fault rules, and returns to them with [`Sandbox::reset`]. Loading
    /// it sends nothing.
    pub fn load(mut self, seed: Seed) -> Self {
        self.loaded = seed;
        self
    }

    /// Starts the sandbox. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// Returns the error of binding a port, for example if it is in use.
    pub async fn start(self) -> io::Result<Sandbox> {
        self.serve(Bundle::all().iter().collect()).await
    }

    /// Starts the sandbox with these APIs.
    pub(crate) async fn serve(self, bundles: Vec<&'static Bundle>) -> io::Result<Sandbox> {
        let listener = TcpListener::bind(self.address).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let mut credentials = Credentials::default();
        credentials.platform_secret = credentials.platform_secret.filter(|_| self.sign_deliveries);
        let mut fault_injector = FaultInjector::new(self.seed);
        for rule in self.fault_rules.into_iter().chain(self.loaded.fault_rules().iter().cloned()) {
            fault_injector.add(rule).unwrap_or_else(|error| panic!("{error}"));
        }
        self.limits.replaced.iter().for_each(|limit| limit.check().unwrap_or_else(|error| panic!("{error}")));
        let settings = Settings {
            seed: self.seed,
            limits: self.limits,
            deliver_anywhere: self.deliver_anywhere,
            credentials: credentials.clone(),
            behaviors: &self.behaviors | self.loaded.behaviors(),
            fault_injector,
            loaded: self.loaded,
        };
        let dispatcher = Dispatcher::new(bundles, &url, settings)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let dispatcher = Arc::new(dispatcher);
        let open_connections = OpenConnections::default();
        let server = server::serve(
            listener,
            server::router(Arc::clone(&dispatcher), Arc::new(self.allowed_hosts.clone())),
            open_connections.clone(),
        );
        let timer = Arc::clone(&dispatcher);
        let task = tokio::spawn(async move {
            tokio::join!(server, timer.keep_time());
        });
        let (allowed_hosts, connect_port) = (self.allowed_hosts, None);
        let mut sandbox = Sandbox { url, credentials, dispatcher, open_connections, task, allowed_hosts, connect_port };
        if let Some(port) = self.connect_port {
            let opened = sandbox.open_connect_port(port).await;
            opened.map_err(|error| io::Error::new(error.kind(), format!("connect port {port}: {error}")))?;
        }
        Ok(sandbox)
    }
}

impl Sandbox {
    /// Returns a builder with the defaults.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder {
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            seed: 0,
            limits: RateLimitSettings::default(),
            deliver_anywhere: false,
            sign_deliveries: true,
            fault_rules: Vec::new(),
            behaviors: Behaviors::new(),
            allowed_hosts: Vec::new(),
            connect_port: None,
            loaded: Seed::default(),
        }
    }

    /// Returns the base URL for the clients of both vendors.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the credentials of the first accounts.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Adds a fault rule. Rules added before take precedence.
    ///
    /// # Panics
    ///
    /// If the rule cannot be applied, for example because there is no such operation: a test with it would test nothing.
    #[track_caller]
    pub fn inject(&self, rule: FaultRule) {
        let added = self.dispatcher.add_fault(rule);
        added.unwrap_or_else(|error| panic!("{error}"));
    }

    /// Returns the fault rules that are left over: those for calls that have not come, with the number of these calls, and
    /// those with a probability that were never applied. A test asserts that there are none.
    pub fn unused_faults(&self) -> Vec<FaultRule> {
        self.dispatcher.unused_faults()
    }

    /// Removes all fault rules.
    pub fn clear_faults(&self) {
        self.dispatcher.clear_faults();
    }

    /// Returns the requests received, the oldest first: at most the latest 100,000, and at most as many as take
    /// 256 MiB with their answers.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        let requests = self.dispatcher.requests_after(0, usize::MAX, |_| true);
        requests.into_iter().map(Arc::unwrap_or_clone).collect()
    }

    /// Returns the number of requests received, including those no longer kept.
    pub fn request_count(&self) -> u64 {
        self.dispatcher.request_count()
    }

    /// Returns the deliveries to webhooks, the oldest first: at most the latest 10,000, and at most 64 MiB of bodies and
    /// responses.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.dispatcher.deliveries_after(0, usize::MAX)
    }

    /// Returns the delivery with this id, if it is kept.
    pub fn delivery(&self, id: u64) -> Option<Delivery> {
        self.dispatcher.delivery(id)
    }

    /// Waits until no attempt to deliver is queued or in progress. It does not wait for retries that are due later: move the
    /// clock to make them due.
    pub async fn delivered(&self) {
        self.dispatcher.delivered().await;
    }

    /// Delivers an event again, in one attempt: the same body with the same headers. Returns `false` if there is no such delivery.
    pub fn replay_delivery(&self, id: u64) -> bool {
        self.dispatcher.replay_delivery(id)
    }

    /// Delivers every event again that failed and is not in progress. Returns the ids of the deliveries.
    pub fn replay_failed(&self) -> Vec<u64> {
        self.dispatcher.replay_failed()
    }

    /// Returns the time of the sandbox's clock. Deadlines, reminders, retries of deliveries, rate limits, cool-downs, sessions and
    /// cached lists use this clock.
    pub fn now(&self) -> SystemTime {
        self.dispatcher.now().into()
    }

    /// Moves the sandbox's clock ahead. All that is due by then happens first, in the order of time, each with the clock at its
    /// own time.
    pub fn advance(&self, by: Duration) {
        self.dispatcher.advance(by);
    }

    /// Sets the sandbox's clock, as [`Sandbox::advance`] does.
    ///
    /// # Errors
    ///
    /// Returns [`ClockError`] for a time before [`Sandbox::now`]: the clock does not go back.
    pub fn set_clock(&self, time: SystemTime) -> Result<(), ClockError> {
        // A time that the clock cannot hold is one of its ends.
        let end = if time < SystemTime::UNIX_EPOCH { Timestamp::MIN } else { Timestamp::MAX };
        self.dispatcher.set_clock(Timestamp::try_from(time).unwrap_or(end))
    }

    /// Switches these behaviors on and all others off.
    pub fn set_behaviors(&self, behaviors: impl IntoIterator<Item = Behavior>) {
        self.dispatcher.set_behaviors(behaviors.into_iter().collect());
    }

    /// Delivers an event on demand, and returns the number of deliveries. No state changes.
    ///
    /// # Errors
    ///
    /// Returns [`TriggerError`] if the event, a resource or an override does not exist, or no webhook subscribes to the event.
    pub fn trigger(&self, trigger: Trigger) -> Result<usize, TriggerError> {
        self.dispatcher.trigger(&trigger)
    }

    /// Sets the status of a 360dialog channel, as Meta's review does, and emits the event of that status if there is one:
    /// `channel_ready`, `channel_running` or `channel_live`.
    ///
    /// # Errors
    ///
    /// Returns [`ChannelError`] if there is no such channel, or for a status that is neither one of the API nor `live`.
    pub fn set_channel_status(&self, channel_id: &str, status: &str) -> Result<(), ChannelError> {
        self.dispatcher.set_channel_status(channel_id, status)
    }

    /// Returns to the state after the start, with the seed: the same ids are given out again, and requests, deliveries, sent or
    /// delayed, and inboxes are emptied. URL, credentials and clock stay, and the numbers go on. A request that is in
    /// progress finds the state before or after it.
    pub fn reset(&self) {
        self.dispatcher.reset();
    }

    /// Waits until no client of a vendor has a connection open, so that no request to a vendor is in progress. A client that pools
    /// connections has to be dropped before. Connections of pages, and of control endpoints, do not count: a tab with the
    /// dashboard may stay open.
    pub async fn idle(&self) {
        while self.open_connections.count() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Runs until the process ends.
    pub async fn run(mut self) {
        // The task ends only when the sandbox is dropped.
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
