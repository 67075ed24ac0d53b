//! Control endpoints below `/sandbox/`, for tests in other languages and for manual use.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{get, post};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::connection::ResetConnection;
use super::origin::{AllowedHosts, guard};
use crate::behavior::Behaviors;
use crate::delivery_queue::Delivery;
use crate::dispatch::Dispatcher;
use crate::faults::FaultRule;
use crate::mutex::lock;
use crate::request_journal::RecordedRequest;
use crate::spec::Reply;

/// Returns the router of the control endpoints and the files of documents. All other paths go to the vendors.
pub(crate) fn router(dispatcher: Arc<Dispatcher>, allowed_hosts: AllowedHosts) -> Router {
    Router::new()
        .route("/sandbox/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/sandbox/requests", get(requests))
        .route("/sandbox/deliveries", get(deliveries))
        .route("/sandbox/clock", get(clock).post(move_clock))
        .route("/sandbox/behaviors", get(behaviors).put(set_behaviors))
        .route("/files/{token}/{name}", get(file))
        .route("/sandbox/signers/{signer_token}/sign", post(sign))
        .route("/sandbox/channels/{channel_id}/status", post(set_channel_status))
        .fallback(dispatch)
        .with_state(dispatcher)
        .layer(from_fn_with_state(allowed_hosts, guard))
}

async fn dispatch(State(dispatcher): State<Arc<Dispatcher>>, request: Request) -> Response {
    dispatcher.handle(request).await.unwrap_or_else(ResetConnection::response)
}

// The body is parsed here rather than by an extractor, so that errors have the same JSON form.
async fn add_fault(State(dispatcher): State<Arc<Dispatcher>>, body: String) -> Response {
    let reply = match serde_json::from_str::<FaultRule>(&body) {
        Ok(rule) => match lock(&dispatcher.fault_injector).add(rule) {
            Ok(()) => Reply::ok(&json!({"added": true})),
            Err(error) => Reply::json(400, &json!({"error": error})),
        },
        Err(error) => Reply::json(400, &json!({"error": format!("not a fault rule: {error}")})),
    };
    reply.into()
}

async fn faults(State(dispatcher): State<Arc<Dispatcher>>) -> Json<Value> {
    Json(json!(lock(&dispatcher.fault_injector).rules()))
}

async fn clear_faults(State(dispatcher): State<Arc<Dispatcher>>) -> Json<Value> {
    lock(&dispatcher.fault_injector).clear();
    Json(json!({"cleared": true}))
}

#[derive(Deserialize)]
struct After {
    /// Number of the last request to leave out.
    #[serde(default)]
    after: u64,
}

async fn requests(State(dispatcher): State<Arc<Dispatcher>>, Query(After { after }): Query<After>) -> Json<Value> {
    let recorded = lock(&dispatcher.journal).all();
    Json(recorded.iter().filter(|request| request.number > after).map(request_json).collect())
}

/// Renders a recorded request without its headers, one of which is the credential.
fn request_json(request: &RecordedRequest) -> Value {
    json!({
        "number": request.number,
        "operation": request.operation,
        "method": request.method.as_str(),
        "uri": request.uri.to_string(),
        "body": String::from_utf8_lossy(&request.body),
        "fault": request.fault,
        "served": request.served,
        "status": request.status,
    })
}

async fn deliveries(State(dispatcher): State<Arc<Dispatcher>>) -> Json<Value> {
    Json(dispatcher.deliveries().iter().map(delivery_json).collect())
}

fn delivery_json(delivery: &Delivery) -> Value {
    json!({
        "event": delivery.event,
        "url": delivery.url,
        "body": delivery.body,
        "outcome": delivery.outcome.as_ref().map(|outcome| format!("{outcome:?}")),
    })
}

async fn clock(State(dispatcher): State<Arc<Dispatcher>>) -> Json<Value> {
    Json(json!({"now": dispatcher.now().to_string()}))
}

/// Body of a request that moves the clock.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum MoveClock {
    /// Duration to move ahead, such as `6h 30m`.
    Advance(SignedDuration),
    /// Point in time to move to.
    Set(Timestamp),
}

async fn move_clock(State(dispatcher): State<Arc<Dispatcher>>, body: String) -> Response {
    let by = match serde_json::from_str(&body) {
        Ok(MoveClock::Advance(by)) => by,
        Ok(MoveClock::Set(to)) => to.duration_since(dispatcher.now()),
        Err(error) => {
            let error = format!(
                "not a move of the clock: {error}; write `{{\"advance\": \"6h 30m\"}}` or `{{\"set\": \"2026-02-03T04:05:06Z\"}}`"
            );
            return Reply::json(400, &json!({"error": error})).into();
        }
    };
    match Duration::try_from(by) {
        Ok(by) => Reply::ok(&json!({"now": dispatcher.advance(by).to_string()})).into(),
        Err(_) => Reply::json(400, &json!({"error": "the clock does not go back: start another sandbox"})).into(),
    }
}

async fn behaviors(State(dispatcher): State<Arc<Dispatcher>>) -> Json<Behaviors> {
    Json(lock(&dispatcher.behaviors).clone())
}

async fn set_behaviors(State(dispatcher): State<Arc<Dispatcher>>, body: String) -> Response {
    match serde_json::from_str::<Behaviors>(&body) {
        Ok(behaviors) => {
            lock(&dispatcher.behaviors).clone_from(&behaviors);
            Reply::ok(&json!(behaviors)).into()
        }
        Err(error) => Reply::json(400, &json!({"error": format!("not a list of behaviors: {error}")})).into(),
    }
}

async fn file(State(dispatcher): State<Arc<Dispatcher>>, Path((token, name)): Path<(String, String)>) -> Response {
    match dispatcher.file(&token, &name) {
        Some(file) => Reply::new(200, "application/pdf", file).into(),
        None => Reply::text(404, "no document has this file").into(),
    }
}

async fn sign(State(dispatcher): State<Arc<Dispatcher>>, Path(signer_token): Path<String>) -> Response {
    let reply = match dispatcher.sign(&signer_token) {
        Some(document) => Reply::ok(&document),
        None => Reply::json(404, &json!({"error": "nobody with this token has something left to sign"})),
    };
    reply.into()
}

async fn set_channel_status(
    State(dispatcher): State<Arc<Dispatcher>>,
    Path(channel_id): Path<String>,
    body: String,
) -> Response {
    #[derive(Deserialize)]
    struct Status {
        status: String,
    }
    let reply = match serde_json::from_str(&body) {
        Ok(Status { status }) if dispatcher.set_channel_status(&channel_id, &status) => {
            Reply::ok(&json!({"set": true}))
        }
        Ok(_) => Reply::json(404, &json!({"error": "there is no such channel"})),
        Err(error) => Reply::json(400, &json!({"error": format!("not a status: {error}")})),
    };
    reply.into()
}
