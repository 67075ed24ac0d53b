//! Webhooks, and what they are told.

use std::time::Duration;

use serde_json::Value;

use crate::delivery_queue::Delivery;
use crate::spec::{Rejection, Reply};
use crate::vendors::zapsign::json::fill;
use crate::vendors::zapsign::model::{Webhook, check_headers};
use crate::vendors::zapsign::state::Zapsign;
use crate::vendors::{Call, Desk};

const DIGITS: u32 = 9;

impl Zapsign {
    pub(crate) fn create_webhook(&mut self, call: &Call<'_>, desk: &mut Desk<'_>) -> Result<Reply, Rejection> {
        check_headers(&call.parameters.body)?;
        let text = |field: &str| call.parameters.text(field).unwrap_or_default();
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
        webhook.add_headers(&call.parameters.body["headers"]);
        self.webhooks.push(webhook);
        Ok(Reply::ok(&serde_json::json!({"id": id})))
    }

    pub(crate) fn add_webhook_headers(&mut self, call: &Call<'_>, desk: &Desk<'_>) -> Result<Reply, Rejection> {
        let index = self.webhook(call)?;
        check_headers(&call.parameters.body)?;
        self.webhooks[index].add_headers(&call.parameters.body["headers"]);
        Ok(desk.example(call.operation))
    }

    pub(crate) fn delete_webhook(&mut self, call: &Call<'_>, desk: &Desk<'_>) -> Result<Reply, Rejection> {
        let index = self.webhook(call)?;
        self.webhooks.remove(index);
        Ok(desk.example(call.operation))
    }

    /// The webhook whose id the body has, as a number or as a text.
    fn webhook(&self, call: &Call<'_>) -> Result<usize, Rejection> {
        let id = &call.parameters.body["id"];
        let id = id.as_str().map_or_else(|| id.to_string(), ToOwned::to_owned);
        let is_it = |webhook: &Webhook| webhook.account == call.caller && webhook.id.to_string() == id;
        self.webhooks.iter().position(is_it).ok_or(Rejection::NotFound)
    }

    /// Tells what happened to a document, and remembers what was told last. An event has what its example has, with the
    /// document itself in it.
    pub(crate) fn tell(&mut self, index: usize, event: &'static str, extra: Value, desk: &mut Desk<'_>) {
        self.tell_after(Duration::ZERO, index, event, extra, desk);
    }

    /// The same, some time later.
    pub(crate) fn tell_after(
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

    pub(crate) fn tell_again(&self, index: usize, desk: &mut Desk<'_>) {
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
