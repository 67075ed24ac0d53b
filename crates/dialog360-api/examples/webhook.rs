//! Receives what 360dialog delivers: checks the signature, reads the events, dispatches them.
//!
//! `D360_PLATFORM_SECRET=... cargo run -p dialog360-api --example webhook`, then set the webhook URL to `/360dialog`.
//! While a secret is being replaced, the variable holds the new one and the old one with a comma between them.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use dialog360_api::webhooks::{Event, Signature};

/// Handles an event. It may get the same one twice, with the same `dedupe_key`, and in any order.
pub type Handler = Arc<dyn Fn(Event) + Send + Sync>;

struct Receiver {
    signature: Signature,
    handle: Handler,
}

/// The routes of the receiver.
pub fn router(signature: Signature, handle: Handler) -> Router {
    Router::new().route("/360dialog", post(receive)).with_state(Arc::new(Receiver { signature, handle }))
}

/// The body stays bytes until its signature is checked: JSON that was read and written again is another body.
async fn receive(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    match receiver.signature.receive::<Vec<Event>>(&headers, &body) {
        Ok(events) => {
            events.into_iter().for_each(|event| (receiver.handle)(event));
            StatusCode::OK
        }
        Err(error) => {
            eprintln!("refused: {error}");
            error.status()
        }
    }
}

#[allow(dead_code, reason = "a test uses the routes without it")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let secrets = std::env::var("D360_PLATFORM_SECRET")?;
    let handle: Handler = Arc::new(|event| match event.usable_channel() {
        Some(channel) => println!("channel {channel} can send: connect it, which creates its key once"),
        None => println!("{:?} of channel {:?}", event.name(), event.channel_id()),
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, router(Signature::new(secrets.split(','))?, handle)).await?;
    Ok(())
}
