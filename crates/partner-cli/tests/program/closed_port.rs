//! Address that refuses connections.

use std::net::{TcpListener, TcpStream};

/// Address that refuses connections for as long as it is kept: nobody listens at the port of a client, and nobody else gets it.
pub struct ClosedPort {
    pub url: String,
    _ends: (TcpListener, TcpStream),
}

impl ClosedPort {
    /// Takes a port.
    pub fn take() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let client = TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection");
        let url = format!("http://{}", client.local_addr().expect("an address"));
        Self { url, _ends: (listener, client) }
    }
}
