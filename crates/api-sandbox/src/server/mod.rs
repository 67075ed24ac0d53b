//! HTTP server: connections, check of host and origin, control endpoints.

mod connection;
mod control;
mod origin;
mod router;

pub(crate) use connection::serve;
pub(crate) use router::router;
