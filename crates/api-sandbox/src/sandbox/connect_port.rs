//! Connect port: a second one, which the vendor's button opens in its local mode.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::Sandbox;
use crate::server;

/// Port with the connect pages alone. It is closed when it is dropped.
pub(super) struct ConnectPort {
    url: String,
    task: JoinHandle<()>,
}

impl Drop for ConnectPort {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Sandbox {
    /// Serves the connect pages of 360dialog's sign-up on another port of the loopback interface, too; 0 for any free one. The
    /// vendor's button opens port 8082 with `env: "local"`. A port that was opened before is closed.
    ///
    /// # Errors
    ///
    /// Returns the error of binding the port, for example if it is in use. The sandbox runs on without it.
    pub async fn open_connect_port(&mut self, port: u16) -> io::Result<()> {
        let listener = TcpListener::bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = server::connect_router(Arc::clone(&self.dispatcher), &self.allowed_hosts);
        // A window that stays open is no request in progress, so its connections are counted apart.
        let task = tokio::spawn(server::serve(listener, router, Default::default()));
        self.connect_port = Some(ConnectPort { url, task });
        Ok(())
    }

    /// Returns the URL of the connect port, if one is open.
    pub fn connect_url(&self) -> Option<&str> {
        self.connect_port.as_ref().map(|port| port.url.as_str())
    }
}
