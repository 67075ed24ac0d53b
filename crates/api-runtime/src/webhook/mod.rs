//! Webhook deliveries.

mod events;

pub use events::{__check_size, __event_body, __event_name, InvalidEvent, UnknownEvent};
