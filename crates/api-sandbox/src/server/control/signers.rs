//! Signers of ZapSign documents, as on the vendor's page.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;
use serde_json::json;

use crate::dispatch::Dispatcher;
use crate::spec::Reply;

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new().route("/sandbox/signers/{signer_token}/sign", post(sign))
}

async fn sign(State(dispatcher): State<Arc<Dispatcher>>, Path(signer_token): Path<String>) -> Response {
    let reply = match dispatcher.sign(&signer_token) {
        Some(document) => Reply::ok(&document),
        None => Reply::json(404, &json!({"error": "nobody with this token has something left to sign"})),
    };
    reply.into()
}
