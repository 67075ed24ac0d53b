//! Signing pages of ZapSign.

use std::sync::Arc;

use axum::Router;

use crate::dispatch::Dispatcher;

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new()
}
