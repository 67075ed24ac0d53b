//! Calls, sent through the clients.

mod call_log;
mod client;
mod curl;
mod failures;
pub(crate) mod pages;
mod preview;
mod request_secrets;
mod secret_texts;
pub(crate) mod unsent;
mod vendor_error;

pub(crate) use call_log::logged;
pub(crate) use client::{ApiClient, USER_AGENT};
pub(crate) use failures::of_call as failure_of_call;
pub(crate) use secret_texts::{credential_texts, secret_texts};
