//! Channels of 360dialog, as in Meta's review.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use serde_json::json;

use crate::dispatch::Dispatcher;
use crate::spec::Reply;

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new().route("/sandbox/channels/{channel_id}/status", post(set_channel_status))
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
