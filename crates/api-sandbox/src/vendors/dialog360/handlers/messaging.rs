//! Handlers of the messaging API: the webhook of a number, by the key of its channel.

use serde_json::{Value, json};

use crate::spec::{Rejection, Reply};
use crate::vendors::dialog360::state::{Channel, Dialog360};
use crate::vendors::field_checks::FieldChecks;
use crate::vendors::vendor::ValidRequest;

impl Dialog360 {
    pub(crate) fn get_messaging_webhook(&mut self, request: &ValidRequest<'_>) -> Result<Reply, Rejection> {
        let webhook = &self.channel_of_key(request)?.messaging_webhook;
        Ok(Reply::ok(webhook.as_ref().unwrap_or(&json!({"url": null, "headers": {}}))))
    }

    pub(crate) fn set_messaging_webhook(&mut self, request: &ValidRequest<'_>) -> Result<Reply, Rejection> {
        let channel = self.channel_of_key(request)?;
        let body = &request.parameters.body;
        let mut checks = FieldChecks::of(body);
        checks.required("url");
        checks.urls(&["url"]);
        checks.finish()?;
        let headers = body.get("headers").cloned().unwrap_or_else(|| json!({}));
        let webhook = channel.messaging_webhook.insert(json!({"url": body["url"], "headers": headers}));
        Ok(Reply::ok(webhook))
    }

    /// Returns the channel whose current key is in the request.
    fn channel_of_key(&mut self, request: &ValidRequest<'_>) -> Result<&mut Channel, Rejection> {
        let given = request.parameters.query("D360-API-KEY").and_then(Value::as_str).ok_or(Rejection::Unauthorized)?;
        let has_key = |channel: &&mut Channel| channel.key.as_ref().is_some_and(|key| key["api_key"] == given);
        self.channels.iter_mut().find(has_key).ok_or(Rejection::Unauthorized)
    }
}
