//! Resources that existed on both platforms, listed once for all tenants.

use std::collections::HashMap;

use dialog360_api::types::{Channel, ChannelId, ClientId, PartnerClient, PartnerId};
use serde::{Deserialize, Serialize};
use zapsign_api::partner_plans;

use crate::identity::normalize;
use crate::step_error::StepError;

/// Existing client of 360dialog.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct FoundClient {
    pub(crate) id: ClientId,
    pub(crate) name: String,
    pub(crate) emails: Vec<String>,
}

/// Existing channel of 360dialog.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct FoundChannel {
    pub(crate) id: ChannelId,
    pub(crate) client: Option<ClientId>,
}

/// Existing account of ZapSign.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct FoundAccount {
    pub(crate) id: i64,
    pub(crate) name: String,
}

/// Resources of both platforms.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Inventory {
    /// Clients by the normalized e-mail address of their user or contact.
    pub(crate) clients: HashMap<String, Vec<FoundClient>>,
    /// Channels by Meta's id of their number.
    pub(crate) channels: HashMap<String, Vec<FoundChannel>>,
    /// Accounts by normalized name.
    pub(crate) accounts: Accounts,
}

impl Inventory {
    pub(crate) async fn read(
        dialog360: &dialog360_api::Client,
        partner: &PartnerId,
        zapsign: &zapsign_api::Client,
    ) -> Result<Self, StepError> {
        let mut clients: HashMap<String, Vec<FoundClient>> = HashMap::new();
        let mut all = dialog360.list_clients().partner_id(partner).items();
        while let Some(client) = all.try_next().await? {
            let Some(client) = FoundClient::from(client) else { continue };
            for email in &client.emails {
                let known = clients.entry(normalize(email)).or_default();
                if !known.iter().any(|known| known.id == client.id) {
                    known.push(client.clone());
                }
            }
        }
        let mut channels: HashMap<String, Vec<FoundChannel>> = HashMap::new();
        let mut all = dialog360.list_channels().partner_id(partner).items();
        while let Some(mut channel) = all.try_next().await? {
            let Some(number) = channel.external_id.take() else { continue };
            channels.entry(number).or_default().extend(FoundChannel::from(channel));
        }
        Ok(Self { clients, channels, accounts: accounts(zapsign).await? })
    }
}

impl FoundClient {
    /// Takes the fields of a client; `None` if it has no id.
    pub(crate) fn from(client: PartnerClient) -> Option<Self> {
        let user = client.contact_user.and_then(|user| user.email);
        let contact = client.contact_info.and_then(|contact| contact.email);
        let emails = user.into_iter().chain(contact).collect();
        Some(Self { id: client.id?, name: client.name.unwrap_or_default(), emails })
    }

    pub(crate) fn description(&self) -> String {
        format!("client {} is {:?} <{}>", self.id, self.name, self.emails.first().map_or("", String::as_str))
    }
}

impl FoundChannel {
    /// Takes the fields of a channel; `None` if it has no id.
    pub(crate) fn from(channel: Channel) -> Option<Self> {
        Some(Self { id: channel.id?, client: channel.client_id })
    }
}

/// Accounts by normalized name.
pub(crate) type Accounts = HashMap<String, Vec<FoundAccount>>;

/// Lists the accounts. The table of plans is ZapSign's only list of them.
pub(crate) async fn accounts(zapsign: &zapsign_api::Client) -> Result<Accounts, StepError> {
    let table = zapsign.get_partner_plans().send().await?;
    let plans =
        partner_plans::parse(&table).map_err(|fault| StepError::retryable(format!("the table of plans: {fault}")))?;
    let mut accounts = Accounts::new();
    for plan in plans {
        if let (Some(name), Some(id)) = (plan.name, plan.id) {
            accounts.entry(normalize(&name)).or_default().push(FoundAccount { id, name });
        }
    }
    Ok(accounts)
}
