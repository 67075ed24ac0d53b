//! Client-side rate limiting: published limits are kept by delaying calls before they are sent.

mod acquire;
mod fingerprint;
mod limits;
mod pause;
mod permit;
mod shared_store;
mod sliding_window;
mod slot_log;
mod store;
mod wait_limit;

pub(crate) use acquire::ApplicableWindows;
pub(crate) use fingerprint::Fingerprint;
pub(crate) use limits::Account;
pub use limits::RateLimits;
pub(crate) use permit::Permit;
pub use shared_store::StoreOutage;
#[cfg(feature = "test-util")]
pub(crate) use slot_log::SlotLog;
pub use store::{RateLimitStore, Settlement, SlotRequest, StoreError, StoreFuture, TakenSlots, WindowKey, WindowWait};
pub(crate) use wait_limit::{DeadlineExceeded, NoSlot, RateLimitWait, WaitLimit, WaitReason};
