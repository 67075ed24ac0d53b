//! Fault rules.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::dispatch::Dispatcher;
use crate::faults::FaultRule;
use crate::spec::Reply;

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new().route("/sandbox/faults", get(faults).post(add_fault).delete(clear_faults))
}

// The body is parsed here rather than by an extractor, so that errors have the same JSON form.
async fn add_fault(State(dispatcher): State<Arc<Dispatcher>>, body: String) -> Response {
    let reply = match serde_json::from_str::<FaultRule>(&body) {
        Ok(rule) => match dispatcher.add_fault(rule) {
            Ok(()) => Reply::ok(&json!({"added": true})),
            Err(error) => Reply::json(400, &json!({"error": error})),
        },
        Err(error) => Reply::json(400, &json!({"error": format!("not a fault rule: {error}")})),
    };
    reply.into()
}

async fn faults(State(dispatcher): State<Arc<Dispatcher>>) -> Json<Value> {
    Json(dispatcher.faults())
}

async fn clear_faults(State(dispatcher): State<Arc<Dispatcher>>) -> Json<Value> {
    dispatcher.clear_faults();
    Json(json!({"cleared": true}))
}
