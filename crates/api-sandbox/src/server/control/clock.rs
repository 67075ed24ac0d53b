//! Clock.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use jiff::{Span, SpanRelativeTo, Timestamp};
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
    /// Duration to move ahead, such as `6h 30m`. A day has 24 hours.
    Advance(Span),
    /// Point in time to move to.
    Set(Timestamp),
}

async fn move_clock(State(dispatcher): State<Arc<Dispatcher>>, body: String) -> Response {
    let moved = match serde_json::from_str(&body) {
        Ok(MoveClock::Advance(by)) => match by.to_duration(SpanRelativeTo::days_are_24_hours()).map(Duration::try_from)
        {
            Ok(Ok(by)) => Ok(dispatcher.advance(by)),
            Ok(Err(_)) => Err("the clock does not go back: give a duration ahead".to_owned()),
            Err(_) => Err("months and years differ in length: give weeks, days, or a time to `set`".to_owned()),
        },
        Ok(MoveClock::Set(time)) => dispatcher.set_clock(time).map(|()| time).map_err(|error| error.to_string()),
        Err(error) => Err(format!(
            "not a move of the clock: {error}; write `{{\"advance\": \"7d 6h\"}}` or `{{\"set\": \"2026-02-03T04:05:06Z\"}}`"
        )),
    };
    match moved {
        Ok(now) => Reply::ok(&json!({"now": now.to_string()})).into(),
        Err(error) => Reply::json(400, &json!({"error": error})).into(),
    }
}
