//! What 360dialog delivers to the partner's webhook.
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
//! - [`UrlSecret`]: register `https://crm.example/d360?secret=...` and check the secret. It works for every account. Keep
//!   such URLs out of access logs.
//!
//! The vendor's text also knows headers of the receiver's choosing, set together with the URL; their key in the body of
//! `set_webhook_url` is not known, and integrators report accounts that get none.
//!
//! ```
//! use dialog360_api::webhooks::{Event, Signature, UrlSecret, deliveries};
//!
//! let body = br#"{"id":"e1","event":"channel_live","data":{"id":"aaCH"}}"#;
//! let signature = Signature::new(["the platform secret"])?;
//! let header = "25c8491a2bc58d50560cdb688a3d60c6780e536a1926d553730f659e9005fc9b";
//! signature.verify(body, Some(header.as_bytes())).expect("it is the vendor's");
//! let secret = UrlSecret::new("secret", "a long random text")?;
//! assert!(secret.verify("secret=a+long+random+text"));
//!
//! for event in deliveries(body)? {
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

pub use api_runtime::{InvalidEvent, UnknownEvent};
use serde_json::value::RawValue;
pub use signature::{Signature, SignatureError};

pub use crate::generated::events::Event;
use crate::{EmptySecret, Secret};

/// Reads a delivery: one event, or a list of them, which one client has prepared for.
///
/// # Errors
///
/// If the delivery is not JSON that can be read, or has more values than 128 MiB of memory hold.
pub fn deliveries(body: &[u8]) -> Result<Vec<Event>, InvalidEvent> {
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

/// The secret in the URL that deliveries are sent to.
#[derive(Debug, Clone)]
pub struct UrlSecret {
    parameter: String,
    secret: Secret,
}

impl UrlSecret {
    /// Takes the name and the value of the query parameter.
    ///
    /// # Errors
    ///
    /// If the secret is empty or blank.
    pub fn new(parameter: impl Into<String>, secret: impl Into<Secret>) -> Result<Self, EmptySecret> {
        Ok(Self { parameter: parameter.into(), secret: Secret::not_blank(secret)? })
    }

    /// Whether a request with this query carries the secret, once. The comparison takes the same time wherever they differ.
    pub fn verify(&self, query: &str) -> bool {
        let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| *name == self.parameter);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => self.secret.matches(value.as_bytes()),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_counts_once_and_whole() {
        let secret = UrlSecret::new("secret", "s3cret&").expect("a secret");
        assert!(secret.verify("a=b&secret=s3cret%26"));
        for query in ["", "secret=", "secret=s3cret", "secret=s3cret%26&secret=s3cret%26", "Secret=s3cret%26"] {
            assert!(!secret.verify(query), "{query}");
        }
        assert!(!format!("{secret:?}").contains("s3cret"));
    }

    #[test]
    fn an_empty_secret_is_refused_before_it_lets_anybody_in() {
        for empty in ["", " ", "\n"] {
            assert_eq!(UrlSecret::new("secret", empty).err(), Some(EmptySecret), "{empty:?}");
        }
    }

    #[test]
    fn one_event_or_a_list_of_them() {
        let one = r#"{"id":"e1","event":"channel_live","data":{"id":"aaCH"}}"#;
        let many = format!(" [{one}, {{\"event\":\"of_the_future\",\"id\":\"e2\"}}]");
        let events = deliveries(many.as_bytes()).expect("JSON");
        assert_eq!(events.iter().map(Event::id).collect::<Vec<_>>(), [Some("e1"), Some("e2")]);
        assert!(matches!(events[1], Event::Unknown(_)));
        assert_eq!(deliveries(one.as_bytes()).expect("JSON").len(), 1);
        assert!(deliveries(b"[{]").is_err());
        let exact = r#"{"event":"of_the_future","id":12345678901234567890123}"#;
        let events = deliveries(format!("[{exact}]").as_bytes()).expect("JSON");
        assert_eq!(serde_json::to_string(&events[0]).expect("it encodes"), exact, "to the last digit");
    }
}
