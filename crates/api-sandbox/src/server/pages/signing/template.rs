//! Public link of a template: a form from which each visitor gets a document.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;

use super::screen::{Origin, template_screen, unknown_screen};
use crate::dispatch::Dispatcher;
use crate::server::pages::html::see_other;
use crate::vendors::FormEntries;

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new().route("/verificar/doc/{template}", get(form).post(create))
}

async fn form(State(dispatcher): State<Arc<Dispatcher>>, Path(token): Path<String>, origin: Origin) -> Response {
    match dispatcher.template_form(&token) {
        Some(form) => template_screen(&form, &origin),
        None => unknown_screen(&origin),
    }
}

async fn create(
    State(dispatcher): State<Arc<Dispatcher>>,
    Path(token): Path<String>,
    origin: Origin,
    body: Bytes,
) -> Response {
    match dispatcher.create_on_page(&token, &FormEntries::parse(&body)) {
        Some((_, Some(path))) => see_other(&path),
        Some((form, None)) => template_screen(&form, &origin),
        None => unknown_screen(&origin),
    }
}
