//! Router of the connect port, with nothing but the connect pages.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::Response;

use super::origin::{AllowedHosts, guard};
use super::pages;
use crate::dispatch::Dispatcher;
use crate::spec::Reply;

/// Returns the router of the connect port. Older buttons of the vendor open it by the address `0.0.0.0`.
pub(crate) fn connect_router(dispatcher: Arc<Dispatcher>, allowed_hosts: &[String]) -> Router {
    let allowed_hosts: AllowedHosts = Arc::new([allowed_hosts, &["0.0.0.0".to_owned()]].concat());
    let own = pages::connect_routes().fallback(not_found);
    own.with_state(dispatcher).layer(from_fn_with_state(allowed_hosts, guard))
}

async fn not_found() -> Response {
    Reply::text(404, "this port has the connect pages only, such as /dashboard/app/sandboxPA").into()
}
