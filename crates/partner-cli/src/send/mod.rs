//! Calls, sent through the clients.

mod answer;
mod client;
mod failures;
pub(crate) mod pages;
pub(crate) mod preview;

pub(crate) use answer::Answer;
pub(crate) use client::ApiClient;
pub(crate) use failures::of_call as failure_of_call;
