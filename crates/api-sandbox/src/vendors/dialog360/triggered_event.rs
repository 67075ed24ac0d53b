//! Events on demand.

use serde_json::{Value, json};

use super::state::Dialog360;
use crate::delivery::Delivery;
use crate::spec::Event;
use crate::trigger::{Trigger, TriggerError};
use crate::vendors::vendor::HandlerContext;

impl Dialog360 {
    /// Returns the body of an event: its example with an id of its own, and with the channel or client of the trigger.
    pub(super) fn triggered_body(
        &self,
        event: &Event,
        trigger: &Trigger,
        context: &mut HandlerContext<'_>,
    ) -> Result<Value, TriggerError> {
        let name = event.name.as_str();
        let is_channel = name.starts_with("channel_") || name.starts_with("cancellation_");
        let fitting: &[&str] = match name {
            "client_created" => &["client"],
            _ if is_channel => &["channel", "client"],
            "phone_number_quality_changed" | "account_violation" | "account_restriction" => &["channel"],
            _ => &[],
        };
        trigger.require_only(fitting)?;
        let channel = find(self.channels.iter().map(|channel| &channel.value), "channel", trigger.channel.as_deref())?;
        let client = find(self.clients.iter(), "client", trigger.client.as_deref())?;
        let mut body = event.example.clone();
        body["id"] = context.ids.uuid("event", name).into();
        let data = &mut body["data"];
        if let Some(channel) = channel {
            if is_channel {
                let fields = channel.as_object().into_iter().flatten();
                fields.for_each(|(field, value)| data[field] = value.clone());
            } else {
                // These bodies name the channel or its number only.
                let number = &channel["setup_info"]["phone_number"];
                for (field, value) in [("id", &channel["id"]), ("phone_number", number)] {
                    if data.get(field).is_some() {
                        data[field] = value.clone();
                    }
                }
            }
        }
        match client {
            Some(client) if is_channel => {
                data["client_id"] = client["id"].clone();
                data["client"] = json!({"id": client["id"], "name": client["name"]});
            }
            Some(client) => data["client"] = client.clone(),
            None => {}
        }
        Ok(body)
    }

    /// Returns the delivery to the URL of the trigger, or else to the partner's webhook.
    pub(super) fn triggered_deliveries(&self, trigger: &Trigger, body: &Value) -> Result<Vec<Delivery>, TriggerError> {
        let url = trigger.url.as_deref().or(self.partner["webhook_url"].as_str());
        let delivery = |url: &str| vec![Delivery::new(&trigger.event, url, self.signature_headers(body), body)];
        url.map(delivery).ok_or_else(|| {
            let partner = &self.credentials.partner_id;
            let remedy = format!("set its URL by `set_webhook_url`, POST /api/v2/partners/{partner}/webhook_url");
            TriggerError::NobodySubscribes { event: trigger.event.clone(), remedy }
        })
    }
}

/// Returns the resource with this id, if one is named.
fn find<'r>(
    mut resources: impl Iterator<Item = &'r Value>,
    kind: &'static str,
    id: Option<&str>,
) -> Result<Option<&'r Value>, TriggerError> {
    id.map(|id| {
        let found = resources.find(|resource| resource["id"] == id);
        found.ok_or_else(|| TriggerError::unknown_resource(kind, id))
    })
    .transpose()
}
