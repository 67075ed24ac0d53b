//! Common parts of the conformance tests: the table of cases, and servers to send requests to.

// The tables name this package as its users do.
extern crate self as conformance;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

pub mod case;
pub mod changes;
pub mod claims;
pub mod compare;
pub mod fault;
pub mod file_store;
#[cfg(unix)]
pub mod fleet;
#[path = "../generated/mod.rs"]
#[rustfmt::skip]
#[allow(unused_imports, clippy::all)]
mod generated;
pub mod jain_index;
pub mod mutation;
pub mod numbered_tenant;
#[cfg(unix)]
pub mod onboarding_fleet;
#[cfg(unix)]
pub mod postgres_server;
pub mod ratio;
pub mod recorder;
#[cfg(unix)]
pub mod redis_server;
pub mod refusal;
#[cfg(unix)]
pub mod server_process;
#[cfg(unix)]
pub mod store_fault;
pub mod virtual_time;
pub mod wait;
pub mod worst_count;

pub use generated::*;
