//! The HTTP server: connections, the guard before every request, and the endpoints below `/sandbox/`.

mod admin;
mod connection;
mod origin;

pub(crate) use admin::router;
pub(crate) use connection::serve;
