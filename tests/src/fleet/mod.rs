//! Fleet: processes that keep one limit together, measured at the vendor that they call.

mod arrivals;
mod fault;
mod member;
mod observed_store;
mod report;
mod run;

pub use fault::StoreFault;
pub use member::run_member;
pub use report::FleetReport;
pub use run::{FleetSettings, run};
