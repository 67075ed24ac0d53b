//! HTTP server: connections, check of host and origin, control endpoints.

mod admin;
mod connection;
mod origin;

pub(crate) use admin::router;
pub(crate) use connection::serve;
