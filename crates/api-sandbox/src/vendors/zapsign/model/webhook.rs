//! Webhooks.

use serde_json::Value;

use crate::delivery::{Delivery, invalid_header};
use crate::spec::Rejection;
use crate::vendors::zapsign::error_response::field_error;

/// Events that a webhook of the empty type subscribes to.
const DEFAULT_EVENTS: [&str; 4] = ["doc_created", "doc_signed", "doc_deleted", "doc_refused"];

/// Webhook of an account.
#[derive(Clone)]
pub(crate) struct Webhook {
    pub(crate) account: String,
    pub(crate) id: u64,
    pub(crate) url: String,
    pub(crate) event: String,
    /// Token of the only document that it is for; `None` for all.
    pub(crate) document: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
}

impl Webhook {
    /// Returns `true` if the webhook receives this event of this document.
    pub(crate) fn subscribes_to(&self, event: &str, account: &str, document: &Value) -> bool {
        self.account == account
            && match self.event.as_str() {
                "" => DEFAULT_EVENTS.contains(&event),
                "all" => event != "doc_deleted" && DEFAULT_EVENTS.contains(&event),
                only => only == event,
            }
            && self.document.as_ref().is_none_or(|only| document["token"] == **only)
    }

    /// Creates the delivery of an event.
    pub(crate) fn delivery(&self, event: &str, body: Value) -> Delivery {
        Delivery::new(event, &self.url, self.headers.clone(), &body)
    }

    /// Adds headers. One with the name of an earlier one replaces it.
    pub(crate) fn add_headers(&mut self, headers: &Value) {
        let headers = headers.as_array().into_iter().flatten();
        let headers = headers.filter_map(|header| Some((header["name"].as_str()?, header["value"].as_str()?)));
        for (name, value) in headers {
            self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            self.headers.push((name.to_owned(), value.to_owned()));
        }
    }
}

/// Rejects headers that no delivery can carry.
pub(crate) fn validate_headers(body: &Value) -> Result<(), Rejection> {
    let headers = body["headers"].as_array().into_iter().flatten();
    let mut reasons = headers.filter_map(|header| invalid_header(header["name"].as_str()?, header["value"].as_str()?));
    reasons.next().map_or(Ok(()), |reason| Err(field_error("headers", reason)))
}
