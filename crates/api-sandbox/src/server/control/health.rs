//! Health.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use crate::dispatch::Dispatcher;

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new().route("/sandbox/health", get(health))
}

async fn health(State(dispatcher): State<Arc<Dispatcher>>) -> Json<Value> {
    let specs = dispatcher.bundles().iter().map(|bundle| (bundle.name.clone(), bundle.version().into()));
    Json(json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "specs": specs.collect::<Map<String, Value>>(),
        "now": dispatcher.now().to_string(),
        "url": dispatcher.url(),
    }))
}
