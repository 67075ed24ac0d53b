//! Deliveries of 360dialog to the partner's webhook.
//!
//! A delivery is a POST with `{"id", "event", "data"}`. Answer it with status 200: the vendor repeats it after any other
//! answer. Two checks tell the vendor's deliveries from those of others; make both where the account allows it.
//!
//! - [`Signature::receive`]: the vendor signs the body with the platform secret that the partner has made in the Partner
//!   Hub. An account without a platform secret gets no signature, nor does a direct one, which has no partner.
//! - [`SecretQuery::receive`]: register the URL that [`SecretQuery::url`] makes. It works for every account. Keep such URLs
//!   out of access logs.
//!
//! The vendor's text also knows headers of the receiver's choosing, set together with the URL; their key in the body of
//! `set_webhook_url` is not known, and integrators report accounts that get none.
//!
//! ```
//! use dialog360_api::types::SetWebhookUrl;
//! use dialog360_api::webhooks::{DeliveryError, Event, SecretQuery, Signature};
//!
//! let secret = SecretQuery::new("secret", "a long & random text")?;
//! let registration = SetWebhookUrl::builder().webhook_url(secret.url("https://crm.example/d360")?.expose()).build();
//! assert_eq!(registration.webhook_url, "https://crm.example/d360?secret=a%20long%20%26%20random%20text");
//!
//! // The query of a request: `uri.query()`, or `query.as_deref()` of axum's `RawQuery`.
//! let query = Some("secret=a%20long%20%26%20random%20text");
//! let body = br#"{"id":"e1","event":"channel_live","data":{"id":"aaCH"}}"#;
//! for event in secret.receive::<Vec<Event>>(query, body)? {
//!     match event.usable_channel() {
//!         Some(channel) => println!("create the key of {channel}, unless it has one"),
//!         // A new event, or a known one in a new form, is `Event::Unknown`: keep it, and answer 200.
//!         None => println!("{:?} {:?}", event.name(), event.id()),
//!     }
//! }
//!
//! let signature = Signature::new(["the platform secret"])?;
//! let headers = signature.headers(body); // in a test; in production it is the request's `HeaderMap`
//! let events: Vec<Event> = signature.receive(&headers, body)?;
//! let error = signature.receive::<Vec<Event>>(&headers, b"{}").expect_err("it is another body");
//! assert!(matches!(error, DeliveryError::Forged(_)) && error.status() == 401);
//! # assert_eq!(events.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Life of a channel
//!
//! A channel is a number. It can be used, and an API key created for it, when its `status` is `running`:
//! [`Channel::is_usable`](crate::types::Channel::is_usable), [`Event::usable_channel`].
//!
//! | event | what it says | `status` of the channel |
//! |---|---|---|
//! | `client_created` | the client has registered with the partner | |
//! | `channel_created` | the number was added; the first event after a sign-up | `created` |
//! | `channel_submitted` | it was handed in for set-up; known from an older guide | `unverified` |
//! | `channel_ready` | it is ready to be registered, and **not** usable yet | `ready` |
//! | `channel_running` | it is registered and usable: create its API key, once | `running` |
//! | `channel_live` | it is live. There are receivers for this one, for `channel_running` and for both: treat them alike | `running` |
//! | `channel_permission_granted` | the client lets the partner act for the number | any |
//! | `cancellation_request`, `cancellation_revoke`, `cancellation_processed` | the channel is to end, is to stay after all, has ended | |
//!
//! - No source shows all of them for one channel, and nothing says that they come in this order. The same event can come
//!   twice, with the same [`Event::id`].
//! - An event can come before the customer's browser is sent back from the sign-up, so it may name a client or a channel
//!   that the receiver does not know yet: keep it.
//! - Each new API key revokes the one before, so keep in your own records that a channel has one: a key for each delivery
//!   of `channel_running` and `channel_live` leaves you with the last one only.
//! - `status` decides. `hub_status` is what the hub shows, for example `live`, and `meta_status` what Meta says of the
//!   number; neither tells whether a key can be created.
//!
//! # An inbox
//!
//! An event that was not answered with 200 comes again, and events can come before the tenant that they are about is known.
//! So store each event under [`Event::dedupe_key`] before you answer, and handle what was not there yet; [`DedupeKey`] has the
//! table and the statement for Postgres and SQLite, with [`Event::channel_id`] as the subject. A body that is a list has a row
//! for each event, with its [`Event::text`]. The key is made of the name of the event and its id, or else of that text, which
//! has the fields that no type knows as well.
//!
//! | deliveries | events | why |
//! |---|---|---|
//! | the same name and id | one | it is the same event, also if its data are newer |
//! | `channel_running` and `channel_live` of one channel | two | they have two ids; connect the channel, which creates its key once: [`Client::connect_channel`](crate::Client::connect_channel) |
//! | the same name and body without an id | one | nothing tells them apart |
//! | the same body without an id in another order of keys | one | it is the same JSON |
//! | a body without a name, such as one of the messaging API, that has an id | by its body | the id need not be that of a delivery |
//!
//! # Receiver
//!
//! `examples/webhook.rs`, with axum:
//!
//! ```no_run
#![doc = include_str!("../../../examples/webhook.rs")]
//! ```
//!
//! What the spec does not know of a delivery is reported by
//! [`DriftMonitor::observe_delivery`](crate::DriftMonitor::observe_delivery), to which a receiver gives each body with
//! [`SCHEMAS`](crate::schemas::SCHEMAS).

mod dedupe_key;
mod event;
mod signature;

pub use api_runtime::{
    DedupeKey, DeliveryError, EventBody, FromDelivery, InvalidDedupeKey, InvalidWebhookUrl, SecretQuery,
    VerificationError,
};
pub use signature::Signature;

pub use crate::generated::webhooks::{Event, InvalidEvent, UnknownEvent};

/// Parses a delivery, without a check of who sent it: one event, or a list of them, which one client has prepared for.
///
/// # Errors
///
/// [`InvalidEvent`], which keeps the bytes, if the delivery is not JSON or its values take more than 128 MiB of memory.
pub fn parse_delivery(body: &[u8]) -> Result<Vec<Event>, InvalidEvent> {
    Vec::from_delivery(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_event_or_a_list_of_them() {
        let one = r#"{"id":"e1","event":"channel_live","data":{"id":"aaCH"}}"#;
        let many = format!(" [{one}, {{\"event\":\"of_the_future\",\"id\":\"e2\"}}]");
        let events = parse_delivery(many.as_bytes()).expect("JSON");
        assert_eq!(events.iter().map(Event::id).collect::<Vec<_>>(), [Some("e1"), Some("e2")]);
        assert!(matches!(events[1], Event::Unknown(_)));
        assert_eq!(parse_delivery(one.as_bytes()).expect("JSON").len(), 1);
        assert!(parse_delivery(b"[{]").is_err());
        let exact = r#"{"event":"of_the_future","id":12345678901234567890123}"#;
        let events = parse_delivery(format!("[{exact}]").as_bytes()).expect("JSON");
        assert_eq!(serde_json::to_string(&events[0]).expect("it encodes"), exact, "to the last digit");
    }
}
