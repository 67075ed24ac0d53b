//! Local server that fails as configured, and counts the requests it received.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

/// Failure of every request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Writes these bytes and closes the connection.
    Write(String),
    /// Writes these bytes and resets the connection.
    WriteAndReset(String),
    /// Writes these bytes and keeps the connection open in silence.
    WriteAndWait(String),
}

/// Failing server, stopped on drop.
pub struct FaultServer {
    url: String,
    received: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl FaultServer {
    /// Starts a server.
    pub async fn start(fault: Fault) -> Self {
        let listener = listen().await;
        let url = url(&listener);
        let received = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&received);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, fault.clone(), Arc::clone(&counter)));
            }
        });
        Self { url, received, task }
    }

    /// Returns the base URL of the server.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the number of complete requests received.
    pub fn received(&self) -> usize {
        self.received.load(Ordering::SeqCst)
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, fault: Fault, received: Arc<AtomicUsize>) {
    if read_request(&mut stream).await.is_none() {
        return;
    }
    received.fetch_add(1, Ordering::SeqCst);
    // The client may be gone, which is no failure of this server.
    match fault {
        Fault::Write(bytes) => {
            let _ = stream.write_all(bytes.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
        Fault::WriteAndReset(bytes) => {
            let _ = stream.write_all(bytes.as_bytes()).await;
            let _ = stream.flush().await;
            // The bytes must arrive before the reset does.
            tokio::task::yield_now().await;
            let _ = stream.set_zero_linger();
        }
        Fault::WriteAndWait(bytes) => {
            let _ = stream.write_all(bytes.as_bytes()).await;
            let _ = stream.read(&mut [0; 1]).await;
        }
    }
}

/// Reads the head and the announced body.
async fn read_request(stream: &mut TcpStream) -> Option<()> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            if bytes.len() >= end + 4 + length.unwrap_or(0) {
                return Some(());
            }
        }
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
        }
    }
}

/// Port that refuses connections, and that nobody else can listen on, until it is dropped.
pub struct RefusingPort {
    url: String,
    // It is bound, and does not listen.
    _socket: TcpSocket,
}

impl RefusingPort {
    /// Takes a free port.
    pub fn bind() -> Self {
        let bound = TcpSocket::new_v4().and_then(|socket| {
            socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
            Ok((format!("http://{}", socket.local_addr()?), socket))
        });
        match bound {
            Ok((url, socket)) => Self { url, _socket: socket },
            Err(error) => panic!("no port: {error}"),
        }
    }

    /// Returns the base URL of the port.
    pub fn url(&self) -> &str {
        &self.url
    }
}

async fn listen() -> TcpListener {
    match TcpListener::bind("127.0.0.1:0").await {
        Ok(listener) => listener,
        Err(error) => panic!("no port to listen on: {error}"),
    }
}

fn url(listener: &TcpListener) -> String {
    match listener.local_addr() {
        Ok(address) => format!("http://{address}"),
        Err(error) => panic!("no address: {error}"),
    }
}
