//! Signers of ZapSign documents, as on the vendor's page.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use serde_json::json;

use crate::dispatch::Dispatcher;
use crate::spec::Reply;
use crate::vendors::{SignerAction, SignerError};

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new()
        .route("/sandbox/signers/{signer_token}/open", post(open))
        .route("/sandbox/signers/{signer_token}/read", post(confirm_reading))
        .route("/sandbox/signers/{signer_token}/sign", post(sign))
        .route("/sandbox/signers/{signer_token}/refuse", post(refuse))
}

/// Acts as a signer, and answers with the document.
fn act(dispatcher: &Dispatcher, signer_token: &str, action: SignerAction) -> Response {
    let reply = match dispatcher.act_as_signer(signer_token, action) {
        Ok(document) => Reply::ok(&document),
        Err(error) => {
            let status = if error == SignerError::UnknownToken { 404 } else { 400 };
            Reply::json(status, &json!({"error": error.to_string()}))
        }
    };
    reply.into()
}

async fn open(State(dispatcher): State<Arc<Dispatcher>>, Path(signer_token): Path<String>) -> Response {
    act(&dispatcher, &signer_token, SignerAction::Open)
}

async fn confirm_reading(State(dispatcher): State<Arc<Dispatcher>>, Path(signer_token): Path<String>) -> Response {
    act(&dispatcher, &signer_token, SignerAction::ConfirmReading)
}

async fn sign(State(dispatcher): State<Arc<Dispatcher>>, Path(signer_token): Path<String>) -> Response {
    act(&dispatcher, &signer_token, SignerAction::Sign)
}

async fn refuse(State(dispatcher): State<Arc<Dispatcher>>, Path(signer_token): Path<String>, body: String) -> Response {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Refusal {
        reason: String,
    }
    match serde_json::from_str(&body) {
        Ok(Refusal { reason }) => act(&dispatcher, &signer_token, SignerAction::Refuse(reason)),
        Err(error) => {
            let error = format!("not a refusal: {error}; write `{{\"reason\": \"the price is wrong\"}}`");
            Reply::json(400, &json!({"error": error})).into()
        }
    }
}
