//! Router: control endpoints, pages, and the vendors for all other paths.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::from_fn_with_state;
use axum::response::Response;

use super::connection::ResetConnection;
use super::control;
use super::origin::{AllowedHosts, guard};
use super::pages;
use crate::dispatch::Dispatcher;

/// Returns the router of the sandbox.
pub(crate) fn router(dispatcher: Arc<Dispatcher>, allowed_hosts: AllowedHosts) -> Router {
    let own = control::routes().merge(pages::routes());
    own.fallback(dispatch).with_state(dispatcher).layer(from_fn_with_state(allowed_hosts, guard))
}

async fn dispatch(State(dispatcher): State<Arc<Dispatcher>>, request: Request) -> Response {
    dispatcher.handle(request).await.unwrap_or_else(ResetConnection::response)
}
