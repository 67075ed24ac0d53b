//! What 360dialog delivers to the partner's webhook.
//!
//! A delivery is a POST with `{"id", "event", "data"}`. Answer it with a status of 2xx. The same event can come twice, with
//! the same [`Event::id`]: a `channel_live` that comes again must not have another API key created, because that revokes
//! the first.
//!
//! The vendor signs nothing and sends no header of the receiver's choosing, and the only thing that it is told is a URL. So
//! the URL itself has to hold a secret: register `https://crm.example/d360?secret=...` and check it with [`UrlSecret`].
//! Keep such URLs out of access logs.
//!
//! ```
//! use dialog360_api::webhooks::{Event, UrlSecret, deliveries};
//!
//! let secret = UrlSecret::new("secret", "a long random text");
//! assert!(secret.verify("secret=a+long+random+text"));
//!
//! let body = br#"{"id":"e1","event":"channel_live","data":{"id":"aaCH"}}"#;
//! for event in deliveries(body)? {
//!     match &event {
//!         Event::ChannelLive(live) => println!("live: {:?}", live.data.as_ref().and_then(|channel| channel.id.as_ref())),
//!         // A new event, or a known one in a new form: keep it, and answer 200.
//!         other => println!("{:?} {:?}", other.name(), other.id()),
//!     }
//! }
//! # Ok::<(), dialog360_api::webhooks::InvalidEvent>(())
//! ```

pub use api_runtime::{InvalidEvent, UnknownEvent};

use crate::Secret;
pub use crate::generated::events::Event;

/// Reads a delivery: one event, or a list of them, which one client has prepared for.
///
/// # Errors
///
/// If the delivery is not JSON that can be read.
pub fn deliveries(body: &[u8]) -> Result<Vec<Event>, InvalidEvent> {
    if body.trim_ascii_start().starts_with(b"[")
        && let Ok(events) = serde_json::from_slice::<Vec<serde_json::Value>>(body)
    {
        return events.iter().map(|event| Event::from_slice(event.to_string().as_bytes())).collect();
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
    /// Name and value of the query parameter.
    pub fn new(parameter: impl Into<String>, secret: impl Into<Secret>) -> Self {
        Self { parameter: parameter.into(), secret: secret.into() }
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
        let secret = UrlSecret::new("secret", "s3cret&");
        assert!(secret.verify("a=b&secret=s3cret%26"));
        for query in ["", "secret=", "secret=s3cret", "secret=s3cret%26&secret=s3cret%26", "Secret=s3cret%26"] {
            assert!(!secret.verify(query), "{query}");
        }
        assert!(!format!("{secret:?}").contains("s3cret"));
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
    }
}
