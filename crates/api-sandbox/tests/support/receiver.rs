//! Receiver of deliveries outside of the sandbox.

use axum::Router;
use axum::http::HeaderMap;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Starts a receiver. Returns its URL and the headers and bodies that arrive.
pub(super) async fn receiver() -> (String, UnboundedReceiver<(HeaderMap, String)>) {
    let (deliveries, came) = unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let take = move |headers: HeaderMap, body: String| async move {
        deliveries.send((headers, body)).expect("somebody waits")
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(take)).await });
    (url, came)
}
