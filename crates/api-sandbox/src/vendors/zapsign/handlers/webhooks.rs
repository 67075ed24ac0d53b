//! Handlers of webhooks, and the events sent to them.

use std::time::Duration;

use serde_json::Value;

use crate::clock::later;
use crate::spec::{Rejection, Reply};
use crate::vendors::vendor::{HandlerContext, ValidRequest};
use crate::vendors::zapsign::model::{Due, Webhook, validate_headers};
use crate::vendors::zapsign::state::Zapsign;

/// Number of digits of an id.
const ID_DIGITS: u32 = 9;

impl Zapsign {
    pub(crate) fn create_webhook(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        validate_headers(&request.parameters.body)?;
        let text = |field: &str| request.parameters.text(field).unwrap_or_default();
        let url = text("url");
        let id = context.ids.number("webhook", &format!("{} {url}", request.caller), ID_DIGITS);
        let mut webhook = Webhook {
            account: request.caller.to_owned(),
            id,
            url: url.to_owned(),
            event: text("type").to_owned(),
            document: Some(text("doc_token")).filter(|token| !token.is_empty()).map(ToOwned::to_owned),
            headers: Vec::new(),
        };
        webhook.add_headers(&request.parameters.body["headers"]);
        self.webhooks.push(webhook);
        Ok(Reply::ok(&serde_json::json!({"id": id})))
    }

    pub(crate) fn add_webhook_headers(
        &mut self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let index = self.webhook_index(request)?;
        validate_headers(&request.parameters.body)?;
        self.webhooks[index].add_headers(&request.parameters.body["headers"]);
        Ok(context.example(request.operation))
    }

    pub(crate) fn delete_webhook(
        &mut self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let index = self.webhook_index(request)?;
        self.webhooks.remove(index);
        Ok(context.example(request.operation))
    }

    /// Returns the index of the webhook with the `id` of the body, a number or a string.
    fn webhook_index(&self, request: &ValidRequest<'_>) -> Result<usize, Rejection> {
        let id = &request.parameters.body["id"];
        let id = id.as_str().map_or_else(|| id.to_string(), ToOwned::to_owned);
        let matches = |webhook: &Webhook| webhook.account == request.caller && webhook.id.to_string() == id;
        self.webhooks.iter().position(matches).ok_or(Rejection::NotFound)
    }

    /// Emits an event of a document and stores it as the last one. The body is the event's example, with the document and
    /// `extra` merged into it.
    pub(crate) fn emit_event(
        &mut self,
        index: usize,
        event: &'static str,
        extra: Value,
        context: &mut HandlerContext<'_>,
    ) {
        self.documents[index].last_event = (event, extra);
        self.redeliver(index, context);
    }

    /// Emits an event of a document after a delay, with the document as it is then.
    pub(crate) fn emit_event_after(
        &mut self,
        delay: Duration,
        index: usize,
        event: &'static str,
        extra: Value,
        context: &HandlerContext<'_>,
    ) {
        self.schedule.add(later(context.now, delay), Due::Event { document: index, event, extra });
    }

    /// Adds a delivery of a document's last event for each webhook that subscribes to it.
    pub(crate) fn redeliver(&self, index: usize, context: &mut HandlerContext<'_>) {
        let document = &self.documents[index];
        let (event, extra) = &document.last_event;
        let mut subscribers = self
            .webhooks
            .iter()
            .filter(|webhook| webhook.subscribes_to(event, &document.account, &document.value))
            .peekable();
        if subscribers.peek().is_some() {
            let body = document.event_body(context.event_body(event), extra, context);
            context.outbox.extend(subscribers.map(|webhook| webhook.delivery(event, body.clone())));
        }
    }
}
