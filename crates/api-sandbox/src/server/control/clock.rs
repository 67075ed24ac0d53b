//! Clock.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::dispatch::Dispatcher;
use crate::spec::Reply;

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new().route("/sandbox/clock", get(clock).post(move_clock))
}

async fn clock(State(dispatcher): State<Arc<Dispatcher>>) -> Json<Value> {
    Json(json!({"now": dispatcher.now().to_string()}))
}

/// Body of a request that moves the clock.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum MoveClock {
    /// Duration to move ahead, such as `6h 30m`.
    Advance(SignedDuration),
    /// Point in time to move to.
    Set(Timestamp),
}

async fn move_clock(State(dispatcher): State<Arc<Dispatcher>>, body: String) -> Response {
    let by = match serde_json::from_str(&body) {
        Ok(MoveClock::Advance(by)) => by,
        Ok(MoveClock::Set(to)) => to.duration_since(dispatcher.now()),
        Err(error) => {
            let error = format!(
                "not a move of the clock: {error}; write `{{\"advance\": \"6h 30m\"}}` or `{{\"set\": \"2026-02-03T04:05:06Z\"}}`"
            );
            return Reply::json(400, &json!({"error": error})).into();
        }
    };
    match Duration::try_from(by) {
        Ok(by) => Reply::ok(&json!({"now": dispatcher.advance(by).to_string()})).into(),
        Err(_) => Reply::json(400, &json!({"error": "the clock does not go back: start another sandbox"})).into(),
    }
}
