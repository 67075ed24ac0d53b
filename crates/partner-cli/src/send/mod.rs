//! Calls, sent through the clients.

mod client;
mod curl;
mod failures;
pub(crate) mod pages;
mod preview;
mod request_secrets;
pub(crate) mod unsent;

pub(crate) use client::ApiClient;
pub(crate) use failures::of_call as failure_of_call;
