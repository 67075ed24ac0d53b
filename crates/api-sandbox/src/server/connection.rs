//! Connections of the server. A fault can reset one, for which no framework has a way.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower_service::Service as _;

use super::activity::{Activity, OpenConnections};
use super::origin::is_own_path;

/// Pause after a connection that could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Time-out for the head of a request, which includes the idle time before it.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Time after which a connection that has sent nothing is taken for one that a browser opened in advance.
const SILENCE: Duration = Duration::from_millis(50);

/// Marker of a response that is not sent: the connection is reset instead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResetConnection;

impl ResetConnection {
    /// Returns an empty response with the marker.
    pub(crate) fn response() -> Response {
        let mut response = ().into_response();
        response.extensions_mut().insert(Self);
        response
    }
}

impl fmt::Display for ResetConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("reset by a fault")
    }
}

impl std::error::Error for ResetConnection {}

/// Accepts and serves connections until the future is dropped, which closes them all.
pub(crate) async fn serve(listener: TcpListener, router: Router, open_connections: OpenConnections) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let connection = Connection::new(stream, &open_connections);
                    connections.spawn(serve_connection(connection, router.clone(), HEAD_TIMEOUT));
                }
                // Too many open files, or a client that has closed the connection: later attempts may succeed.
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_connection(connection: Connection, router: Router, head_timeout: Duration) {
    let (reset, activity) = (Arc::clone(&connection.reset), Arc::clone(&connection.activity));
    let of_requests = Arc::clone(&activity);
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let mut router = router.clone();
        let reset = Arc::clone(&reset);
        of_requests.record_request(is_own_path(request.uri().path()));
        async move {
            let request: Request = request.map(Body::new);
            let response = router.call(request).await.unwrap_or_else(|never: Infallible| match never {});
            match response.extensions().get::<ResetConnection>() {
                Some(marker) => {
                    reset.store(true, Ordering::Relaxed);
                    Err(*marker)
                }
                None => Ok(response),
            }
        }
    });
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(head_timeout);
    let served = server.serve_connection(TokioIo::new(connection), service);
    tokio::pin!(served);
    // An error here is a fault that was injected or a client that went away.
    if tokio::time::timeout(SILENCE, &mut served).await.is_err() {
        activity.record_silence();
        let _ = served.await;
    }
}

/// TCP connection that records its activity, and sends a reset when it is dropped with `reset` set.
struct Connection {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
    activity: Arc<Activity>,
}

impl Connection {
    fn new(stream: TcpStream, open_connections: &OpenConnections) -> Self {
        // Responses are small and the client waits for each, so they are sent without delay.
        let _ = stream.set_nodelay(true);
        Self { stream, reset: Arc::default(), activity: Arc::new(open_connections.open()) }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed) {
            // With a linger time of zero, closing the socket sends RST instead of FIN.
            let _ = self.stream.set_zero_linger();
        }
        self.activity.record_end();
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.activity.record_bytes();
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    /// Sends these bytes and returns the response, up to the end of the connection.
    async fn response_to(sent: &[u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let mut client = TcpStream::connect(listener.local_addr().expect("it is bound")).await.expect("it listens");
        let (stream, _) = listener.accept().await.expect("the client is there");
        // Written before the server starts, so that the time-out measures the wait alone.
        client.write_all(sent).await.expect("the connection is open");
        let open_connections = OpenConnections::default();
        let connection = Connection::new(stream, &open_connections);
        let server = tokio::spawn(serve_connection(connection, Router::new(), Duration::from_millis(20)));
        let mut read = Vec::new();
        // The operating system decides if the connection ends with a reset.
        let _ = client.read_to_end(&mut read).await;
        server.await.expect("the server does not panic");
        assert_eq!(open_connections.count(), 0);
        String::from_utf8(read).expect("answers are text")
    }

    #[tokio::test]
    async fn a_connection_that_sends_no_whole_head_is_ended() {
        assert_eq!(response_to(b"GET / HTTP/1.1\r\nhost: 127").await, "");
        let idle = response_to(b"GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").await;
        assert!(idle.starts_with("HTTP/1.1 404 "), "{idle}");
    }
}
