//! A server that speaks no HTTP of its own: it writes given bytes, or none, and hangs up.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Starts a server that reads the head of a request, writes these bytes and closes the connection. Returns its URL.
pub async fn serve_bytes(bytes: &'static [u8]) -> String {
    let listener = listen().await;
    let url = url(&listener);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            let mut chunk = [0; 1024];
            while !head.windows(4).any(|window| window == b"\r\n\r\n") {
                match stream.read(&mut chunk).await {
                    Ok(0) | Err(_) => break,
                    Ok(read) => head.extend_from_slice(&chunk[..read]),
                }
            }
            // A client that has gone is no concern of this server.
            let _ = stream.write_all(bytes).await;
            let _ = stream.shutdown().await;
        }
    });
    url
}

/// The URL of a port that nobody listens on.
pub async fn refused() -> String {
    let listener = listen().await;
    url(&listener)
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
