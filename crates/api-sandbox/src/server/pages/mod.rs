//! Pages for a browser.

mod asset;
mod connect;
mod dashboard;
mod html;
mod signing;

use std::sync::Arc;

use axum::Router;

use crate::dispatch::Dispatcher;

/// Returns the routes of the connect pages alone, and of the assets.
pub(super) fn connect_routes() -> Router<Arc<Dispatcher>> {
    Router::new().merge(asset::routes()).merge(connect::routes())
}

/// Returns the routes of all pages.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new().merge(asset::routes()).merge(connect::routes()).merge(dashboard::routes()).merge(signing::routes())
}
