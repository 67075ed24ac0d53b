//! State of one 360dialog partner.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::signature;
use crate::credentials::Credentials;
use crate::delivery::Delivery;
use crate::schedule::Schedule;
use crate::spec::Rejection;
use crate::vendors::vendor::{HandlerContext, ValidRequest};

/// Partner with its clients, channels, WhatsApp Business accounts, templates and flows, as JSON of the API.
#[derive(Clone)]
pub(crate) struct Dialog360 {
    pub(crate) credentials: Credentials,
    /// Access tokens with the time at which each expires. Those that have expired are removed when the next one is issued.
    pub(crate) tokens: HashMap<String, Timestamp>,
    pub(crate) partner: Value,
    pub(crate) clients: Vec<Value>,
    pub(crate) channels: Vec<Channel>,
    pub(crate) waba_accounts: Vec<Value>,
    pub(crate) templates: Vec<Value>,
    pub(crate) flows: Vec<Flow>,
    /// Balances that are set, by the id of the client: fields of the answer, the others of which are those of its example.
    pub(crate) balances: HashMap<String, Value>,
    /// Signatures of links to the sign-up that were used.
    pub(crate) used_signatures: HashSet<[u8; 64]>,
    /// Steps of channels, and events that are held back, by the time at which they are due.
    pub(crate) schedule: Schedule<Due>,
}

/// Entry of the schedule.
#[derive(Clone)]
pub(crate) enum Due {
    /// Next status of a channel.
    Step(ChannelStep),
    /// Events that were held back.
    Events(Vec<Delivery>),
}

/// Step of a channel to its next status. It is not taken if the channel has another status than the one before.
#[derive(Clone)]
pub(crate) struct ChannelStep {
    pub(crate) channel: String,
    pub(crate) before: &'static str,
    pub(crate) after: &'static str,
}

/// Channel: one phone number.
#[derive(Clone)]
pub(crate) struct Channel {
    pub(crate) value: Value,
    /// Key for the messaging API. A new one revokes the last.
    pub(crate) key: Option<Value>,
    /// Webhook of the number, set with that key: its URL and headers.
    pub(crate) messaging_webhook: Option<Value>,
    pub(crate) permission: Permission,
}

/// Permission for the partner to create a key for a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permission {
    /// The number was onboarded by the API, without a sign-up. A key can be created.
    NotAsked,
    /// The client has permitted it.
    Granted,
    /// The client has not permitted it, or has taken it back.
    Withheld,
}

/// WhatsApp Flow with its assets.
#[derive(Clone)]
pub(crate) struct Flow {
    pub(crate) waba_account: String,
    pub(crate) value: Value,
    pub(crate) assets: Vec<Value>,
}

impl Dialog360 {
    /// Creates the partner of these credentials.
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
            tokens: HashMap::new(),
            clients: Vec::new(),
            channels: Vec::new(),
            waba_accounts: Vec::new(),
            templates: Vec::new(),
            flows: Vec::new(),
            used_signatures: HashSet::new(),
            schedule: Schedule::default(),
            balances: HashMap::new(),
        }
    }

    /// Emits an event to the partner's webhook, if one is set. `key` decides the event's id.
    pub(crate) fn emit_event(&self, event: &str, key: &str, data: Value, context: &mut HandlerContext<'_>) {
        if let Some(url) = self.partner["webhook_url"].as_str() {
            let id = context.ids.uuid("event", key);
            let body = json!({"id": id, "event": event, "data": data});
            context.outbox.push(Delivery::new(event, url, self.signature_headers(&body), &body));
        }
    }

    /// Returns the signature of an event under the platform secret, if there is one.
    pub(crate) fn signature_headers(&self, body: &Value) -> Vec<(String, String)> {
        let secret = self.credentials.platform_secret.as_deref();
        secret.and_then(|secret| signature::header(secret, &body.to_string())).into_iter().collect()
    }

    /// Returns the WhatsApp Business account named in the path.
    pub(crate) fn waba_account(&self, request: &ValidRequest<'_>) -> Result<&Value, Rejection> {
        let id = request.parameters.path("waba_account_id");
        self.waba_accounts.iter().find(|account| account["id"] == id).ok_or(Rejection::NotFound)
    }
}
