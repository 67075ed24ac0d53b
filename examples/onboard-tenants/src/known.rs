//! What there is already: read once at the beginning, so that what an earlier run created is not created again, although
//! it was killed before it could write that down.

use std::collections::HashMap;

use dialog360_api::types::{ChannelId, ClientId};
use futures_util::TryStreamExt as _;
use zapsign_api::partner_plans;

use crate::settings::Platforms;
use crate::trouble::Trouble;

pub(crate) struct Known {
    /// By the address of their user or contact.
    pub(crate) clients: HashMap<String, ClientId>,
    /// By Meta's id of the number.
    pub(crate) channels: HashMap<String, ChannelId>,
    /// By their name.
    pub(crate) accounts: HashMap<String, i64>,
}

impl Known {
    pub(crate) async fn read(platforms: &Platforms) -> Result<Self, Trouble> {
        let mut clients = HashMap::new();
        let mut all = std::pin::pin!(platforms.dialog360.all_clients(&platforms.partner, |call| call));
        while let Some(client) = all.try_next().await? {
            let Some(id) = client.id else { continue };
            let user = client.contact_user.and_then(|user| user.email);
            let contact = client.contact_info.and_then(|contact| contact.email);
            for email in user.into_iter().chain(contact) {
                clients.entry(email.to_lowercase()).or_insert_with(|| id.clone());
            }
        }
        let mut channels = HashMap::new();
        let mut all = std::pin::pin!(platforms.dialog360.all_channels(&platforms.partner, |call| call));
        while let Some(channel) = all.try_next().await? {
            if let (Some(number), Some(id)) = (channel.external_id, channel.id) {
                channels.entry(number).or_insert(id);
            }
        }
        Ok(Self { clients, channels, accounts: accounts(&platforms.zapsign.client).await? })
    }
}

/// ZapSign lists accounts nowhere but in the table of plans.
pub(crate) async fn accounts(zapsign: &zapsign_api::Client) -> Result<HashMap<String, i64>, Trouble> {
    let table = zapsign.get_partner_plans().send().await?;
    let plans =
        partner_plans::read(&table).map_err(|fault| Trouble::passing(format!("the table of plans: {fault}")))?;
    let named = plans.into_iter().filter_map(|plan| Some((plan.name?, plan.id?)));
    let mut accounts = HashMap::new();
    named.for_each(|(name, id)| {
        accounts.entry(name).or_insert(id);
    });
    Ok(accounts)
}
