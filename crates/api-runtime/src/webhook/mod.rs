//! Webhook deliveries.

mod canonical_json;
mod dedupe_key;
mod delivery;
mod event_body;
mod events;
mod secret_header;
mod secret_query;
mod verification;

pub use canonical_json::__canonical_json;
pub use dedupe_key::{DedupeKey, InvalidDedupeKey};
pub use delivery::{DeliveryError, FromDelivery};
pub use event_body::{__event_body, EventBody};
pub use events::{__event_name, InvalidEvent, UnknownEvent};
pub use secret_header::{InvalidSecretHeader, SecretHeader};
pub use secret_query::{InvalidWebhookUrl, SecretQuery};
pub use verification::VerificationError;
