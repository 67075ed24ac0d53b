//! Simulation of a fleet of processes that share rate limits, in virtual time.
//!
//! Each process is a handle of its own, [`RateLimits`](api_runtime::RateLimits), with the real calls of the runtime, its lines,
//! waits, attempts and retries. The vendor, the network and the clock are simulated: ten minutes take seconds, and a seed
//! decides everything.

mod call;
#[path = "../../src/jain_index.rs"]
mod jain_index;
mod load;
mod process;
mod run;
mod scenario;
mod shared_state;
mod statistics;
mod store;
mod table;
mod vendor;
#[path = "../../src/worst_count.rs"]
mod worst_count;

pub use run::run;
pub use scenario::{Faults, Scenario};
pub use statistics::{Fairness, Outcome, Waits};
pub use table::{header, row, summary, summary_header};
