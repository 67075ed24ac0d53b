//! The 360dialog Partner API, as far as it is evidenced.

mod error_response;
mod handlers;
mod json;
mod paging;
mod signature;
mod state;

use http::HeaderMap;
use jiff::Timestamp;
use serde_json::{Value, json};

pub(crate) use self::state::Dialog360;
use crate::spec::{Operation, Rejection, Reply};
use crate::vendors::{Call, Desk, Vendor};

impl Vendor for Dialog360 {
    fn caller(&self, headers: &HeaderMap, _now: Timestamp) -> Result<String, Rejection> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let by_key = text("x-api-key").is_some_and(|key| key == self.credentials.api_key);
        let by_token = text("authorization")
            .and_then(|value| value.strip_prefix("Bearer "))
            .is_some_and(|token| self.tokens.contains(token));
        if by_key || by_token { Ok(self.credentials.partner_id.clone()) } else { Err(Rejection::Unauthorized) }
    }

    fn serve(&mut self, call: &Call<'_>, desk: &mut Desk<'_>) -> Result<Reply, Rejection> {
        // A credential opens its own partner only.
        if !call.caller.is_empty() && call.parameters.path("partner_id") != call.caller {
            return Err(Rejection::NotFound);
        }
        match call.operation.id.as_str() {
            "create_token" => self.create_token(call, desk),
            "get_partner" => Ok(Reply::ok(&self.partner)),
            "update_partner" => Ok(self.update_partner(call)),
            "update_partner_change_request" => Ok(self.update_partner_change_request(call)),
            // Nobody asks to move here. The key of the requests is not known, so there is none.
            "list_partner_change_requests" => paging::nothing(&call.parameters),
            "get_webhook_url" => Ok(Reply::ok(&json!({"webhook_url": self.partner["webhook_url"]}))),
            "set_webhook_url" => Ok(self.update_partner(call)),
            "create_client" => Ok(self.create_client(call, desk)),
            "list_clients" => paging::page(&self.clients, "clients", &call.parameters),
            "update_client" => self.update_client(call, desk),
            "onboard_number" => self.onboard_number(call, desk),
            "list_channels" => {
                let channels: Vec<Value> = self.channels.iter().map(|channel| channel.value.clone()).collect();
                paging::page(&channels, "partner_channels", &call.parameters)
            }
            "get_channel" => Ok(Reply::ok(&self.channel_mut(call.parameters.path("channel_id"))?.value)),
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

    fn refuse(&self, operation: Option<&Operation>, rejection: &Rejection, desk: &mut Desk<'_>) -> Reply {
        error_response::reply(operation, rejection, desk)
    }
}
