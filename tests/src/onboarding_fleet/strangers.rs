//! Resources that belong to nobody of a run: clients, numbers, keys and accounts that were there before.

use std::collections::BTreeSet;

use api_sandbox::Sandbox;
use dialog360_api::MessagingCredentials;
use dialog360_api::types::{ChannelFilter, CreateClient, OnboardNumber};
use zapsign_api::types::CreatePartnerAccount;

use super::scaled_limits::longest_window;
use super::settings::ProcessTimes;
use super::vendor_access::{ClientSettings, VendorAccess};
use super::vendor_state::VendorState;

/// Number of strangers.
const STRANGERS: usize = 3;

/// Strangers with all that they have.
pub(super) struct Strangers(Vec<Stranger>);

struct Stranger {
    client: String,
    channel: String,
    key: MessagingCredentials,
    account: i64,
    token: String,
}

impl Strangers {
    /// Creates them, each with one of everything.
    pub(super) async fn create(sandbox: &Sandbox) -> Self {
        let access = VendorAccess::of(sandbox);
        let settings = ClientSettings::new("stranger", &ProcessTimes::default());
        let (dialog360, zapsign) = (access.dialog360(&settings), access.zapsign(&access.api_token, &settings));
        let partner = access.partner();
        let mut strangers = Vec::new();
        for number in 0..STRANGERS {
            let (name, email) = (format!("Stranger {number}"), format!("it@stranger-{number}.example"));
            let body = CreateClient::builder().name(&name).email(&email).build();
            dialog360.create_client().partner_id(&partner).body(&body).send().await.expect("a client");
            let found = dialog360.find_client_by_email(&partner, &email).await.expect("a list");
            let client = found.into_iter().next().and_then(|client| client.id).expect("a client");
            let external_id = format!("55{number}");
            let body = OnboardNumber::builder()
                .solution_id("1")
                .waba_external_id(format!("44{number}"))
                .channel_external_id(&external_id)
                .client_id(client.as_str())
                .build();
            dialog360.onboard_number().partner_id(&partner).body(&body).send().await.expect("a number");
            let filter = ChannelFilter::new().external_id(external_id.as_str());
            let page = dialog360.list_channels().partner_id(&partner).filters(&filter).send().await.expect("a list");
            let channel = page.into_inner().partner_channels.and_then(|list| list.into_iter().next()?.id);
            let channel = channel.expect("a channel");
            let key = dialog360.create_channel_api_key().partner_id(&partner).channel_id(&channel).send().await;
            let key = MessagingCredentials::from_response(&key.expect("a key")).expect("a key");
            let body = CreatePartnerAccount::builder()
                .company_name(&name)
                .email(&email)
                .country("br".into())
                .lang("pt-br".into())
                .build();
            let account = zapsign.create_partner_account().body(&body).send().await.expect("an account").into_inner();
            let token = account.api_token.expose().to_owned();
            let (client, channel) = (client.to_string(), channel.to_string());
            strangers.push(Stranger { client, channel, key, account: account.id, token });
        }
        // These calls are not those of the processes. The vendor's clock can't go ahead instead: it tells dates.
        tokio::time::sleep(longest_window()).await;
        Self(strangers)
    }

    pub(super) fn clients(&self) -> BTreeSet<&str> {
        self.0.iter().map(|stranger| stranger.client.as_str()).collect()
    }

    pub(super) fn channels(&self) -> BTreeSet<&str> {
        self.0.iter().map(|stranger| stranger.channel.as_str()).collect()
    }

    pub(super) fn accounts(&self) -> BTreeSet<i64> {
        self.0.iter().map(|stranger| stranger.account).collect()
    }

    /// Returns a line for each thing of theirs that does not work any more.
    pub(super) async fn damage(&self, state: &VendorState<'_>) -> Vec<String> {
        let mut damage = Vec::new();
        for Stranger { client, channel, key, account, token } in &self.0 {
            let of_client = state.channels.get(channel).is_some_and(|channel| channel.client == *client);
            if !of_client || !state.clients.contains_key(client) {
                damage.push(format!("client {client} of a stranger has lost channel {channel}"));
            }
            if !state.takes_key(key.address.clone(), key.key.expose()).await {
                damage.push(format!("the key of a stranger's channel {channel} is revoked"));
            }
            if state.account_of_token(token).await != Some(*account) {
                damage.push(format!("the token of a stranger's account {account} is revoked"));
            }
        }
        damage
    }
}
