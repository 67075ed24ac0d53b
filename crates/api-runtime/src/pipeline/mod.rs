//! Execution of a call: rate limit, authenticate, attempt, classify, back off.

mod attempt;
pub(crate) mod connect_deadline;
mod execute;
mod headers;
mod retry_state;
#[cfg(feature = "tracing")]
mod telemetry;

pub use execute::Transport;
pub(crate) use execute::{Shared, run_inner, send};
pub(crate) use headers::ClientHeaders;
