//! Site of a partner.

use std::net::SocketAddr;
use std::path::PathBuf;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Server of the files of `fixtures/`, on an origin of its own. It stops when it is dropped.
pub struct Site {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Site {
    /// Starts the server on a free port.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().route("/{*path}", get(fixture));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { address, task }
    }

    /// Returns the origin. Its host is another one than the sandbox's, so that no cookie or storage is shared.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.address.port())
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn fixture(Path(path): Path<String>) -> impl IntoResponse {
    let file = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures")).join(&path);
    let media_type = match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        _ => "application/octet-stream",
    };
    match std::fs::read(file) {
        Ok(content) => Ok(([(CONTENT_TYPE, media_type)], content)),
        Err(_) => Err(StatusCode::NOT_FOUND),
    }
}
