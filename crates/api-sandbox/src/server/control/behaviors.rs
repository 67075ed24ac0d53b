//! Optional behaviors.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use crate::behavior::Behaviors;
use crate::dispatch::Dispatcher;
use crate::spec::Reply;

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new().route("/sandbox/behaviors", get(behaviors).put(set_behaviors))
}

async fn behaviors(State(dispatcher): State<Arc<Dispatcher>>) -> Json<Behaviors> {
    Json(dispatcher.behaviors())
}

async fn set_behaviors(State(dispatcher): State<Arc<Dispatcher>>, body: String) -> Response {
    match serde_json::from_str::<Behaviors>(&body) {
        Ok(behaviors) => {
            let reply = Reply::ok(&json!(behaviors));
            dispatcher.set_behaviors(behaviors);
            reply.into()
        }
        Err(error) => Reply::json(400, &json!({"error": format!("not a list of behaviors: {error}")})).into(),
    }
}
