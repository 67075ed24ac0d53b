#![doc = include_str!("../README.md")]
// The `json!` of a signer has many fields.
#![recursion_limit = "256"]

mod behavior;
mod clock;
mod credentials;
mod delivery;
mod delivery_log;
mod delivery_queue;
mod dispatch;
mod faults;
mod ids;
mod inbox;
mod mutex;
mod rate_limiter;
mod request_journal;
mod revisions;
mod sandbox;
mod schedule;
mod seed;
mod server;
mod similar_name;
mod spec;
mod trigger;
mod vendors;

pub use behavior::Behavior;
pub use clock::ClockError;
pub use credentials::Credentials;
pub use delivery::{Delivery, DeliveryAttempt, DeliveryOutcome};
pub use faults::{Fault, FaultRule, FaultStage, Frequency, RetryAfterHint};
pub use inbox::{InboxAnswer, Received};
pub use rate_limiter::RateLimit;
pub use request_journal::{RecordedAnswer, RecordedRequest};
pub use sandbox::{Sandbox, SandboxBuilder};
pub use seed::Seed;
pub use trigger::{Trigger, TriggerError};
pub use vendors::{ChannelError, SeedError, SignerError};
