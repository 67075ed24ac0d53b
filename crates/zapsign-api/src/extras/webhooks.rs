//! What ZapSign delivers to a webhook.
//!
//! A delivery is a POST with a JSON body, told apart by its `event_type`. Answer it with status 200; anything else is
//! delivered again, once after 5 to 6 seconds where it was watched. ZapSign signs nothing, but sends the headers that were
//! given when the webhook was made, word for word: put a secret into one of them and check it with [`SharedHeader`].
//!
//! Deliveries have no id and no order, and one thing can make several: a single view has made three `doc_viewed`. So take
//! an event as a sign to look, and get the document for what holds now. `doc_signed` does not mean that somebody signed: a
//! document that the company cancels comes as `doc_signed` with the status `recusado` and without a `doc_refused`, one that
//! a signer refuses some 40 seconds after its `doc_refused`. And `status` never tells that a document is deleted; `deleted`
//! does.
//!
//! ```
//! use zapsign_api::webhooks::Event;
//!
//! let delivery = br#"{"event_type":"doc_signed","token":"3f0c9d1e","name":"Contract","status":"signed"}"#;
//! match Event::from_slice(delivery)? {
//!     Event::DocSigned(event) => assert_eq!(event.name, "Contract"),
//!     // A new event, or a known one in a new form: keep it, and answer 200.
//!     Event::Unknown(event) => eprintln!("unknown event {:?}", event.name()),
//!     _ => {}
//! }
//! # Ok::<(), zapsign_api::webhooks::InvalidEvent>(())
//! ```
//!
//! What the spec does not know of a delivery is reported by
//! [`DriftMonitor::observe_delivery`](crate::DriftMonitor::observe_delivery), to which a receiver gives each body with
//! [`SCHEMAS`](crate::schemas::SCHEMAS).

pub use api_runtime::{InvalidEvent, UnknownEvent};
use reqwest::header::{HeaderMap, HeaderName};

pub use crate::generated::events::Event;
use crate::{EmptySecret, Secret};

/// The secret that ZapSign was told to send along with every delivery.
#[derive(Debug, Clone)]
pub struct SharedHeader {
    name: HeaderName,
    secret: Secret,
}

impl SharedHeader {
    /// Takes the header's name, as given when the webhook was made, and its value.
    ///
    /// # Errors
    ///
    /// If the secret is empty or blank.
    pub fn new(name: HeaderName, secret: impl Into<Secret>) -> Result<Self, EmptySecret> {
        Ok(Self { name, secret: Secret::not_blank(secret)? })
    }

    /// Whether a delivery with these headers carries the secret. The comparison takes the same time wherever they differ.
    pub fn verify(&self, headers: &HeaderMap) -> bool {
        let mut values = headers.get_all(&self.name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => self.secret.matches(value.as_bytes()),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_secret_is_refused_before_it_lets_anybody_in() {
        let name = HeaderName::from_static("x-webhook-secret");
        for empty in ["", " ", "\t"] {
            assert_eq!(SharedHeader::new(name.clone(), empty).err(), Some(EmptySecret), "{empty:?}");
        }
        let header = SharedHeader::new(name.clone(), "s3cret").expect("a secret");
        let with = |value: &'static str| HeaderMap::from_iter([(name.clone(), value.parse().expect("a value"))]);
        assert!(header.verify(&with("s3cret")));
        assert!(!header.verify(&with("")) && !header.verify(&HeaderMap::new()));
    }
}
