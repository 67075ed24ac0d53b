//! Client-side rate limiting: published limits are kept by delaying calls before they are sent.

mod addresses;
mod fingerprint;
mod limiter;
mod sliding_window;
mod store;

pub(crate) use fingerprint::Fingerprint;
pub(crate) use limiter::RateLimiter;
pub(crate) use sliding_window::{
    ApplicableWindows, DeadlineExceeded, RateLimitWait, WaitLimit, acquire, has_room, on_response,
};
pub use store::{RateLimitStore, Settlement, SlotRequest, StoreError, StoreFuture, TakenSlots, WindowKey, WindowWait};
