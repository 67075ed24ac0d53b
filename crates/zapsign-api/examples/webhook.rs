//! Receives what ZapSign delivers: checks the shared header, reads the event, dispatches it.
//!
//! `ZAPSIGN_WEBHOOK_SECRET=... cargo run -p zapsign-api --example webhook`, then point a webhook at `/zapsign` with the
//! header `x-webhook-secret`.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::routing::post;
use zapsign_api::EmptySecret;
use zapsign_api::webhooks::{Event, SecretHeader};

/// Name of the header that ZapSign is told to send.
pub const HEADER: HeaderName = HeaderName::from_static("x-webhook-secret");

/// Handles an event. It may get the same one twice.
pub type Handler = Arc<dyn Fn(Event) + Send + Sync>;

struct Receiver {
    header: SecretHeader,
    handle: Handler,
}

/// The routes of the receiver. A secret that is empty is refused.
pub fn router(secret: &str, handle: Handler) -> Result<Router, EmptySecret> {
    let receiver = Receiver { header: SecretHeader::new(HEADER, secret)?, handle };
    Ok(Router::new().route("/zapsign", post(receive)).with_state(Arc::new(receiver)))
}

async fn receive(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if !receiver.header.verify(&headers) {
        return StatusCode::UNAUTHORIZED;
    }
    match Event::from_slice(&body) {
        Ok(event) => {
            (receiver.handle)(event);
            StatusCode::OK
        }
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

#[allow(dead_code, reason = "a test uses the routes without it")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let secret = std::env::var("ZAPSIGN_WEBHOOK_SECRET")?;
    let handle: Handler = Arc::new(|event| match event {
        // Not a sign that somebody signed: a cancelled document comes as this event, too.
        Event::DocSigned(event) => println!("a signed file, and the document is {}", event.status),
        Event::DocRefused(_) => println!("refused"),
        other => println!("{:?}", other.name()),
    });
    let router = router(&secret, handle)?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}
