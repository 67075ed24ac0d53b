//! Client-side rate limiting.

mod addresses;
mod limiter;
mod sliding_window;

pub(crate) use limiter::Pacer;
pub(crate) use sliding_window::{NoTurn, Windows, admit, answered, has_room};
