//! State of the vendors.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

use crate::dispatch::Dispatcher;

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new().route("/sandbox/state", get(state))
}

async fn state(State(dispatcher): State<Arc<Dispatcher>>) -> Json<Value> {
    Json(dispatcher.overview())
}
