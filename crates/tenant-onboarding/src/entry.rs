use dialog360_api::types::{ChannelId, ClientId};
use serde::{Deserialize, Serialize};
use zapsign_api::Secret;

use crate::identity::normalize;

/// One line of a tenant's journal.
///
/// An intent is written before the call that creates something. One of a client, number or account says that none was there:
/// what is there later is this journal's. One of a key has the ids of the keys that were there.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Entry {
    /// The tenant as it was named when it was begun. Claims the number and the name.
    Tenant {
        /// Meta's id of the number.
        phone_number_id: String,
        /// Name of the company.
        name: String,
    },
    /// Before the call that creates the client.
    ClientIntent {
        /// E-mail address as it is sent, by which the client is looked for.
        email: String,
    },
    /// 360dialog accepted the client and has not named it yet.
    ClientAccepted,
    /// The tenant's client.
    Client {
        /// Its id.
        client_id: ClientId,
    },
    /// Before the call that hands the number over.
    NumberIntent,
    /// 360dialog accepted the number and has not named the channel yet.
    NumberAccepted,
    /// The tenant's channel.
    Number {
        /// Its id.
        channel_id: ChannelId,
        /// `true` if this journal created it.
        created: bool,
    },
    /// Before the call that makes a key.
    KeyIntent {
        /// Ids of the keys that were there; `None` if they are not known.
        before: Option<Vec<String>>,
    },
    /// The channel's key.
    Key {
        /// Address of the messaging API.
        address: Option<String>,
        /// The key.
        api_key: Secret,
    },
    /// The number's messaging webhook, set with the last key.
    Webhook {
        /// Its address.
        url: String,
    },
    /// Before the call that opens the account.
    AccountIntent,
    /// The tenant's account.
    Account {
        /// Its number.
        account_id: i64,
        /// Its token.
        api_token: Secret,
    },
    /// The tenant's account, whose token was lost or never known; the owner's login opens it.
    AccountByLogin {
        /// Its number.
        account_id: i64,
    },
    /// Every call since the intent was refused or not sent: nothing of it is there.
    NoEffect {
        /// Operation that was called.
        operation: String,
    },
    /// Body of an answer of 2xx that could not be read.
    Unread {
        /// Operation that was called.
        operation: String,
        /// The body, which may hold a token.
        body: Secret,
    },
}

/// Something that one tenant of a journal has, and no other may have.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Resource {
    /// Meta's id of a number.
    PhoneNumber(String),
    /// Normalized name of a company.
    Name(String),
    /// A client of 360dialog.
    Client(String),
    /// A channel of 360dialog.
    Channel(String),
    /// An account of ZapSign.
    Account(i64),
}

impl Entry {
    /// Lists what the entry claims for its tenant.
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

    /// Names the answer that is lost if this entry can't be written, and where else it is kept. `None` for an entry that
    /// holds no answer.
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
            | Self::NoEffect { .. } => None,
        }
    }
}
