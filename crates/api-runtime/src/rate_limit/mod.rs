//! Client-side rate limiting.

mod addresses;
pub(crate) mod limiter;

pub(crate) use limiter::{NoTurn, Pacer, Windows};
