use dialog360_api::types::{ChannelId, ClientId};
use zapsign_api::Secret;

use crate::entry::Entry;

/// Resources and intents of a tenant: its entries, applied in order.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Progress {
    /// Number and name that the tenant began with.
    pub begun: Option<(String, String)>,
    /// E-mail address with which a client was to be created.
    pub client_intent: Option<String>,
    /// `true` once the client was accepted.
    pub client_accepted: bool,
    /// Id of the client.
    pub client: Option<ClientId>,
    /// `true` once the number was to be onboarded.
    pub number_intent: bool,
    /// `true` once the number was accepted.
    pub number_accepted: bool,
    /// Id of the channel.
    pub channel: Option<ChannelId>,
    /// `true` if this journal created the channel.
    pub channel_created: bool,
    /// Ids of the keys that existed before one was to be created; the inner `None` if they could not be listed.
    pub key_intent: Option<Option<Vec<String>>>,
    /// Id of the messaging key, if the response with it has one.
    pub key_id: Option<String>,
    /// Base URL of the messaging API, and the key.
    pub key: Option<(Option<String>, Secret)>,
    /// URL of the messaging webhook that was set with that key.
    pub webhook: Option<String>,
    /// `true` once the account was to be created.
    pub account_intent: bool,
    /// Id of the account.
    pub account: Option<i64>,
    /// `true` if the account's token is not known; its owner's login gives access to it.
    pub by_login: bool,
}

impl Progress {
    /// Applies the next entry.
    pub fn apply(&mut self, entry: &Entry) {
        match entry.clone() {
            Entry::Tenant { phone_number_id, name } => self.begun = Some((phone_number_id, name)),
            Entry::ClientIntent { email } => self.client_intent = Some(email),
            Entry::ClientAccepted => self.client_accepted = true,
            Entry::Client { client_id } => self.client = Some(client_id),
            Entry::NumberIntent => self.number_intent = true,
            Entry::NumberAccepted => self.number_accepted = true,
            Entry::Number { channel_id, created } => {
                self.channel = Some(channel_id);
                self.channel_created = created;
            }
            Entry::KeyIntent { before } => self.key_intent = Some(before),
            Entry::Key { id, address, api_key } => {
                self.key_id = id;
                self.key = Some((address, api_key));
                self.webhook = None;
            }
            Entry::Webhook { url } => self.webhook = Some(url),
            Entry::AccountIntent => self.account_intent = true,
            Entry::Account { account_id, .. } => {
                self.account = Some(account_id);
                self.by_login = false;
            }
            Entry::AccountByLogin { account_id } => {
                self.account = Some(account_id);
                self.by_login = true;
            }
            Entry::NoEffect { operation } => match operation.as_str() {
                "create_client" => self.client_intent = None,
                "onboard_number" => self.number_intent = false,
                "create_channel_api_key" => self.key_intent = None,
                "create_partner_account" => self.account_intent = false,
                _ => {}
            },
            // What another process created is this journal's too, so its key may be replaced.
            Entry::KeyReplaced => {
                self.key = None;
                self.key_id = None;
                self.key_intent = Some(Some(Vec::new()));
            }
            Entry::Doubt { .. } | Entry::Unread { .. } => {}
        }
    }
}
