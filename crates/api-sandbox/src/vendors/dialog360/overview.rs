//! Overview of a partner for a page. It names each field that is shown: a channel has a key, and a webhook headers.

use serde_json::{Value, json};

use super::state::{Channel, Dialog360};
use crate::vendors::overview::{fields, latest};

impl Dialog360 {
    /// Returns the clients, channels and what belongs to them, without keys.
    pub(super) fn overview_json(&self) -> Value {
        json!({
            "partner": fields(&self.partner, &["id", "brand_name"]),
            "clients": latest(self.clients.iter(), |client| fields(client, &["id", "name", "status", "created_at"])),
            "channels": latest(self.channels.iter(), channel),
            "waba_accounts": latest(self.waba_accounts.iter(), |account| {
                fields(account, &["id", "name", "client_id", "external_id", "status"])
            }),
            "templates": latest(self.templates.iter(), |template| {
                fields(template, &["id", "name", "language", "category", "status", "waba_account_id"])
            }),
            "flows": latest(self.flows.iter(), |flow| fields(&flow.value, &["id", "name", "status"])),
        })
    }
}

fn channel(channel: &Channel) -> Value {
    let mut shown = fields(&channel.value, &["id", "client_id", "status", "external_id", "waba_account_id"]);
    let setup = fields(&channel.value["setup_info"], &["phone_number", "phone_name"]);
    shown["phone_number"] = setup["phone_number"].clone();
    shown["phone_name"] = setup["phone_name"].clone();
    shown["has_key"] = channel.key.is_some().into();
    shown["has_webhook"] = channel.messaging_webhook.is_some().into();
    shown
}
