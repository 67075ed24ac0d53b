//! Everything that is written by hand, because no spec says it.

#[cfg(feature = "documents")]
mod document_detail;
#[cfg(feature = "downloads")]
mod download;
mod error;
#[cfg(all(feature = "documents", feature = "system-time"))]
mod find_documents;
#[cfg(feature = "authentication")]
mod login;
#[cfg(feature = "partner-plans")]
pub mod partner_plans;
mod plan_limit;
#[cfg(all(feature = "documents", feature = "system-time"))]
mod wait_for;
#[cfg(feature = "webhooks")]
pub mod webhooks;

#[cfg(all(feature = "documents", feature = "system-time"))]
pub use wait_for::{Until, WaitOutcome};
