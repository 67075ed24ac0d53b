//! One webhook.

use serde_json::Value;

use crate::delivery_queue::invalid_header;
use crate::spec::Rejection;
use crate::vendors::zapsign::error_response::field_error;

/// What a webhook of the empty type hears of.
const DEFAULT_EVENTS: [&str; 4] = ["doc_created", "doc_signed", "doc_deleted", "doc_refused"];

pub(crate) struct Webhook {
    pub(crate) account: String,
    pub(crate) id: u64,
    pub(crate) url: String,
    pub(crate) event: String,
    /// The only document that it hears of.
    pub(crate) document: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
}

impl Webhook {
    pub(crate) fn subscribes_to(&self, event: &str, account: &str, document: &Value) -> bool {
        self.account == account
            && match self.event.as_str() {
                "" => DEFAULT_EVENTS.contains(&event),
                "all" => event != "doc_deleted" && DEFAULT_EVENTS.contains(&event),
                only => only == event,
            }
            && self.document.as_ref().is_none_or(|only| document["token"] == **only)
    }

    /// A header of a name that is there takes its place.
    pub(crate) fn add_headers(&mut self, headers: &Value) {
        let headers = headers.as_array().into_iter().flatten();
        let headers = headers.filter_map(|header| Some((header["name"].as_str()?, header["value"].as_str()?)));
        for (name, value) in headers {
            self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            self.headers.push((name.to_owned(), value.to_owned()));
        }
    }
}

/// Refuses headers that no delivery could carry.
pub(crate) fn validate_headers(body: &Value) -> Result<(), Rejection> {
    let headers = body["headers"].as_array().into_iter().flatten();
    let mut reasons = headers.filter_map(|header| invalid_header(header["name"].as_str()?, header["value"].as_str()?));
    reasons.next().map_or(Ok(()), |reason| Err(field_error("headers", reason)))
}
