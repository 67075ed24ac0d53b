//! Receives what ZapSign delivers: checks the secret header, reads the event, dispatches it.
//!
//! `ZAPSIGN_WEBHOOK_SECRET=... cargo run -p zapsign-api --example webhook`, then register a webhook for `/zapsign` with the
//! header that [`secret_header`] makes.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use zapsign_api::webhooks::{Event, InvalidSecretHeader, SecretHeader};

/// Handles an event. It may get the same one twice, with the same `dedupe_key`.
pub type Handler = Arc<dyn Fn(Event) + Send + Sync>;

struct Receiver {
    header: SecretHeader,
    handle: Handler,
}

/// The header that ZapSign is told to send, for the registration as well: `.headers(vec![(&header).into()])`.
pub fn secret_header(secret: &str) -> Result<SecretHeader, InvalidSecretHeader> {
    SecretHeader::new("X-Webhook-Secret", secret)
}

/// The routes of the receiver.
pub fn router(header: SecretHeader, handle: Handler) -> Router {
    Router::new().route("/zapsign", post(receive)).with_state(Arc::new(Receiver { header, handle }))
}

async fn receive(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    match receiver.header.receive(&headers, &body) {
        Ok(event) => {
            (receiver.handle)(event);
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
    let header = secret_header(&std::env::var("ZAPSIGN_WEBHOOK_SECRET")?)?;
    let handle: Handler = Arc::new(|event| match event {
        // Not a sign that somebody signed: a cancelled document comes as this event, too.
        Event::DocSigned(event) => println!("a signed file, and the document is {}", event.status),
        Event::DocRefused(_) => println!("refused"),
        other => println!("{:?} of document {:?}", other.name(), other.document_token()),
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, router(header, handle)).await?;
    Ok(())
}
