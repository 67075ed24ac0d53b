//! The command line, run in this process: every operation with every example of the bundles, the pages of help, and what the
//! README shows.
#![allow(missing_docs)]

mod arguments;
mod help;
mod operation_command;
mod program;
mod requests;
mod responses;
mod secrets;
mod sent_request;
mod typed_calls;
