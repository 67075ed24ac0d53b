//! Dispatcher of requests to the vendors.

mod changes;
mod control;
mod dispatcher;
mod request;
mod sign_up;
mod signing;
mod time;

pub(crate) use dispatcher::{Dispatcher, Settings};
