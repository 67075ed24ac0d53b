//! 360dialog Partner API: routes operations to handlers.

mod channel_error;
mod error_response;
mod handlers;
mod json;
mod overview;
mod paging;
mod seed;
mod sign_up;
mod signature;
mod state;
mod triggered_event;
mod validation;

use std::time::Duration;

use http::HeaderMap;
use jiff::Timestamp;
use serde_json::{Value, json};

pub use self::channel_error::ChannelError;
pub(crate) use self::sign_up::{
    Account, ClientView, Decision, Outcome, PermissionView, SignUpEntry, SignUpError, SignUpLink, SignUpView, SignedUp,
};
pub(crate) use self::state::Dialog360;
use crate::delivery::{Delivery, DeliveryRule};
use crate::spec::{Event, Operation, Rejection, Reply};
use crate::trigger::{Trigger, TriggerError};
use crate::vendors::seed::{SeedError, SeedItem, SeedLoader};
use crate::vendors::vendor::{HandlerContext, ValidRequest, Vendor};

/// A delivery is repeated after any answer but 200.
static DELIVERY_RULE: DeliveryRule =
    DeliveryRule { success: 200..=200, retry_intervals: &[Duration::from_secs(10), Duration::from_secs(60)] };

impl Vendor for Dialog360 {
    fn authenticate(&self, headers: &HeaderMap, now: Timestamp) -> Result<String, Rejection> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let has_api_key = text("x-api-key").is_some_and(|key| key == self.credentials.api_key);
        let has_token = text("authorization")
            .and_then(|value| value.strip_prefix("Bearer "))
            .is_some_and(|token| self.tokens.get(token).is_some_and(|expires_at| now < *expires_at));
        if has_api_key || has_token { Ok(self.credentials.partner_id.clone()) } else { Err(Rejection::Unauthorized) }
    }

    fn handle(&mut self, request: &ValidRequest<'_>, context: &mut HandlerContext<'_>) -> Result<Reply, Rejection> {
        // A credential gives access to its own partner only.
        if !request.caller.is_empty() && request.parameters.path("partner_id") != request.caller {
            return Err(Rejection::NotFound);
        }
        validation::validate(&request.operation.id, &request.parameters.body)?;
        match request.operation.id.as_str() {
            "create_token" => self.create_token(request, context),
            "get_partner" => Ok(Reply::ok(&self.partner)),
            "update_partner" => Ok(self.update_partner(request)),
            "update_partner_change_request" => Ok(self.update_partner_change_request(request)),
            // No requests exist here, and the key that would hold them is not known.
            "list_partner_change_requests" => paging::empty_page(&request.parameters),
            "get_webhook_url" => Ok(Reply::ok(&json!({"webhook_url": self.partner["webhook_url"]}))),
            "set_webhook_url" => Ok(self.update_partner(request)),
            "create_client" => Ok(self.create_client(request, context)),
            "list_clients" => paging::page(&self.clients, "clients", &request.parameters),
            "update_client" => self.update_client(request, context),
            "get_client_balance" => Ok(self.get_client_balance(request, context)),
            "onboard_number" => self.onboard_number(request, context),
            "list_channels" => {
                let channels: Vec<Value> = self.channels.iter().map(|channel| channel.value.clone()).collect();
                paging::page(&channels, "partner_channels", &request.parameters)
            }
            "get_channel" => Ok(Reply::ok(&self.channel_mut(request.parameters.path("channel_id"))?.value)),
            "create_channel_api_key" => self.create_channel_api_key(request, context),
            "list_channel_api_keys" => self.list_channel_api_keys(request),
            "delete_channel_api_keys" => self.delete_channel_api_keys(request, context),
            "get_messaging_webhook" => self.get_messaging_webhook(request),
            "set_messaging_webhook" => self.set_messaging_webhook(request),
            "request_channel_cancellation" => self.request_channel_cancellation(request, context),
            "get_waba_account" => Ok(Reply::ok(self.waba_account(request)?)),
            "list_templates" => self.list_templates(request),
            "create_template" => self.create_template(request, context),
            "delete_template" => self.delete_template(request, context),
            "list_flows" => self.list_flows(request),
            "create_flow" => self.create_flow(request, context),
            "get_flow" => Ok(Reply::ok(&self.flow(request)?.value)),
            "delete_flow" => self.delete_flow(request),
            "publish_flow" => self.set_flow_status(request, "PUBLISHED"),
            "deprecate_flow" => self.set_flow_status(request, "DEPRECATED"),
            "upload_flow_asset" => self.upload_flow_asset(request),
            "list_flow_assets" => self.list_flow_assets(request),
            _ => Ok(context.example(request.operation)),
        }
    }

    fn error_response(
        &self,
        operation: Option<&Operation>,
        rejection: &Rejection,
        context: &mut HandlerContext<'_>,
    ) -> Reply {
        error_response::reply(operation, rejection, context)
    }

    fn event_body(
        &self,
        event: &Event,
        trigger: &Trigger,
        context: &mut HandlerContext<'_>,
    ) -> Result<Value, TriggerError> {
        self.triggered_body(event, trigger, context)
    }

    fn event_deliveries(&self, trigger: &Trigger, body: &Value) -> Result<Vec<Delivery>, TriggerError> {
        self.triggered_deliveries(trigger, body)
    }

    fn overview(&self) -> Value {
        self.overview_json()
    }

    fn delivery_rule(&self) -> &'static DeliveryRule {
        &DELIVERY_RULE
    }

    fn next_due(&self) -> Option<Timestamp> {
        self.schedule.next_due()
    }

    fn run_due(&mut self, context: &mut HandlerContext<'_>) {
        self.run_schedule(context);
    }

    fn load(&mut self, part: &SeedItem<'_>, loader: &mut SeedLoader<'_, '_>) -> Result<(), SeedError> {
        self.load_seed(part, loader)
    }

    fn clone_boxed(&self) -> Box<dyn Vendor> {
        Box::new(self.clone())
    }
}
