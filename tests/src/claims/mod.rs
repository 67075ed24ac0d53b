//! Claims that hold for any input. Each panics if it does not hold, so that a fuzzer and a property test can share it.

mod answer;
mod delivery;
mod path;
mod rate_limit;
mod redirect;
mod signature;

pub use answer::{Vendors, body};
pub use delivery::{delivery, raw_delivery};
pub use path::Paths;
pub use rate_limit::rate_limit;
pub use redirect::redirect;
pub use signature::signature;
