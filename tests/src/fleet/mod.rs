//! Fleet: processes that keep one limit together, measured at the vendor that they call.

mod arrivals;
mod member;
mod observed_store;
mod report;
mod run;
mod settings;

pub use member::run_member;
pub use report::FleetReport;
pub use run::run;
pub use settings::FleetSettings;
