//! Webhooks, and what they are told.

use std::time::Duration;

use serde_json::Value;

use super::{Zapsign, fill, wrong};
use crate::delivery_queue::{Delivery, refuse_header};
use crate::spec::{Refusal, Reply};
use crate::vendors::{Call, Desk};

/// What a webhook of the empty type hears of.
const ALL: [&str; 4] = ["doc_created", "doc_signed", "doc_deleted", "doc_refused"];

const DIGITS: u32 = 9;

pub(super) struct Webhook {
    account: String,
    id: u64,
    url: String,
    event: String,
    /// The only document that it hears of.
    document: Option<String>,
    headers: Vec<(String, String)>,
}

impl Webhook {
    fn hears_of(&self, event: &str, account: &str, document: &Value) -> bool {
        self.account == account
            && match self.event.as_str() {
                "" => ALL.contains(&event),
                "all" => event != "doc_deleted" && ALL.contains(&event),
                only => only == event,
            }
            && self.document.as_ref().is_none_or(|only| document["token"] == **only)
    }

    /// A header of a name that is there takes its place.
    fn add_headers(&mut self, headers: &Value) {
        let headers = headers.as_array().into_iter().flatten();
        let headers = headers.filter_map(|header| Some((header["name"].as_str()?, header["value"].as_str()?)));
        for (name, value) in headers {
            self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            self.headers.push((name.to_owned(), value.to_owned()));
        }
    }
}

/// Refuses headers that no delivery could carry.
fn check_headers(body: &Value) -> Result<(), Refusal> {
    let headers = body["headers"].as_array().into_iter().flatten();
    let mut refused = headers.filter_map(|header| refuse_header(header["name"].as_str()?, header["value"].as_str()?));
    refused.next().map_or(Ok(()), |reason| Err(wrong("headers", reason)))
}

impl Zapsign {
    pub(super) fn create_webhook(&mut self, call: &Call<'_>, desk: &mut Desk<'_>) -> Result<Reply, Refusal> {
        check_headers(&call.input.body)?;
        let text = |field: &str| call.input.text(field).unwrap_or_default();
        let url = text("url");
        let id = desk.ids.number("webhook", &format!("{} {url}", call.caller), DIGITS);
        let mut webhook = Webhook {
            account: call.caller.to_owned(),
            id,
            url: url.to_owned(),
            event: text("type").to_owned(),
            document: Some(text("doc_token")).filter(|token| !token.is_empty()).map(ToOwned::to_owned),
            headers: Vec::new(),
        };
        webhook.add_headers(&call.input.body["headers"]);
        self.webhooks.push(webhook);
        Ok(Reply::ok(&serde_json::json!({"id": id})))
    }

    pub(super) fn add_webhook_headers(&mut self, call: &Call<'_>, desk: &Desk<'_>) -> Result<Reply, Refusal> {
        let index = self.webhook(call)?;
        check_headers(&call.input.body)?;
        self.webhooks[index].add_headers(&call.input.body["headers"]);
        Ok(desk.example(call.operation))
    }

    pub(super) fn delete_webhook(&mut self, call: &Call<'_>, desk: &Desk<'_>) -> Result<Reply, Refusal> {
        let index = self.webhook(call)?;
        self.webhooks.remove(index);
        Ok(desk.example(call.operation))
    }

    /// The webhook whose id the body has, as a number or as a text.
    fn webhook(&self, call: &Call<'_>) -> Result<usize, Refusal> {
        let id = &call.input.body["id"];
        let id = id.as_str().map_or_else(|| id.to_string(), ToOwned::to_owned);
        let is_it = |webhook: &Webhook| webhook.account == call.caller && webhook.id.to_string() == id;
        self.webhooks.iter().position(is_it).ok_or(Refusal::NotFound)
    }

    /// Tells what happened to a document, and remembers what was told last. An event has what its example has, with the
    /// document itself in it.
    pub(super) fn tell(&mut self, index: usize, event: &'static str, extra: Value, desk: &mut Desk<'_>) {
        self.tell_after(Duration::ZERO, index, event, extra, desk);
    }

    /// The same, some time later.
    pub(super) fn tell_after(
        &mut self,
        delay: Duration,
        index: usize,
        event: &'static str,
        extra: Value,
        desk: &mut Desk<'_>,
    ) {
        self.documents[index].told = (event, extra);
        self.deliver(delay, index, desk);
    }

    pub(super) fn tell_again(&self, index: usize, desk: &mut Desk<'_>) {
        self.deliver(Duration::ZERO, index, desk);
    }

    fn deliver(&self, delay: Duration, index: usize, desk: &mut Desk<'_>) {
        let document = &self.documents[index];
        let (event, extra) = document.told.clone();
        let value = document.whole();
        for webhook in self.webhooks.iter().filter(|webhook| webhook.hears_of(event, &document.account, &value)) {
            let mut body = desk.event_body(event);
            fill(&mut body, value.clone());
            fill(&mut body, extra.clone());
            // What nobody did is left out.
            if let (Value::Object(body), Value::Object(extra)) = (&mut body, &extra) {
                body.retain(|key, value| !value.is_null() || !extra.contains_key(key));
            }
            desk.outbox.push(Delivery::new(event, &webhook.url, webhook.headers.clone(), body).after(delay));
        }
    }
}
