//! Handlers of channels and their keys for the messaging API.

use std::time::Duration;

use serde_json::{Value, json};

use crate::behavior::Behavior;
use crate::clock::{format_seconds, later};
use crate::spec::{Rejection, Reply};
use crate::vendors::dialog360::channel_error::ChannelError;
use crate::vendors::dialog360::json::{acknowledgement, system_user};
use crate::vendors::dialog360::state::{Channel, ChannelStep, Dialog360, Due, Permission};
use crate::vendors::vendor::{HandlerContext, ValidRequest};

/// Fields of a client that are embedded in a channel.
const CLIENT_FIELDS: [&str; 2] = ["id", "name"];

/// Statuses of a channel that the vendor tells of by an event.
const STATUS_EVENTS: [(&str, &str); 3] =
    [("ready", "channel_ready"), ("running", "channel_running"), (LIVE, "channel_live")];
/// Name that the vendor's event has for a channel that runs. No channel has it as its status.
const LIVE: &str = "live";

/// Steps of a channel with [`Behavior::SlowChannels`]: hours after onboarding, status before, status after.
const SLOW_STEPS: [(u64, &str, &str); 2] = [(1, "created", "ready"), (24, "ready", "running")];

/// Number for which a channel is to be added.
pub(crate) struct NewNumber<'n> {
    /// Digits of the number; by default invented ones.
    pub(crate) phone_number: Option<String>,
    /// Meta's id of the number.
    pub(crate) external_id: String,
    /// Meta's id of the WhatsApp Business account.
    pub(crate) waba_external_id: &'n str,
    pub(crate) waba_business_id: Option<&'n str>,
    pub(crate) permission: Permission,
    /// `true` if the channel runs a day later only.
    pub(crate) is_slow: bool,
}

impl Dialog360 {
    /// Onboards a number. Repeating the call creates a second channel, as nothing the vendor says rules it out.
    pub(crate) fn onboard_number(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let body = &request.parameters.body;
        let text = |field: &str| request.parameters.text(field);
        if text("waba_business_id").is_none() && text("client_id").is_none() {
            return Err(Rejection::BusinessRule("One of waba_business_id or client_id must be given.".to_owned()));
        }
        let client = match text("client_id") {
            Some(id) => self.clients.iter().find(|client| client["id"] == id).ok_or(Rejection::NotFound)?.clone(),
            None => Value::Null,
        };
        let waba_external_id = text("waba_external_id").unwrap_or_default();
        let external_id = text("channel_external_id")
            .map_or_else(|| context.ids.number("channel", waba_external_id, 15).to_string(), ToOwned::to_owned);
        let number = NewNumber {
            phone_number: None,
            external_id,
            waba_external_id,
            waba_business_id: text("waba_business_id"),
            permission: Permission::NotAsked,
            is_slow: false,
        };
        self.add_channel(&client, number, context);
        let mut answer = body.clone();
        answer["message"] = "Number accepted".into();
        Ok(Reply::ok(&answer))
    }

    /// Adds the channel of a number, and emits its events. Returns its id.
    pub(crate) fn add_channel(
        &mut self,
        client: &Value,
        number: NewNumber<'_>,
        context: &mut HandlerContext<'_>,
    ) -> String {
        let account = self.waba_account_for(&number, client, context);
        let external_id = number.external_id;
        let id = context.ids.dialog360_id("CH", &external_id);
        let phone_number =
            number.phone_number.unwrap_or_else(|| format!("4930{}", context.ids.number("phone", &external_id, 8)));
        let now = format_seconds(context.now);
        let in_review = context.behaviors.contains(&Behavior::ChannelReview);
        let is_slow = !in_review && (number.is_slow || context.behaviors.contains(&Behavior::SlowChannels));
        let runs = !in_review && !is_slow;
        let channel = json!({
            "id": id,
            "client_id": client.get("id"),
            "client": pick_fields(client, &CLIENT_FIELDS),
            "type": "waba",
            "version": "2",
            "account_mode": "live",
            "status": if runs { "running" } else { "created" },
            "is_migrated": false,
            "current_limit": "TIER_250",
            "current_quality_rating": "GREEN",
            "external_id": external_id,
            "billing_started_at": now,
            "cancelled_at": null,
            "terminated_at": null,
            "created_at": now,
            "created_by": system_user(),
            "modified_at": now,
            "modified_by": system_user(),
            "setup_info": {"phone_number": phone_number, "phone_name": client.get("name"), "was_in_use": false},
            "waba_account_id": account["id"],
            "waba_account": account,
            "integration": {"enabled": true, "app_id": context.ids.number("app", &id, 6).to_string(), "state": "running"},
        });
        let events = [("channel_created", "created"), ("channel_running", "running")];
        for (event, status) in events.into_iter().take(if runs { 2 } else { 1 }) {
            let mut data = channel.clone();
            data["status"] = status.into();
            self.emit_event(event, &id, data, context);
        }
        let permission = number.permission;
        self.channels.push(Channel { value: channel, key: None, messaging_webhook: None, permission });
        for (hours, before, after) in SLOW_STEPS.into_iter().filter(|_| is_slow) {
            let due = later(context.now, Duration::from_secs(60 * 60 * hours));
            self.schedule.add(due, Due::Step(ChannelStep { channel: id.clone(), before, after }));
        }
        id
    }

