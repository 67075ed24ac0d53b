//! Return to the state after the start.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::dispatch::Dispatcher;

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new().route("/sandbox/reset", post(reset))
}

async fn reset(State(dispatcher): State<Arc<Dispatcher>>) -> Json<Value> {
    dispatcher.reset();
    Json(json!({"reset": true}))
}
