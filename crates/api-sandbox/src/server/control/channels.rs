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
use crate::vendors::ChannelError;

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
    #[serde(deny_unknown_fields)]
    struct Status {
        status: String,
    }
    let reply = match serde_json::from_str(&body) {
        Ok(Status { status }) => match dispatcher.set_channel_status(&channel_id, &status) {
            Ok(()) => Reply::ok(&json!({"set": true})),
            Err(error) => {
                let status = if matches!(error, ChannelError::UnknownChannel { .. }) { 404 } else { 400 };
                Reply::json(status, &json!({"error": error.to_string()}))
            }
        },
        Err(error) => {
            Reply::json(400, &json!({"error": format!("not a status: {error}; write `{{\"status\": \"running\"}}`")}))
        }
    };
    reply.into()
}
