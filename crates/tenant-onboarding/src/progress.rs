use dialog360_api::types::{ChannelId, ClientId};
use zapsign_api::Secret;

use crate::entry::Entry;

/// What a tenant has, and what was begun for it: its entries, applied in their order.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Progress {
    /// Number and name that the tenant was begun with.
    pub begun: Option<(String, String)>,
    /// E-mail address that was or is sent to create the client.
    pub client_intent: Option<String>,
    /// The client was accepted.
    pub client_accepted: bool,
    /// The client.
    pub client: Option<ClientId>,
    /// The number was or is handed over.
    pub number_intent: bool,
    /// The number was accepted.
    pub number_accepted: bool,
    /// The channel.
    pub channel: Option<ChannelId>,
    /// This journal created the channel.
    pub channel_created: bool,
    /// Keys that were there before one was made; the inner `None` if they are not known.
    pub key_intent: Option<Option<Vec<String>>>,
    /// Address of the messaging API and the key.
    pub key: Option<(Option<String>, Secret)>,
    /// The messaging webhook that was set with that key.
    pub webhook: Option<String>,
    /// The account was or is opened.
    pub account_intent: bool,
    /// The account.
    pub account: Option<i64>,
    /// The account's token is not known; the owner's login opens it.
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
            Entry::Key { address, api_key } => {
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
            Entry::Unread { .. } => {}
        }
    }
}
