#![doc = include_str!("../README.md")]
// For the JSON of a signer.
#![recursion_limit = "256"]

mod api;
mod app;
mod behavior;
mod bundle;
mod clock;
mod credentials;
mod delivery;
mod dialog360;
mod fault;
mod id;
mod input;
mod journal;
mod limits;
mod refusal;
mod reply;
mod sandbox;
mod server;
mod vendor;
mod zapsign;

pub use api::Api;
pub use behavior::Behavior;
pub use credentials::Credentials;
pub use delivery::{Delivery, DeliveryOutcome};
pub use fault::{Fault, FaultRule, Hint, Moment, Often};
pub use journal::Received;
pub use sandbox::{Sandbox, SandboxBuilder};
