//! Style sheets and scripts, which are compiled in: the pages need nothing of another server.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;

use crate::dispatch::Dispatcher;
use crate::spec::Reply;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE_SHEET: &str = "text/css; charset=utf-8";

/// Name, media type and content of each asset.
static ASSETS: &[(&str, &str, &str)] = &[
    ("connect.css", STYLE_SHEET, include_str!("../../../assets/connect.css")),
    ("connect.js", SCRIPT, include_str!("../../../assets/connect.js")),
    ("dashboard-behaviors.js", SCRIPT, include_str!("../../../assets/dashboard-behaviors.js")),
    ("dashboard-body.js", SCRIPT, include_str!("../../../assets/dashboard-body.js")),
    ("dashboard-clock.js", SCRIPT, include_str!("../../../assets/dashboard-clock.js")),
    ("dashboard-control.js", SCRIPT, include_str!("../../../assets/dashboard-control.js")),
    ("dashboard-deliveries.js", SCRIPT, include_str!("../../../assets/dashboard-deliveries.js")),
    ("dashboard-element.js", SCRIPT, include_str!("../../../assets/dashboard-element.js")),
    ("dashboard-faults.js", SCRIPT, include_str!("../../../assets/dashboard-faults.js")),
    ("dashboard-filter.js", SCRIPT, include_str!("../../../assets/dashboard-filter.js")),
    ("dashboard-format.js", SCRIPT, include_str!("../../../assets/dashboard-format.js")),
    ("dashboard-list.js", SCRIPT, include_str!("../../../assets/dashboard-list.js")),
    ("dashboard-requests.js", SCRIPT, include_str!("../../../assets/dashboard-requests.js")),
    ("dashboard-reset.js", SCRIPT, include_str!("../../../assets/dashboard-reset.js")),
    ("dashboard-row.js", SCRIPT, include_str!("../../../assets/dashboard-row.js")),
    ("dashboard-state.js", SCRIPT, include_str!("../../../assets/dashboard-state.js")),
    ("dashboard-stream.js", SCRIPT, include_str!("../../../assets/dashboard-stream.js")),
    ("dashboard-trigger.js", SCRIPT, include_str!("../../../assets/dashboard-trigger.js")),
    ("dashboard.css", STYLE_SHEET, include_str!("../../../assets/dashboard.css")),
    ("dashboard.js", SCRIPT, include_str!("../../../assets/dashboard.js")),
    ("page.css", STYLE_SHEET, include_str!("../../../assets/page.css")),
    ("signing.css", STYLE_SHEET, include_str!("../../../assets/signing.css")),
    ("signing.js", SCRIPT, include_str!("../../../assets/signing.js")),
];

/// Returns the routes.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new().route("/sandbox/assets/{name}", get(asset))
}

async fn asset(Path(name): Path<String>) -> Response {
    let reply = match ASSETS.iter().find(|(known, ..)| *known == name) {
        Some((_, media, content)) => Reply::new(200, media, *content),
        None => Reply::text(404, "the sandbox has no such asset"),
    };
    // Another version of the sandbox may run on the same port next.
    reply.header("cache-control", "no-cache").header("x-content-type-options", "nosniff").into()
}
