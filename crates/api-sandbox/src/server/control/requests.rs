//! Requests that arrived.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::query::{After, ControlQuery};
use crate::dispatch::Dispatcher;
use crate::mutex::lock;
use crate::request_journal::RecordedRequest;

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new().route("/sandbox/requests", get(requests))
}

async fn requests(
    State(dispatcher): State<Arc<Dispatcher>>,
    ControlQuery(After { after }): ControlQuery<After>,
) -> Json<Value> {
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
