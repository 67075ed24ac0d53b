//! Events on demand.

use serde_json::{Map, Value};

use crate::delivery::Delivery;
use crate::spec::Event;
use crate::trigger::{Trigger, TriggerError};
use crate::vendors::vendor::HandlerContext;
use crate::vendors::zapsign::json::set_fields;
use crate::vendors::zapsign::model::{Document, Signer, Webhook};
use crate::vendors::zapsign::state::Zapsign;

/// Fields in which an event about a document has the signer that it is about.
const SIGNER_FIELDS: [&str; 5] =
    ["signer_who_signed", "signer_who_viewed", "signer_who_read", "created_signer", "unauthenticated_signer"];

impl Zapsign {
    /// Returns the body of an event: its example, with the document and the signer of the trigger.
    pub(crate) fn triggered_body(
        &self,
        event: &Event,
        trigger: &Trigger,
        context: &HandlerContext<'_>,
    ) -> Result<Value, TriggerError> {
        let mut body = event.example.clone();
        let is_email = event.name == "email_bounce";
        let signer_field = SIGNER_FIELDS.into_iter().find(|field| body.get(field).is_some());
        trigger.require_only(match (body.get("signers"), signer_field) {
            (Some(_), Some(_)) => &["document", "signer"],
            (Some(_), None) => &["document"],
            (None, _) if is_email => &["signer"],
            (None, _) => &[],
        })?;
        let (document, signer) = self.named_resources(trigger)?;
        if let (Some(signer), true) = (signer, is_email) {
            set_fields(&mut body, serde_json::json!({"email": signer.value["email"], "token": signer.value["token"]}));
        }
        let Some(document) = document.filter(|_| !is_email) else { return Ok(body) };
        let mut fields = Map::new();
        if let Some(field) = signer_field {
            // Without a signer the field is left out.
            let about = signer.or(document.signers.first()).map(|signer| about_signer(&body[field], signer));
            fields.insert(field.to_owned(), about.unwrap_or_default());
        }
        Ok(document.event_body(body, &fields.into(), context))
    }

    /// Returns the deliveries to the URL of the trigger, or else to the webhooks that subscribe to the event: those of the
    /// document's account, or of all accounts if no document is named.
    pub(crate) fn triggered_deliveries(&self, trigger: &Trigger, body: &Value) -> Result<Vec<Delivery>, TriggerError> {
        let event = trigger.event.as_str();
        if let Some(url) = &trigger.url {
            let registered = self.webhooks.iter().find(|webhook| webhook.url == *url);
            let headers = registered.map(|webhook| webhook.headers.clone()).unwrap_or_default();
            return Ok(vec![Delivery::new(event, url, headers, body)]);
        }
        let (document, _) = self.named_resources(trigger)?;
        let subscribes = |webhook: &&Webhook| match document {
            Some(document) => webhook.subscribes_to(event, &document.account, &document.value),
            None => webhook.subscribes_to(event, &webhook.account, body),
        };
        let subscribers = self.webhooks.iter().filter(subscribes);
        let deliveries: Vec<Delivery> = subscribers.map(|webhook| webhook.delivery(event, body.clone())).collect();
        if deliveries.is_empty() {
            let remedy =
                format!("register one of `type` `{event}` by `create_webhook`, POST /api/v1/user/company/webhook/");
            return Err(TriggerError::NobodySubscribes { event: event.to_owned(), remedy });
        }
        Ok(deliveries)
    }

    /// Returns the document and the signer that a trigger names; the document of the signer if it names no other.
    fn named_resources(&self, trigger: &Trigger) -> Result<(Option<&Document>, Option<&Signer>), TriggerError> {
        let document = trigger.document.as_deref().map(|token| {
            let found = self.documents.iter().find(|document| document.token() == token);
            found.ok_or_else(|| TriggerError::unknown_resource("document", token))
        });
        let document = document.transpose()?;
        let Some(token) = trigger.signer.as_deref() else { return Ok((document, None)) };
        let found = self.find_signer(token, |one| document.is_none_or(|only| one.token() == only.token()));
        let kind = if document.is_some() { "signer of this document" } else { "signer" };
        let (index, signer) = found.ok_or_else(|| TriggerError::unknown_resource(kind, token))?;
        let document = &self.documents[index];
        Ok((Some(document), Some(&document.signers[signer])))
    }
}

/// Returns the signer that an event is about, with the fields that its example has besides those of a signer.
fn about_signer(example: &Value, signer: &Signer) -> Value {
    let is_notified = example.get("notification_type").is_some();
    let mut value = example.clone();
    set_fields(&mut value, if is_notified { signer.notified() } else { signer.value.clone() });
    value
}
