use std::fmt;

use dialog360_api::types::{ChannelId, ClientId};
use serde::{Deserialize, Serialize};
use zapsign_api::Secret;

use crate::identity::normalize;

/// Entry of a tenant's journal.
///
/// An intent is recorded before the call that creates a resource. That of a client, number or account states that none
/// existed, so one that appears later belongs to this journal. That of a key has the ids of the keys that existed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Entry {
    /// Name and number of the tenant when its onboarding began. Claims both.
    Tenant {
        /// Meta's id of the number.
        phone_number_id: String,
        /// Name of the company.
        name: String,
    },
    /// Recorded before the client is created.
    ClientIntent {
        /// E-mail address as sent, by which the client is looked up.
        email: String,
    },
    /// 360dialog accepted the client; its id is not known yet.
    ClientAccepted,
    /// Client of the tenant.
    Client {
        /// Id of the client.
        client_id: ClientId,
    },
    /// Recorded before the number is onboarded.
    NumberIntent,
    /// 360dialog accepted the number; the id of its channel is not known yet.
    NumberAccepted,
    /// Channel of the tenant's number.
    Number {
        /// Id of the channel.
        channel_id: ChannelId,
        /// `true` if this journal created it.
        created: bool,
    },
    /// Recorded before a messaging key is created.
    KeyIntent {
        /// Ids of the keys that existed; `None` if they could not be listed.
        before: Option<Vec<String>>,
    },
    /// Messaging key of the channel.
    Key {
        /// Id of the key, if the response has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// Base URL of the messaging API, if the response has one.
        address: Option<String>,
        /// Value of the key.
        api_key: Secret,
    },
    /// Messaging webhook of the number, set with the last recorded key.
    Webhook {
        /// URL of the webhook.
        url: String,
    },
    /// Recorded before the account is created.
    AccountIntent,
    /// ZapSign account of the tenant, with its token.
    Account {
        /// Id of the account.
        account_id: i64,
        /// API token of the account.
        api_token: Secret,
    },
    /// ZapSign account of the tenant whose token is lost or was never known. Its owner's login gives access to it.
    AccountByLogin {
        /// Id of the account.
        account_id: i64,
    },
    /// A call ended with an unknown outcome, or the process that was to send it is gone. Changes nothing in the progress.
    Doubt {
        /// Operation of the call.
        operation: String,
    },
    /// The recorded messaging key was replaced by one that another process created, so that another is needed.
    KeyReplaced,
    /// Every call since the intent was rejected or not sent, so the intent is void.
    NoEffect {
        /// Operation of the calls.
        operation: String,
    },
    /// Body of a 2xx response that could not be decoded.
    Unread {
        /// Operation of the call.
        operation: String,
        /// Body, which may contain a token.
        body: Secret,
    },
}

/// Resource that belongs to one tenant of a journal only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Resource {
    /// Meta's id of a number.
    PhoneNumber(String),
    /// Normalized name of a company.
    Name(String),
    /// Id of a 360dialog client.
    Client(String),
    /// Id of a 360dialog channel.
    Channel(String),
    /// Id of a ZapSign account.
    Account(i64),
}

impl Entry {
    /// Returns the resources that the entry claims for its tenant.
    pub fn claims(&self) -> Vec<Resource> {
        match self {
            Self::Tenant { phone_number_id, name } => {
                vec![Resource::PhoneNumber(phone_number_id.trim().to_owned()), Resource::Name(normalize(name))]
            }
            Self::Client { client_id } => vec![Resource::Client(client_id.to_string())],
            Self::Number { channel_id, .. } => vec![Resource::Channel(channel_id.to_string())],
            Self::Account { account_id, .. } | Self::AccountByLogin { account_id } => {
                vec![Resource::Account(*account_id)]
            }
            _ => Vec::new(),
        }
    }

    /// Returns `true` if the entry records a response, or a call with an unknown outcome: something may exist at a vendor
    /// because of it.
    pub fn is_evidence(&self) -> bool {
        matches!(self, Self::Doubt { .. }) || self.answer().is_some()
    }

    /// Describes the response that is lost if this entry can't be written, and the other place where it is kept. `None`
    /// for an entry that records no response.
    pub(crate) fn answer(&self) -> Option<String> {
        match self {
            Self::ClientAccepted => Some("client accepted: found again by its e-mail address".to_owned()),
            Self::Client { client_id } => {
                Some(format!("client {client_id}: kept by 360dialog, found again by its e-mail address"))
            }
            Self::NumberAccepted => Some("number accepted: found again by Meta's id of the number".to_owned()),
            Self::Number { channel_id, .. } => {
                Some(format!("channel {channel_id}: kept by 360dialog, found again by Meta's id of the number"))
            }
            Self::Key { .. } => {
                Some("messaging key: kept nowhere else; the next run makes another in its place".to_owned())
            }
            Self::Webhook { .. } => Some("messaging webhook: it is set; the next run sets it again".to_owned()),
            Self::Account { account_id, .. } => Some(format!(
                "account {account_id} and its token: the account is open, the token stands in its Settings > Integrations"
            )),
            Self::AccountByLogin { account_id } => Some(format!("account {account_id}: found again by its name")),
            Self::Unread { operation, .. } => Some(format!(
                "unreadable answer of {operation}: kept nowhere else; what it created is found again by its name"
            )),
            Self::Tenant { .. }
            | Self::ClientIntent { .. }
            | Self::NumberIntent
            | Self::KeyIntent { .. }
            | Self::AccountIntent
            | Self::Doubt { .. }
            | Self::KeyReplaced
            | Self::NoEffect { .. } => None,
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PhoneNumber(id) => write!(f, "number {id}"),
            Self::Name(name) => write!(f, "the name {name:?}"),
            Self::Client(id) => write!(f, "client {id}"),
            Self::Channel(id) => write!(f, "channel {id}"),
            Self::Account(id) => write!(f, "account {id}"),
        }
    }
}
