//! Deliveries of 360dialog to the partner's webhook.
//!
//! A delivery is a POST with `{"id", "event", "data"}`. Answer it with status 200: the vendor repeats it after any other
//! answer. An event can come twice, with the same [`Event::id`], and before the customer's browser is sent back from the
//! sign-up, so it may name a client or a channel that the receiver does not know yet: keep it. Don't create an API key
//! for each delivery of `channel_running` or `channel_live`, because each new key revokes the one before.
//!
//! Two checks tell the vendor's deliveries from those of others; make both where the account allows it.
//!
//! - [`Signature`]: the vendor signs the body with the platform secret that the partner has made in the Partner Hub. An
//!   account without a platform secret gets no signature, nor does a direct one, which has no partner.
//! - [`SecretQuery`]: register `https://crm.example/d360?secret=...` and check the secret. It works for every account. Keep
//!   such URLs out of access logs.
//!
//! The vendor's text also knows headers of the receiver's choosing, set together with the URL; their key in the body of
//! `set_webhook_url` is not known, and integrators report accounts that get none.
//!
//! ```
//! use dialog360_api::webhooks::{Event, Signature, SecretQuery, parse_delivery};
//!
//! let body = br#"{"id":"e1","event":"channel_live","data":{"id":"aaCH"}}"#;
//! let signature = Signature::new(["the platform secret"])?;
//! let header = "25c8491a2bc58d50560cdb688a3d60c6780e536a1926d553730f659e9005fc9b";
//! signature.verify(body, Some(header.as_bytes())).expect("it is the vendor's");
//! let secret = SecretQuery::new("secret", "a long random text")?;
//! assert!(secret.verify("secret=a+long+random+text"));
//!
//! for event in parse_delivery(body)? {
//!     match &event {
//!         Event::ChannelLive(live) => println!("live: {:?}", live.data.as_ref().and_then(|channel| channel.id.as_ref())),
//!         // A new event, or a known one in a new form: keep it, and answer 200.
//!         other => println!("{:?} {:?}", other.name(), other.id()),
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What the spec does not know of a delivery is reported by
//! [`DriftMonitor::observe_delivery`](crate::DriftMonitor::observe_delivery), to which a receiver gives each body with
//! [`SCHEMAS`](crate::schemas::SCHEMAS).

mod signature;

pub use api_runtime::SecretQuery;
use serde_json::value::RawValue;
pub use signature::{Signature, SignatureError};

pub use crate::generated::webhooks::{Event, InvalidEvent, UnknownEvent};

/// Parses a delivery: one event, or a list of them, which one client has prepared for.
///
/// # Errors
///
/// [`InvalidEvent`], which keeps the bytes, if the delivery is not JSON or its values take more than 128 MiB of memory.
pub fn parse_delivery(body: &[u8]) -> Result<Vec<Event>, InvalidEvent> {
    api_runtime::__check_size(body)?;
    if body.trim_ascii_start().starts_with(b"[")
        && let Ok(list) = serde_json::from_slice::<Vec<&RawValue>>(body)
    {
        // A list that grew would take three times as much.
        let mut events = Vec::with_capacity(list.len());
        events.extend(list.iter().map_while(|event| Event::from_slice(event.get().as_bytes()).ok()));
        if events.len() == list.len() {
            return Ok(events);
        }
    }
    Ok(vec![Event::from_slice(body)?])
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
