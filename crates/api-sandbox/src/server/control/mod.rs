//! Control endpoints below `/sandbox/`, for tests in other languages and for manual use.

mod behaviors;
mod channels;
mod clock;
mod curl;
mod deliveries;
mod events;
mod faults;
mod filter;
mod health;
mod inbox;
mod query;
mod request_detail;
mod requests;
mod reset;
mod rows;
mod signers;
mod state;
mod stream;
mod stream_reader;
mod time;

use std::sync::Arc;

use axum::Router;

use crate::dispatch::Dispatcher;

/// Returns the routes of all control endpoints.
pub(super) fn routes() -> Router<Arc<Dispatcher>> {
    Router::new()
        .merge(behaviors::routes())
        .merge(channels::routes())
        .merge(clock::routes())
        .merge(deliveries::routes())
        .merge(events::routes())
        .merge(faults::routes())
        .merge(health::routes())
        .merge(inbox::routes())
        .merge(requests::routes())
        .merge(reset::routes())
        .merge(signers::routes())
        .merge(state::routes())
        .merge(stream::routes())
}
