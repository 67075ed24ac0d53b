//! One connection for all requests, which is opened anew when it breaks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use api_runtime::StoreError;
use backon::{BackoffBuilder as _, ExponentialBuilder};
use redis::{FromRedisValue, ScriptInvocation};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::connection::Connection;
use crate::endpoint::Endpoint;
use crate::server_info::ServerInfo;
use crate::store_error::{READ_ONLY, SLOW, UNREACHABLE, is_broken, is_closed, is_of_server, store_error};

/// Longest time for one attempt to open a connection, from the look-up of the name to the first answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Least time between two connections of which the server's state, not the network, ended the first.
const MIN_AGE: Duration = Duration::from_secs(1);
/// Bounds of the delays between two attempts to open a connection.
const MIN_DELAY: Duration = Duration::from_millis(50);
const MAX_DELAY: Duration = Duration::from_secs(5);

/// One connection for all requests. When it breaks, one task opens it anew, until that succeeds or the store is dropped.
pub(crate) struct Reconnect {
    endpoint: Endpoint,
    response_timeout: Duration,
    /// Runtime that runs the connection.
    runtime: Handle,
    state: watch::Sender<State>,
    /// The server as it was when the connection was last opened.
    server: Mutex<ServerInfo>,
    /// Number of times that the data may have been lost.
    losses: AtomicU64,
}

/// End of a request's wait for a connection that is being opened.
#[derive(Clone, Copy)]
enum Waiting {
    /// The first attempt to open it that fails: a call goes on without the store.
    UntilFailure,
    /// Its opening, within the response time-out: nobody waits for a settlement.
    UntilOpen,
}

enum State {
    Open {
        connection: Connection,
        number: u64,
        since: Instant,
    },
    /// Being opened anew. The requests wait for the first attempt, unless one has failed already.
    Closed {
        failure: Option<StoreError>,
        next_number: u64,
    },
}

impl Reconnect {
    /// Creates the connection out of one that has been opened in this runtime.
    pub(crate) fn new(endpoint: Endpoint, opened: (Connection, ServerInfo), response_timeout: Duration) -> Arc<Self> {
        let (connection, server) = opened;
        Arc::new(Self {
            endpoint,
            response_timeout,
            runtime: Handle::current(),
            state: watch::Sender::new(State::Open { connection, number: 0, since: Instant::now() }),
            server: Mutex::new(server),
            losses: AtomicU64::new(0),
        })
    }

    /// Returns the runtime that runs the connection.
    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Runs a script. If the connection turns out to be closed, and is opened again in time, the script runs there: it may
    /// run twice.
    ///
    /// # Errors
    ///
    /// The cause, after the response time-out at the latest.
    pub(crate) async fn run<T: FromRedisValue>(
        self: &Arc<Self>,
        invocation: &ScriptInvocation<'_>,
    ) -> Result<T, StoreError> {
        self.run_as(invocation, Waiting::UntilFailure).await
    }

    /// Runs a script as [`run`](Self::run) does, but waits for an open connection although attempts to open it fail.
    ///
    /// # Errors
    ///
    /// The cause, after the response time-out at the latest.
    pub(crate) async fn run_when_open<T: FromRedisValue>(
        self: &Arc<Self>,
        invocation: &ScriptInvocation<'_>,
    ) -> Result<T, StoreError> {
        self.run_as(invocation, Waiting::UntilOpen).await
    }

    async fn run_as<T: FromRedisValue>(
        self: &Arc<Self>,
        invocation: &ScriptInvocation<'_>,
        waiting: Waiting,
    ) -> Result<T, StoreError> {
        // None but the last connection that was used is given up when the time is over.
        let last_used = AtomicU64::new(u64::MAX);
        if let Ok(outcome) =
            timeout(self.response_timeout, self.run_without_timeout(invocation, waiting, &last_used)).await
        {
            return outcome;
        }
        // The server may be slow, or gone without a word. A new connection tells them apart, and does not queue behind
        // what the old one waits for.
        self.close(last_used.load(Ordering::Relaxed), Some(SLOW));
        Err(SLOW)
    }

