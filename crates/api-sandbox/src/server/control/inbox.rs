//! Inboxes: receivers of deliveries, for a user who has none yet.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::Response;
use axum::routing::post;
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::query::{After, ControlQuery};
use super::rows::shown_headers;
use super::time::format_time;
use crate::dispatch::Dispatcher;
use crate::inbox::{INBOXES, InboxAnswer, Received, check_name};
use crate::spec::Reply;

/// Largest delivery that an inbox takes.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// Headers whose values are shown. Another one may hold a secret.
const SHOWN_HEADERS: [&str; 4] = ["content-length", "content-type", "user-agent", "x-360dialog-signature"];

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    let inbox = post(receive).get(received).put(set_answer).delete(clear).layer(DefaultBodyLimit::max(MAX_BODY_BYTES));
    Router::new().route(&format!("{INBOXES}{{name}}"), inbox)
}

/// Returns the reply, or 400 if no inbox can have this name.
fn reply_of(name: &str, reply: impl FnOnce() -> Reply) -> Response {
    check_name(name).map_or_else(|error| Reply::json(400, &json!({"error": error})), |()| reply()).into()
}

async fn receive(
    State(dispatcher): State<Arc<Dispatcher>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    reply_of(&name, || {
        let answer = dispatcher.inboxes.receive(&name, dispatcher.now().into(), headers, body);
        match answer.into_parts() {
            (status, None) => Reply::new(status.as_u16(), "", Bytes::new()),
            (status, Some(Value::String(text))) => Reply::text(status.as_u16(), &text),
            (status, Some(body)) => Reply::json(status.as_u16(), &body),
        }
    })
}

async fn received(
    State(dispatcher): State<Arc<Dispatcher>>,
    Path(name): Path<String>,
    ControlQuery(After { after }): ControlQuery<After>,
) -> Response {
    reply_of(&name, || {
        let received = dispatcher.inboxes.all(&name);
        Reply::ok(&received.iter().filter(|received| received.number > after).map(received_json).collect())
    })
}

async fn set_answer(State(dispatcher): State<Arc<Dispatcher>>, Path(name): Path<String>, body: String) -> Response {
    reply_of(&name, || {
        let answer = serde_json::from_str::<InboxAnswer>(&body).map_err(|error| {
            format!("not an answer: {error}; write `{{\"status\": 503, \"body\": \"busy\", \"times\": 2}}`")
        });
        match answer.and_then(|answer| dispatcher.inboxes.set_answer(&name, answer)) {
            Ok(()) => Reply::ok(&json!({"set": true})),
            Err(error) => Reply::json(400, &json!({"error": error})),
        }
    })
}

async fn clear(State(dispatcher): State<Arc<Dispatcher>>, Path(name): Path<String>) -> Response {
    reply_of(&name, || {
        dispatcher.inboxes.clear(&name);
        Reply::ok(&json!({"cleared": true}))
    })
}

/// Renders a delivery, with `null` as the value of a header that is not shown.
fn received_json(received: &Received) -> Value {
    let text = || Value::from(String::from_utf8_lossy(&received.body));
    json!({
        "number": received.number,
        "received_at": format_time(received.received_at),
        "status": received.status.as_u16(),
        "headers": shown_headers(&received.headers, |name| SHOWN_HEADERS.contains(&name.as_str())),
        "body": serde_json::from_slice(&received.body).unwrap_or_else(|_| text()),
    })
}
