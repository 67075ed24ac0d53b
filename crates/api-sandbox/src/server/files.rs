//! Files of ZapSign documents.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;

use crate::dispatch::Dispatcher;
use crate::spec::Reply;

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new().route("/files/{token}/{name}", get(file))
}

async fn file(State(dispatcher): State<Arc<Dispatcher>>, Path((token, name)): Path<(String, String)>) -> Response {
    match dispatcher.file(&token, &name) {
        Some(file) => Reply::new(200, "application/pdf", file).into(),
        None => Reply::text(404, "no document has this file").into(),
    }
}
