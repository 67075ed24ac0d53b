//! Deliveries to a webhook.

mod events;

pub use events::{__check_size, __event_body, __event_name, InvalidEvent, UnknownEvent};
