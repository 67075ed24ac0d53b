//! Deliveries of ZapSign to a webhook.
//!
//! A delivery is a POST with a JSON body, told apart by its `event_type`. Answer it with status 200; anything else is
//! delivered again, once after 5 to 6 seconds where it was watched. ZapSign signs nothing, but sends the headers that were
//! given when the webhook was made, word for word: put a secret into one of them and check it with [`SecretHeader`].
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

pub use api_runtime::SecretHeader;

pub use crate::generated::webhooks::{Event, InvalidEvent, UnknownEvent};
