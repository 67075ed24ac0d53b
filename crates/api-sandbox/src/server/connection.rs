//! Accepts connections. Each can be reset, which no framework offers.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
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

/// Pause after a connection that could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long the head of a request may take, and how long a connection may be idle before the next one.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Marks a response that is to be none: the connection is reset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResetConnection;

impl ResetConnection {
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

/// Serves until it is dropped, and ends every connection then.
pub(crate) async fn serve(listener: TcpListener, router: Router, open_connections: Arc<AtomicUsize>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let connection = Connection::new(stream, &open_connections);
                    connections.spawn(serve_connection(connection, router.clone(), HEAD_TIMEOUT));
                }
                // Too many open files, or a client that has gone already: the next one may fare better, later.
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_connection(connection: Connection, router: Router, head_timeout: Duration) {
    let reset = Arc::clone(&connection.reset);
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let mut router = router.clone();
        let reset = Arc::clone(&reset);
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
    // A connection that ends badly ends as a fault or the client wanted it to.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .serve_connection(TokioIo::new(connection), service)
        .await;
}

/// A connection that can be reset when it ends, and is counted as long as it is open.
struct Connection {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
    open_connections: Arc<AtomicUsize>,
}

impl Connection {
    fn new(stream: TcpStream, open_connections: &Arc<AtomicUsize>) -> Self {
        open_connections.fetch_add(1, Ordering::SeqCst);
        // Answers are small, and a client waits for each.
        let _ = stream.set_nodelay(true);
        Self { stream, reset: Arc::default(), open_connections: Arc::clone(open_connections) }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed) {
            // With no time to linger, closing sends a reset instead of an end.
            let _ = self.stream.set_zero_linger();
        }
        self.open_connections.fetch_sub(1, Ordering::SeqCst);
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
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

    /// What a client reads until the server ends the connection, when it sends this and then waits.
    async fn answers(sent: &[u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let mut client = TcpStream::connect(listener.local_addr().expect("it is bound")).await.expect("it listens");
        let (stream, _) = listener.accept().await.expect("the client is there");
        // What was sent is there before the time starts.
        client.write_all(sent).await.expect("the connection is open");
        let open_connections = Arc::default();
        let connection = Connection::new(stream, &open_connections);
        let server = tokio::spawn(serve_connection(connection, Router::new(), Duration::from_millis(20)));
        let mut read = Vec::new();
        // Whether it ends with a reset or not is for the system to say.
        let _ = client.read_to_end(&mut read).await;
        server.await.expect("the server does not panic");
        assert_eq!(open_connections.load(Ordering::SeqCst), 0);
        String::from_utf8(read).expect("answers are text")
    }

    #[tokio::test]
    async fn a_connection_that_sends_no_whole_head_is_ended() {
        assert_eq!(answers(b"GET / HTTP/1.1\r\nhost: 127").await, "");
        let idle = answers(b"GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").await;
        assert!(idle.starts_with("HTTP/1.1 404 "), "{idle}");
    }
}
