//! Points at which a process can be stopped, and the parts of an onboarding that stand still there.

mod gate;
mod point;
mod stopping_http_client;
mod stopping_journal;
mod stopping_store;

pub(super) use gate::FreezeGate;
pub use point::{CreatedThing, FreezePoint, Moment};
pub(super) use stopping_http_client::stopping_http_client;
pub(super) use stopping_journal::StoppingJournal;
pub(super) use stopping_store::StoppingStore;
