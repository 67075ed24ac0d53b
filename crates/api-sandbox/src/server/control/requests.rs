//! Requests that arrived.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;

use super::filter::WrittenFilter;
use super::query::ControlQuery;
use super::request_detail::detail;
use super::rows::request_with_body;
use crate::dispatch::Dispatcher;
use crate::spec::Reply;

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new().route("/sandbox/requests", get(requests)).route("/sandbox/requests/{number}", get(request))
}

/// Choice of requests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice {
    /// Number of the last request to leave out.
    #[serde(default)]
    after: u64,
    /// Largest number of requests, the oldest of which come first; by default all.
    limit: Option<usize>,
    vendor: Option<String>,
    operation: Option<String>,
    status: Option<String>,
    text: Option<String>,
}

async fn requests(State(dispatcher): State<Arc<Dispatcher>>, ControlQuery(choice): ControlQuery<Choice>) -> Response {
    let Choice { after, limit, vendor, operation, status, text } = choice;
    let reply = match (WrittenFilter { vendor, operation, status, text }).parse() {
        Ok(filter) => {
            let passes = |request: &_| filter.passes_request(request);
            let found = dispatcher.requests_after(after, limit.unwrap_or(usize::MAX), passes);
            Reply::ok(&found.iter().map(|request| request_with_body(request)).collect())
        }
        Err(error) => Reply::json(400, &json!({"error": error})),
    };
    reply.into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Length {
    /// Shows bodies as a whole.
    #[serde(default)]
    full: bool,
}

async fn request(
    State(dispatcher): State<Arc<Dispatcher>>,
    Path(number): Path<String>,
    ControlQuery(Length { full }): ControlQuery<Length>,
) -> Response {
    let reply = match number.parse().ok().and_then(|number| dispatcher.request(number)) {
        Some(request) => Reply::ok(&detail(&request, &dispatcher, full)),
        None => {
            let error = format!(
                "there is no request `{number}`: take a number of `GET /sandbox/requests`, which has the latest 100,000"
            );
            Reply::json(404, &json!({"error": error}))
        }
    };
    reply.into()
}
