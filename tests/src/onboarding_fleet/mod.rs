//! Fleet of processes that onboard tenants together over one journal, audited at the vendors.

mod assignment;
mod audit;
mod audit_findings;
mod freeze;
mod freeze_point;
mod line;
mod process;
mod recorded_calls;
mod report;
mod run;
mod scaled_limits;
mod settings;
mod strangers;
mod tenants;
mod tokens;
mod vendor_access;
mod vendor_state;
mod worker_process;

pub use audit_findings::AuditFindings;
pub use freeze::{FreezeOutcome, FreezeReport, run_freezes};
pub use freeze_point::{CreatedThing, FreezePoint, Moment};
pub use process::run_process;
pub use report::OnboardingFleetReport;
pub use run::run_onboarding_fleet;
pub use settings::{OnboardingFleetSettings, ProcessTimes};
pub use tokens::TokenCounts;
