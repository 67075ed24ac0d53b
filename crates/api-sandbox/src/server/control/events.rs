//! Events on demand.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::dispatch::Dispatcher;
use crate::spec::Reply;
use crate::trigger::{Trigger, TriggerError};

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new().route("/sandbox/events", get(events)).route("/sandbox/events/{event}", post(trigger))
}

async fn events(State(dispatcher): State<Arc<Dispatcher>>) -> Json<Vec<Value>> {
    Json(dispatcher.events())
}

async fn trigger(State(dispatcher): State<Arc<Dispatcher>>, Path(event): Path<String>, body: String) -> Response {
    let body = if body.trim().is_empty() { "{}" } else { &body };
    let trigger = match serde_json::from_str::<Trigger>(body) {
        Ok(trigger) => trigger.named(event),
        Err(error) => return Reply::json(400, &json!({"error": format!("not a trigger: {error}")})).into(),
    };
    let reply = match dispatcher.trigger(&trigger) {
        Ok(deliveries) => Reply::ok(&json!({"deliveries": deliveries})),
        Err(error) => {
            let is_unknown = matches!(error, TriggerError::UnknownEvent { .. } | TriggerError::UnknownResource { .. });
            Reply::json(if is_unknown { 404 } else { 400 }, &json!({"error": error.to_string()}))
        }
    };
    reply.into()
}