    async fn run_without_timeout<T: FromRedisValue>(
        self: &Arc<Self>,
        invocation: &ScriptInvocation<'_>,
        waiting: Waiting,
        last_used: &AtomicU64,
    ) -> Result<T, StoreError> {
        let mut repeated = false;
        loop {
            let (mut connection, number) = self.opened(waiting).await?;
            last_used.store(number, Ordering::Relaxed);
            let error = match invocation.invoke_async(&mut connection).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if is_closed(&error) && !repeated {
                self.close(number, None);
                repeated = true;
                continue;
            }
            let failure = connection.store_error(&error);
            if is_broken(&error) || (is_of_server(failure) && self.age() >= MIN_AGE) {
                self.close(number, Some(failure));
            }
            return Err(failure);
        }
    }

    /// Returns the number of times that the data may have been lost.
    pub(crate) fn losses(&self) -> u64 {
        self.losses.load(Ordering::Relaxed)
    }

    /// Returns the time since the connection was opened.
    fn age(&self) -> Duration {
        match &*self.state.borrow() {
            State::Open { since, .. } => since.elapsed(),
            State::Closed { .. } => Duration::ZERO,
        }
    }

    /// Returns the open connection, or waits for one that is being opened.
    async fn opened(&self, waiting: Waiting) -> Result<(Connection, u64), StoreError> {
        if let Some(outcome) = self.state.borrow().opened(waiting) {
            return outcome;
        }
        let mut states = self.state.subscribe();
        let state = states.wait_for(|state| state.opened(waiting).is_some()).await.map_err(|_| UNREACHABLE)?;
        state.opened(waiting).unwrap_or(Err(UNREACHABLE))
    }

    /// Gives up the connection with this number, unless it has been replaced already, and starts the task that opens it
    /// anew. Until then, requests fail with `failure` at once, or wait if there is none.
    pub(crate) fn close(self: &Arc<Self>, used: u64, failure: Option<StoreError>) {
        let mut closed = false;
        self.state.send_if_modified(|state| match state {
            State::Open { number, .. } if *number == used => {
                *state = State::Closed { failure, next_number: used + 1 };
                closed = true;
                true
            }
            State::Closed { failure: none @ None, .. } if failure.is_some() => {
                *none = failure;
                true
            }
            _ => false,
        });
        if closed {
            self.runtime.spawn(Self::open_anew(Arc::downgrade(self)));
        }
    }

    /// Opens the connection anew, until that succeeds or nobody needs it any more.
    async fn open_anew(this: Weak<Self>) {
        let mut delays = ExponentialBuilder::default()
            .with_min_delay(MIN_DELAY)
            .with_max_delay(MAX_DELAY)
            .without_max_times()
            .with_jitter()
            .build();
        loop {
            let Some(reconnect) = this.upgrade() else { return };
            match open(&reconnect.endpoint).await {
                Ok(opened) => return reconnect.replace(opened),
                Err(failure) => reconnect.fail(failure),
            }
            drop(reconnect);
            sleep(delays.next().unwrap_or(MAX_DELAY)).await;
        }
    }

    fn replace(&self, (connection, server): (Connection, ServerInfo)) {
        let mut known = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        if !server.has_kept_data_since(&known) {
            self.losses.fetch_add(1, Ordering::Relaxed);
        }
        *known = server;
        drop(known);
        self.state.send_modify(|state| {
            let number = state.next_number();
            *state = State::Open { connection, number, since: Instant::now() };
        });
    }

    fn fail(&self, failure: StoreError) {
        self.state
            .send_modify(|state| *state = State::Closed { failure: Some(failure), next_number: state.next_number() });
    }
}

impl State {
    /// Returns what a request gets now; `None` if it waits.
    fn opened(&self, waiting: Waiting) -> Option<Result<(Connection, u64), StoreError>> {
        match self {
            Self::Open { connection, number, .. } => Some(Ok((connection.clone(), *number))),
            Self::Closed { failure, .. } => failure.filter(|_| matches!(waiting, Waiting::UntilFailure)).map(Err),
        }
    }

    fn next_number(&self) -> u64 {
        match self {
            Self::Open { number, .. } => number + 1,
            Self::Closed { next_number, .. } => *next_number,
        }
    }
}

/// Opens a connection to a primary.
///
/// # Errors
///
/// The cause, after [`CONNECT_TIMEOUT`] at the latest.
pub(crate) async fn open(endpoint: &Endpoint) -> Result<(Connection, ServerInfo), StoreError> {
    let opened = timeout(CONNECT_TIMEOUT, endpoint.open()).await.map_err(|_| UNREACHABLE)?;
    let (connection, server) = opened.map_err(|error| store_error(&error))?;
    if server.is_replica() {
        return Err(READ_ONLY);
    }
    Ok((connection, server))
}
