//! Local HTTP server that records the requests it receives.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Received request.
#[derive(Debug, Clone)]
pub struct Received {
    /// HTTP method.
    pub method: Method,
    /// Path and query.
    pub uri: Uri,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
    /// Address of the client's end of the connection.
    pub peer: SocketAddr,
}

/// Response of the server.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: Bytes,
}

impl Reply {
    /// Creates a response with a body of this media type.
    pub fn new(status: u16, media: &str, body: impl Into<Bytes>) -> Self {
        let headers = if media.is_empty() { Vec::new() } else { vec![("content-type", media.to_owned())] };
        Self { status, headers, body: body.into() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Recording server, stopped on drop.
pub struct Recorder {
    address: String,
    state: Arc<State>,
    task: JoinHandle<()>,
}

struct State {
    received: Mutex<Vec<Received>>,
    reply: Mutex<Reply>,
}

impl Recorder {
    /// Starts a server that gives every request the same response.
    pub async fn start(reply: Reply) -> Self {
        let state = Arc::new(State { received: Mutex::default(), reply: Mutex::new(reply) });
        let listener = match TcpListener::bind("127.0.0.1:0").await {
            Ok(listener) => listener,
            Err(error) => panic!("no port to listen on: {error}"),
        };
        let address = match listener.local_addr() {
            Ok(address) => format!("http://{address}"),
            Err(error) => panic!("no address: {error}"),
        };
        let shared = Arc::clone(&state);
        let app = Router::new().fallback(move |ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request| {
            answer(Arc::clone(&shared), peer, request)
        });
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, app).await {
                panic!("the server stopped: {error}");
            }
        });
        Self { address, state, task }
    }

    /// Returns the base URL of the server.
    pub fn url(&self) -> &str {
        &self.address
    }

    /// Replaces the response.
    pub fn reply(&self, reply: Reply) {
        *lock(&self.state.reply) = reply;
    }

    /// Returns the requests received since the last call.
    pub fn take(&self) -> Vec<Received> {
        std::mem::take(&mut lock(&self.state.received))
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(state: Arc<State>, peer: SocketAddr, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    lock(&state.received).push(Received { method: head.method, uri: head.uri, headers: head.headers, body, peer });
    let reply = lock(&state.reply).clone();
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    match response.body(Body::from(reply.body)) {
        Ok(response) => response,
        Err(error) => panic!("the reply is no response: {error}"),
    }
}
