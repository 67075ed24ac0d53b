//! HTTP server: connections, check of host and origin, control endpoints, pages.

mod activity;
mod connect;
mod connection;
mod control;
mod origin;
mod pages;
mod router;

pub(crate) use activity::OpenConnections;
pub(crate) use connect::connect_router;
pub(crate) use connection::serve;
pub(crate) use router::router;
