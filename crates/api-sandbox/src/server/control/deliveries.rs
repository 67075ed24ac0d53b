//! Deliveries to webhooks.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;

use super::query::ControlQuery;
use super::rows::delivery_text;
use crate::dispatch::Dispatcher;
use crate::spec::Reply;

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new()
        .route("/sandbox/deliveries", get(deliveries))
        .route("/sandbox/deliveries/replay", post(replay_failed))
        .route("/sandbox/deliveries/{id}", get(delivery))
        .route("/sandbox/deliveries/{id}/replay", post(replay))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    /// Id of the last delivery to leave out.
    #[serde(default)]
    after: u64,
    /// Largest number of deliveries, the oldest of which come first; by default all.
    limit: Option<usize>,
    /// Waits until no attempt is queued or in progress.
    #[serde(default)]
    wait: bool,
}

async fn deliveries(
    State(dispatcher): State<Arc<Dispatcher>>,
    ControlQuery(Filter { after, limit, wait }): ControlQuery<Filter>,
) -> Response {
    if wait {
        dispatcher.delivered().await;
    }
    let mut text = String::from("[");
    for (index, delivery) in dispatcher.deliveries_after(after, limit.unwrap_or(usize::MAX)).iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&delivery_text(delivery));
    }
    text.push(']');
    json_reply(text)
}

async fn delivery(State(dispatcher): State<Arc<Dispatcher>>, Path(id): Path<String>) -> Response {
    match id.parse().ok().and_then(|id| dispatcher.delivery(id)) {
        Some(delivery) => json_reply(delivery_text(&delivery)),
        None => no_such_delivery(&id),
    }
}

async fn replay(State(dispatcher): State<Arc<Dispatcher>>, Path(id): Path<String>) -> Response {
    match id.parse() {
        Ok(id) if dispatcher.replay_delivery(id) => Reply::ok(&json!({"replayed": [id]})).into(),
        _ => no_such_delivery(&id),
    }
}

async fn replay_failed(State(dispatcher): State<Arc<Dispatcher>>, body: String) -> Response {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Replay {
        failed: bool,
    }
    match serde_json::from_str(&body) {
        Ok(Replay { failed: true }) => Reply::ok(&json!({"replayed": dispatcher.replay_failed()})).into(),
        _ => {
            let error = "not a choice of deliveries: write `{\"failed\": true}`, or name one in `POST /sandbox/deliveries/{id}/replay`";
            Reply::json(400, &json!({"error": error})).into()
        }
    }
}

fn json_reply(text: String) -> Response {
    Reply::new(200, "application/json", text).into()
}

fn no_such_delivery(id: &str) -> Response {
    let error =
        format!("there is no delivery `{id}`: take an id of `GET /sandbox/deliveries`, which has the latest 10,000");
    Reply::json(404, &json!({"error": error})).into()
}
