//! Dashboard: what the sandbox received, sent and has. All that it shows and does goes through control endpoints.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::html::{Framing, page};
use crate::behavior::Behavior;
use crate::dispatch::Dispatcher;

/// Frame of the dashboard, which scripts fill.
#[derive(Template)]
#[template(path = "dashboard.html")]
struct Dashboard<'d> {
    url: &'d str,
    /// Names of the APIs.
    vendors: Vec<&'d str>,
    /// Ids of the operations of all APIs.
    operations: Vec<&'d str>,
    behaviors: &'static [Behavior],
}

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new().route("/", get(dashboard))
}

async fn dashboard(State(dispatcher): State<Arc<Dispatcher>>) -> Response {
    let bundles = dispatcher.bundles();
    let operations = bundles.iter().flat_map(|bundle| &bundle.operations).map(|operation| &*operation.id);
    let dashboard = Dashboard {
        url: dispatcher.url(),
        vendors: bundles.iter().map(|bundle| &*bundle.name).collect(),
        operations: operations.collect(),
        behaviors: &Behavior::ALL,
    };
    page(200, &dashboard, Framing::Nowhere)
}
