//! Deliveries of ZapSign to a webhook.
//!
//! A delivery is a POST with a JSON body, told apart by its `event_type`. Answer it with status 200; anything else is
//! delivered again, once after 5 to 6 seconds where it was watched. ZapSign signs nothing, but sends the headers that were
//! given when the webhook was made, word for word: put a secret into one of them, and take deliveries with
//! [`SecretHeader::receive`].
//!
//! ```
//! use zapsign_api::types::{CreateWebhook, WebhookType};
//! use zapsign_api::webhooks::{DeliveryError, Event, SecretHeader};
//!
//! let header = SecretHeader::new("X-Webhook-Secret", "a long random text")?;
//! // Name and value go into the registration...
//! let url = "https://crm.example/zapsign";
//! for type_ in [WebhookType::AllDocumentEvents, WebhookType::DocumentViewed, WebhookType::DocumentExpired] {
//!     let webhook = CreateWebhook::builder().url(url).type_(type_).headers(vec![(&header).into()]).build();
//!     // client.create_webhook().body(&webhook).send().await?;
//! }
//!
//! // ... and come back with each delivery.
//! let headers = header.headers(); // in a test; in production it is the request's `HeaderMap`
//! let body = br#"{"event_type":"doc_signed","token":"3f0c9d1e","name":"Contract","status":"signed"}"#;
//! match header.receive(&headers, body) {
//!     Ok(Event::DocSigned(event)) => assert_eq!(event.name, "Contract"),
//!     // A new event, or a known one in a new form: keep it, and answer 200.
//!     Ok(Event::Unknown(event)) => eprintln!("unknown event {:?}", event.name()),
//!     Ok(other) => println!("{:?} of {:?}", other.name(), other.document_token()),
//!     Err(DeliveryError::Forged(reason)) => eprintln!("401: {reason}"),
//!     Err(error) => eprintln!("{}: {error}", error.status()),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! One registration is for the events of one type. [`AllDocumentEvents`](crate::types::WebhookType::AllDocumentEvents) has
//! `doc_created`, `doc_signed`, `doc_deleted` and `doc_refused` alone; every other event of the table below has a type, and so
//! a registration, of its own.
//!
//! Deliveries have no id and no order, and one thing can make several: a single view has made three `doc_viewed`. So take
//! an event as a sign to look, and get the document for what holds now.
//!
//! # Life of a document
//!
//! | what happens | event | `status` of the document |
//! |---|---|---|
//! | it is created, by a call or by hand | `doc_created` | `pending` |
//! | a signer is added | `created_signer` | `pending` |
//! | a signer is asked to sign | `signature_notification_sent`; `email_bounce` if the e-mail does not arrive | `pending` |
//! | a signer opens the link, then confirms that it was read | `doc_viewed`, `doc_read_confirmation` | `pending` |
//! | a signer fails the check of identity too often | `signer_authentication_failed` | `pending` |
//! | a signer signs | `doc_signed`, one for each signer | `pending`, and `signed` with the last one |
//! | a signer refuses | `doc_refused`, and some 40 seconds later `doc_signed` | `refused` or `recusado` |
//! | the company cancels it | `doc_signed`, without a `doc_refused` | `recusado` |
//! | the deadline is near, or over | `doc_expiration_alert` 7, 3 and 1 days before, `doc_expired` | |
//! | it is deleted | `doc_deleted` | as before; `deleted` is `true` |
//!
//! - `doc_signed` means that a signed file was made, and not that somebody signed. The document is complete when its
//!   `status` is `signed`. Each state of [`DocumentStatus`](crate::types::DocumentStatus) has a Portuguese spelling, too.
//! - `signed_file` can be set while others have yet to sign, and its link expires: get the document again for a fresh one.
//! - In the first seconds after its creation, a document can be without the tokens and links of its signers.
//! - `status` never tells that a document is deleted; `deleted` does. It can still be got.
//! - The `status` of a document whose deadline is over is not known, nor which registration hears `doc_expired`: who waits
//!   for a signature compares the deadline with the time, too.
//! - A webhook for all documents is registered before the first one is created. One with a `doc_token` is about one
//!   document, so it is registered after that document, and does not hear its `doc_created`.
//!
//! # An inbox
//!
//! A delivery that fails comes again, one view comes three times, and none has an id. So store each delivery under
//! [`Event::dedupe_key`] before you answer, and handle what was not there yet; [`DedupeKey`] has the table and the statement
//! for Postgres and SQLite, with [`Event::document_token`] as the subject. The bytes of a body are no key: a delivery that is
//! repeated may have links with other signatures. The key is made of the name of the event and these fields, or else of the
//! body:
//!
//! | event | fields |
//! |---|---|
//! | `doc_created`, `doc_deleted` | document |
//! | `doc_signed` | document, `signer_who_signed` with `signed_at`; if the document is refused, or has ended and no signer is named, its `status` |
//! | `doc_refused` | document, `rejected_reason`, the status of each signer |
//! | `doc_viewed`, `doc_read_confirmation`, `created_signer` | document, signer |
//! | `signature_notification_sent` | document, signer, channel, type and `sent_at` |
//! | `signer_authentication_failed` | document, signer, `attempts_used`, reason, `last_update_at` |
//! | `doc_expired` | document, `expiration_date` |
//! | `background_check_completed` | check, status |
//! | `doc_expiration_alert` | the body |
//! | `email_bounce`, any other, and one that lacks a token, a time or a count of its fields | the body without the signatures of links |
//!
//! The body is the JSON text as it was delivered, [`Event::text`], with the fields that no type knows. A signature of a link is
//! the parameters `X-Amz-..`, `AWSAccessKeyId`, `Signature`, `Expires`, `signature`, `expires` and `valid`.
//!
//! A wrong key is one of two: it takes two events for one, and the second is lost, or one for two, and the second is handled
//! for nothing, which a handler that looks at the document bears. In doubt it is two.
//!
//! | deliveries | events | why |
//! |---|---|---|
//! | three `doc_viewed` of one opening | one | nobody acts on a second view; `deliveries` of the row counts them, and a later view, too |
//! | an event and its repetition with other links | one | links are signed anew |
//! | `doc_signed` of two signers | two | each signs by themselves |
//! | `doc_refused` and the `doc_signed` that follows | two | either can come first, and either can be lost |
//! | `doc_signed` with a signer, and again once the document is refused | two | the refusal may name a signer who has signed before |
//! | a request to sign, and a reminder | two | `sent_at` differs |
//! | the alerts 7, 3 and 1 days before a deadline | three if their links or anything else differ | no field tells them apart, so a repetition with other links is one more |
//! | `email_bounce` twice with the same body | one | nothing tells a second bounce from a repetition |
//! | the same event at two webhooks | one | it is about the same |
//! | the same text with other white space or another order of keys | one | it is the same JSON |
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

pub use api_runtime::{
    DedupeKey, DeliveryError, EventBody, FromDelivery, InvalidDedupeKey, InvalidSecretHeader, SecretHeader,
    VerificationError,
};

pub use crate::generated::webhooks::{Event, InvalidEvent, UnknownEvent};
use crate::types::WebhookHeader;

/// Registration of a header: its name and its value.
impl From<&SecretHeader> for WebhookHeader {
    fn from(header: &SecretHeader) -> Self {
        Self::builder().name(header.name()).value(header.secret().clone()).build()
    }
}
