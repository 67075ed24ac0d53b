//! Vendor that notes when each request arrives, and may enforce a limit on its own.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use conformance::worst_count::worst_count;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Request that has arrived.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    pub(crate) at: Instant,
    /// Time of the response; `None` before it.
    pub(crate) answered: Option<Instant>,
    pub(crate) path: String,
    /// Value of the query, which is different in every call of a test.
    pub(crate) query: String,
    pub(crate) status: u16,
}

/// Server on a port of this machine, which stops when it is dropped.
pub(crate) struct Vendor {
    url: String,
    state: Arc<Mutex<State>>,
    /// `true` while responses are kept back.
    held: watch::Sender<bool>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    /// Number of requests under way or arrived.
    requests: usize,
    arrivals: Vec<Arrival>,
    /// Times before and after the arrival, which the requests take in turn.
    delays: Vec<(Duration, Duration)>,
    /// Number of requests in any stretch of this length that are accepted.
    limit: Option<(usize, Duration)>,
    /// Seconds of the `Retry-After` with which the next request is refused.
    next_refusal: Option<u32>,
}

impl Vendor {
    pub(crate) async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = Arc::clone(&state);
        let held = watch::Sender::new(false);
        let is_held = held.subscribe();
        let app = Router::new().fallback(move |request: Request| answer(Arc::clone(&shared), is_held.clone(), request));
        let task = tokio::spawn(async move { axum::serve(listener, app).await.expect("it goes on") });
        Self { url, state, held, task }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Delays requests on their way to the vendor and back, each by the next pair of milliseconds.
    pub(crate) fn delay(&self, delays: impl IntoIterator<Item = (u64, u64)>) {
        let pair = |(there, back)| (Duration::from_millis(there), Duration::from_millis(back));
        self.lock().delays = delays.into_iter().map(pair).collect();
    }

    /// Refuses what is too much by the vendor's own count, and asks for a second without calls.
    pub(crate) fn enforce(&self, limit: usize, interval: Duration) {
        self.lock().limit = Some((limit, interval));
    }

    /// Refuses the next request, with this time as `Retry-After`, in seconds.
    pub(crate) fn refuse_next(&self, retry_after: u32) {
        self.lock().next_refusal = Some(retry_after);
    }

    /// Keeps back the responses to requests that have arrived, until [`Vendor::release`].
    pub(crate) fn hold(&self) {
        self.held.send_replace(true);
    }

    /// Sends the responses that were kept back.
    pub(crate) fn release(&self) {
        self.held.send_replace(false);
    }

    /// Waits until the first request is under way.
    pub(crate) async fn requested(&self) {
        while self.lock().requests == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Returns all requests so far, in the order of their arrival.
    pub(crate) fn arrivals(&self) -> Vec<Arrival> {
        self.lock().arrivals.clone()
    }

    /// Returns the largest number of requests in any stretch of this length.
    pub(crate) fn worst_count(&self, interval: Duration) -> usize {
        let times: Vec<Instant> = self.lock().arrivals.iter().map(|it| it.at).collect();
        worst_count(&times, interval)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(shared: Arc<Mutex<State>>, mut is_held: watch::Receiver<bool>, request: Request) -> Response {
    let state = || shared.lock().unwrap_or_else(PoisonError::into_inner);
    let (there, back) = {
        let mut state = state();
        state.requests += 1;
        let index = state.requests - 1;
        match state.delays.len() {
            0 => Default::default(),
            count => state.delays[index % count],
        }
    };
    tokio::time::sleep(there).await;
    let (index, retry_after) = state().arrive(&request);
    tokio::time::sleep(back).await;
    // It fails when the vendor is gone, and with it the caller.
    let _ = is_held.wait_for(|is_held| !is_held).await;
    let mut state = state();
    state.arrivals[index].answered = Some(Instant::now());
    let mut response = Response::builder().status(state.arrivals[index].status);
    if let Some(seconds) = retry_after {
        response = response.header("retry-after", seconds);
    }
    response.body(Body::from("{}")).expect("a response")
}

impl State {
    /// Records a request, and returns its place in the record, with the time after which the next may come.
    fn arrive(&mut self, request: &Request) -> (usize, Option<u32>) {
        let at = Instant::now();
        let retry_after = self.next_refusal.take().or_else(|| self.judge(at));
        let status = if retry_after.is_some() { 429 } else { 200 };
        let uri = request.uri();
        let (path, query) = (uri.path().to_owned(), uri.query().unwrap_or_default().to_owned());
        self.arrivals.push(Arrival { at, answered: None, path, query, status });
        (self.arrivals.len() - 1, retry_after)
    }

    /// Returns the seconds for which the vendor refuses a request that is too much by its limit.
    fn judge(&self, at: Instant) -> Option<u32> {
        let (limit, interval) = self.limit?;
        let recent = |it: &&Arrival| it.status == 200 && at.duration_since(it.at) < interval;
        (self.arrivals.iter().filter(recent).count() >= limit).then_some(1)
    }
}
