//! Tests of the sandbox's pages in a browser.
#![allow(missing_docs)]

mod connect;
mod dashboard;
mod hostile;
mod other_origin;
mod partner;
mod signing;
mod signing_in_frame;