    /// Returns the WhatsApp Business account with the external id of the number's, or creates it.
    fn waba_account_for(&mut self, number: &NewNumber<'_>, client: &Value, context: &mut HandlerContext<'_>) -> Value {
        let external_id = number.waba_external_id;
        if let Some(known) = self.waba_accounts.iter().find(|account| account["external_id"] == external_id) {
            return known.clone();
        }
        let account = json!({
            "id": context.ids.dialog360_id("WA", external_id),
            "name": client.get("name"),
            "namespace": context.ids.uuid("namespace", external_id).replace('-', "_"),
            "partner_id": self.credentials.partner_id,
            "client_id": client.get("id"),
            "external_id": external_id,
            "status": "approved",
            "timezone_id": "1",
            "fb_business_id": number.waba_business_id,
            "settings": null,
        });
        self.waba_accounts.push(account.clone());
        account
    }

    pub(crate) fn create_channel_api_key(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let channel = self.channel_mut(request.parameters.path("channel_id"))?;
        if channel.value["status"] != "running" || channel.permission == Permission::Withheld {
            return Err(Rejection::Forbidden("Forbidden".to_owned()));
        }
        let id = request.parameters.path("channel_id");
        let key = json!({
            "id": context.ids.number("api_key", id, 6).to_string(),
            "address": context.url,
            "api_key": context.ids.secret("api_key", id),
            "app_id": channel.value["integration"]["app_id"],
        });
        // A new key revokes the last one, and drops the webhook of the number.
        channel.key = Some(key.clone());
        channel.messaging_webhook = None;
        Ok(Reply::json(201, &key))
    }

    pub(crate) fn list_channel_api_keys(&mut self, request: &ValidRequest<'_>) -> Result<Reply, Rejection> {
        let channel = self.channel_mut(request.parameters.path("channel_id"))?;
        Ok(Reply::ok(&json!({"api_keys": channel.key.iter().collect::<Vec<_>>()})))
    }

    pub(crate) fn delete_channel_api_keys(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        self.channel_mut(request.parameters.path("channel_id"))?.key = None;
        Ok(acknowledgement("Keys deleted", context))
    }

    pub(crate) fn request_channel_cancellation(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let now = format_seconds(context.now);
        let cancelled = request.parameters.body.get("enabled") != Some(&Value::Bool(false));
        let channel = self.channel_mut(request.parameters.path("channel_id"))?;
        if channel.value["client_id"] != request.parameters.path("client_id") {
            return Err(Rejection::NotFound);
        }
        channel.value["cancelled_at"] = if cancelled { now.into() } else { Value::Null };
        let value = channel.value.clone();
        let event = if cancelled { "cancellation_request" } else { "cancellation_revoke" };
        self.emit_event(event, request.parameters.path("channel_id"), value.clone(), context);
        Ok(Reply::ok(&value))
    }

    /// Sets the status of a channel, as Meta's review does; one that is `live` runs, and its `hub_status` says so.
    ///
    /// # Errors
    ///
    /// Returns [`ChannelError`] if there is no such channel, or if the API has no such status.
    pub(crate) fn set_channel_status(
        &mut self,
        id: &str,
        status: &str,
        context: &mut HandlerContext<'_>,
    ) -> Result<(), ChannelError> {
        let channel = self.channel_mut(id).map_err(|_| ChannelError::unknown_channel(id))?;
        let of_api = context.bundle.components()["ChannelStatus"]["enum"].as_array().into_iter().flatten();
        let known = of_api.filter_map(Value::as_str).chain([LIVE]);
        if !known.clone().any(|known| known == status) {
            return Err(ChannelError::unknown_status(status, known));
        }
        if status == LIVE {
            channel.value["hub_status"] = status.into();
        }
        channel.value["status"] = if status == LIVE { "running" } else { status }.into();
        channel.value["modified_at"] = format_seconds(context.now).into();
        let value = channel.value.clone();
        let event = STATUS_EVENTS.iter().find(|(of_event, _)| *of_event == status);
        if let Some((_, event)) = event {
            self.emit_event(event, id, value, context);
        }
        Ok(())
    }

    /// Takes the steps of channels, and emits the events, that are due by now.
    pub(crate) fn run_schedule(&mut self, context: &mut HandlerContext<'_>) {
        while let Some((_, due)) = self.schedule.take_due(context.now) {
            match due {
                Due::Events(deliveries) => context.outbox.extend(deliveries),
                Due::Step(ChannelStep { channel, before, after }) => {
                    if self.channel_mut(&channel).is_ok_and(|channel| channel.value["status"] == before) {
                        // Neither can fail: the channel is there, and the API has these statuses.
                        let _ = self.set_channel_status(&channel, after, context);
                    }
                }
            }
        }
    }

    /// Returns the channel with this id.
    pub(crate) fn channel_mut(&mut self, id: &str) -> Result<&mut Channel, Rejection> {
        self.channels.iter_mut().find(|channel| channel.value["id"] == id).ok_or(Rejection::NotFound)
    }
}

/// Returns the object reduced to these fields, or `null` if it is no object.
fn pick_fields(value: &Value, fields: &[&str]) -> Value {
    let object = value.as_object();
    object.map_or(Value::Null, |object| {
        object
            .iter()
            .filter(|(name, _)| fields.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    })
}
