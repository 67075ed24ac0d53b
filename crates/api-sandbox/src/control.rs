//! Endpoints that no vendor has: for tests in other languages, and for hands.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::{App, lock};
use crate::fault::FaultRule;
use crate::reply::Reply;
use crate::server::ResetConnection;
use crate::{Delivery, Received};

/// The control endpoints below `/sandbox/`; everything else goes to the vendors.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/sandbox/faults", post(add_fault).delete(clear_faults))
        .route("/sandbox/requests", get(requests))
        .route("/sandbox/deliveries", get(deliveries))
        .route("/sandbox/signers/{signer_token}/sign", post(sign))
        .fallback(vendors)
        .with_state(app)
}

async fn vendors(State(app): State<Arc<App>>, request: Request) -> Response {
    app.answer(request).await.unwrap_or_else(ResetConnection::response)
}

/// The body is read here, so that a fault in it is told as everything else is.
async fn add_fault(State(app): State<Arc<App>>, body: String) -> Response {
    let reply = match serde_json::from_str::<FaultRule>(&body) {
        Ok(rule) if rule.faults.is_empty() => {
            Reply::json(400, &json!({"error": "`faults` is empty: name at least one"}))
        }
        Ok(rule) => {
            lock(&app.plan).add(rule);
            Reply::ok(&json!({"added": true}))
        }
        Err(error) => Reply::json(400, &json!({"error": format!("not a fault rule: {error}")})),
    };
    reply.into()
}

async fn clear_faults(State(app): State<Arc<App>>) -> Json<Value> {
    lock(&app.plan).clear();
    Json(json!({"cleared": true}))
}

#[derive(Deserialize)]
struct After {
    /// Only requests with a higher number.
    #[serde(default)]
    after: u64,
}

async fn requests(State(app): State<Arc<App>>, Query(After { after }): Query<After>) -> Json<Value> {
    let received = lock(&app.journal).all();
    Json(received.iter().filter(|request| request.number > after).map(request).collect())
}

/// Without headers: one of them is the credential.
fn request(request: &Received) -> Value {
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

async fn deliveries(State(app): State<Arc<App>>) -> Json<Value> {
    Json(app.deliveries().iter().map(delivery).collect())
}

fn delivery(delivery: &Delivery) -> Value {
    json!({
        "event": delivery.event,
        "url": delivery.url,
        "body": delivery.body,
        "outcome": delivery.outcome.as_ref().map(|outcome| format!("{outcome:?}")),
    })
}

async fn sign(State(app): State<Arc<App>>, Path(signer_token): Path<String>) -> Response {
    let reply = match app.sign(&signer_token) {
        Some(document) => Reply::ok(&document),
        None => Reply::json(404, &json!({"error": "nobody with this token has something left to sign"})),
    };
    reply.into()
}
