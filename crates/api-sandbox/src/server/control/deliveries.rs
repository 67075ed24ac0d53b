//! Deliveries to webhooks.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::delivery_queue::Delivery;
use crate::dispatch::Dispatcher;

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new().route("/sandbox/deliveries", get(deliveries))
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
