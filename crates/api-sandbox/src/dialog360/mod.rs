//! The 360dialog Partner API, as far as it is evidenced.

mod channels;
mod clients;
mod flows;
mod listing;
mod partner;
mod refusal;
mod signature;
mod templates;

use std::collections::HashSet;

use http::HeaderMap;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::Credentials;
use crate::delivery_queue::Delivery;
use crate::spec::{Operation, Refusal, Reply};
use crate::vendor::{Call, Desk, Vendor};

/// Who did what nobody else is known to have done.
fn system() -> Value {
    json!({"user_id": "system", "user_name": "system"})
}

/// One partner and what it has.
pub(crate) struct Dialog360 {
    credentials: Credentials,
    /// Access tokens that were given out.
    tokens: HashSet<String>,
    partner: Value,
    clients: Vec<Value>,
    channels: Vec<Channel>,
    waba_accounts: Vec<Value>,
    templates: Vec<Value>,
    flows: Vec<Flow>,
}

/// A number.
struct Channel {
    value: Value,
    /// Of the messaging API. The newest is the only one that is valid.
    key: Option<Value>,
}

struct Flow {
    waba_account: String,
    value: Value,
    assets: Vec<Value>,
}

impl Dialog360 {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        Self {
            partner: json!({
                "id": credentials.partner_id,
                "brand_name": "Sandbox",
                "logo_url": null,
                "webhook_url": null,
                "partner_redirect_url": null,
                "country": "DE",
                "allow_client_to_add_phone_no": true,
            }),
            credentials: credentials.clone(),
            tokens: HashSet::new(),
            clients: Vec::new(),
            channels: Vec::new(),
            waba_accounts: Vec::new(),
            templates: Vec::new(),
            flows: Vec::new(),
        }
    }

    /// Tells the partner, if it wants to be told.
    fn tell(&self, event: &str, key: &str, data: Value, desk: &mut Desk<'_>) {
        if let Some(url) = self.partner["webhook_url"].as_str() {
            let id = desk.ids.uuid("event", key);
            let body = json!({"id": id, "event": event, "data": data});
            let secret = self.credentials.platform_secret.as_deref();
            let signature = secret.and_then(|secret| signature::header(secret, &body.to_string()));
            desk.outbox.push(Delivery::new(event, url, signature.into_iter().collect(), body));
        }
    }

    fn waba_account(&self, call: &Call<'_>) -> Result<&Value, Refusal> {
        let id = call.input.path("waba_account_id");
        self.waba_accounts.iter().find(|account| account["id"] == id).ok_or(Refusal::NotFound)
    }
}

impl Vendor for Dialog360 {
    fn caller(&self, headers: &HeaderMap, _now: Timestamp) -> Result<String, Refusal> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let by_key = text("x-api-key").is_some_and(|key| key == self.credentials.api_key);
        let by_token = text("authorization")
            .and_then(|value| value.strip_prefix("Bearer "))
            .is_some_and(|token| self.tokens.contains(token));
        if by_key || by_token { Ok(self.credentials.partner_id.clone()) } else { Err(Refusal::Unauthorized) }
    }

    fn serve(&mut self, call: &Call<'_>, desk: &mut Desk<'_>) -> Result<Reply, Refusal> {
        // A credential opens its own partner only.
        if !call.caller.is_empty() && call.input.path("partner_id") != call.caller {
            return Err(Refusal::NotFound);
        }
        match call.operation.id.as_str() {
            "create_token" => self.create_token(call, desk),
            "get_partner" => Ok(Reply::ok(&self.partner)),
            "update_partner" => Ok(self.update_partner(call)),
            "update_partner_change_request" => Ok(self.update_partner_change_request(call)),
            // Nobody asks to move here. The key of the requests is not known, so there is none.
            "list_partner_change_requests" => listing::nothing(&call.input),
            "get_webhook_url" => Ok(Reply::ok(&json!({"webhook_url": self.partner["webhook_url"]}))),
            "set_webhook_url" => Ok(self.update_partner(call)),
            "create_client" => Ok(self.create_client(call, desk)),
            "list_clients" => listing::page(&self.clients, "clients", &call.input),
            "update_client" => self.update_client(call, desk),
            "onboard_number" => self.onboard_number(call, desk),
            "list_channels" => {
                let channels: Vec<Value> = self.channels.iter().map(|channel| channel.value.clone()).collect();
                listing::page(&channels, "partner_channels", &call.input)
            }
            "get_channel" => Ok(Reply::ok(&self.channel_mut(call.input.path("channel_id"))?.value)),
            "create_channel_api_key" => self.create_channel_api_key(call, desk),
            "list_channel_api_keys" => self.list_channel_api_keys(call),
            "delete_channel_api_keys" => self.delete_channel_api_keys(call, desk),
            "request_channel_cancellation" => self.request_channel_cancellation(call, desk),
            "get_waba_account" => Ok(Reply::ok(self.waba_account(call)?)),
            "list_templates" => self.list_templates(call),
            "create_template" => self.create_template(call, desk),
            "delete_template" => self.delete_template(call, desk),
            "list_flows" => self.list_flows(call),
            "create_flow" => self.create_flow(call, desk),
            "get_flow" => Ok(Reply::ok(&self.flow(call)?.value)),
            "delete_flow" => self.delete_flow(call),
            "publish_flow" => self.set_flow_status(call, "PUBLISHED"),
            "deprecate_flow" => self.set_flow_status(call, "DEPRECATED"),
            "upload_flow_asset" => self.upload_flow_asset(call),
            "list_flow_assets" => self.list_flow_assets(call),
            _ => Ok(desk.example(call.operation)),
        }
    }

    fn refuse(&self, operation: Option<&Operation>, refusal: &Refusal, desk: &mut Desk<'_>) -> Reply {
        refusal::reply(operation, refusal, desk)
    }
}

/// The acknowledgement that calls without an answer of their own give.
fn acknowledge(message: &str, desk: &mut Desk<'_>) -> Reply {
    let trace_id = desk.ids.uuid("trace", message);
    Reply::ok(&json!({
        "meta": {"developer_message": message, "http_code": 200, "success": true, "360dialog_trace_id": trace_id},
        "status_code": 200,
    }))
}

/// As 360dialog writes points in time.
fn time(now: Timestamp) -> String {
    now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
