//! The journal on Postgres: its contract as a journal, together with the other journals, and as the queue of many processes, over a
//! real server that is restarted, stopped and cut off.
#![allow(missing_docs)]
#![cfg(unix)]

mod claims;
mod connections;
mod contract;
mod cutting_proxy;
mod endings;
mod fences;
mod listings;
mod lost_answers;
mod memory_journal;
mod odd_names;
mod older_copies;
mod outages;
mod schema;
mod secrets;
mod server_settings;
mod setting;
mod spools;
mod tenants;
