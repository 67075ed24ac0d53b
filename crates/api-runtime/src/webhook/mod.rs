//! Webhook deliveries.

mod events;
mod verification;

pub use events::{__check_size, __event_body, __event_name, InvalidEvent, UnknownEvent};
pub use verification::{SecretHeader, SecretQuery};
