//! Stream of what happens, as server-sent events.
//!
//! A reader is told what has changed since it was told last, and not each change: however slow it is, nothing is kept for it.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use futures_util::stream;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::json;

use super::filter::WrittenFilter;
use super::query::ControlQuery;
use super::stream_reader::StreamReader;
use crate::dispatch::Dispatcher;
use crate::spec::Reply;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new().route("/sandbox/stream", get(stream))
}

/// Choice of requests and deliveries.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice {
    vendor: Option<String>,
    operation: Option<String>,
    status: Option<String>,
    text: Option<String>,
    /// Id of the last event that was read, for a reader that can't set `Last-Event-ID`.
    last_event_id: Option<String>,
}

async fn stream(
    State(dispatcher): State<Arc<Dispatcher>>,
    ControlQuery(choice): ControlQuery<Choice>,
    headers: HeaderMap,
) -> Response {
    let Choice { vendor, operation, status, text, last_event_id } = choice;
    let filter = match (WrittenFilter { vendor, operation, status, text }).parse() {
        Ok(filter) => filter,
        Err(error) => return Reply::json(400, &json!({"error": error})).into(),
    };
    // A browser repeats the address when it connects again, and tells in the header where it was.
    let of_header = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()).map(str::to_owned);
    let last = of_header.or(last_event_id).and_then(|id| id.trim().parse().ok());
    let reader = StreamReader::new(dispatcher, filter, last);
    let chunks = stream::unfold(reader, async |mut reader| {
        let chunk = reader.next().await?;
        Some((Ok::<Bytes, Infallible>(chunk), reader))
    });
    let mut response = Response::new(Body::from_stream(chunks));
    for (name, value) in [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
