//! All that is at the vendors, as they list it.

use std::collections::BTreeMap;
use std::time::Duration;

use api_sandbox::Sandbox;
use dialog360_api::MessagingCredentials;
use tenant_onboarding::Entry;
use zapsign_api::partner_plans;
use zapsign_api::types::OrganizationId;

use super::settings::ProcessTimes;
use super::vendor_access::{ClientSettings, VendorAccess};

/// Time by which the vendor's clock goes ahead before a call, so that no limit is met.
const PAUSE: Duration = Duration::from_secs(1);

/// Time for an attempt: no lease depends on these calls, and a slow machine has time enough.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(120);

/// Way to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AccountAccess {
    /// By its token.
    Token,
    /// By its owner's login.
    Login,
}

/// Clients, channels and accounts of the partner.
pub(super) struct VendorState<'s> {
    sandbox: &'s Sandbox,
    access: VendorAccess,
    settings: ClientSettings,
    /// E-mail address of each client, by the client's id.
    pub(super) clients: BTreeMap<String, String>,
    /// Channels by their id.
    pub(super) channels: BTreeMap<String, ListedChannel>,
    /// Name of each account, by the account's id. The partner's own is not among them.
    pub(super) accounts: BTreeMap<i64, String>,
}

/// Channel with its keys.
pub(super) struct ListedChannel {
    pub(super) client: String,
    pub(super) number: String,
    pub(super) keys: Vec<String>,
}

impl<'s> VendorState<'s> {
    /// Lists everything. The sandbox must have no faults.
    pub(super) async fn read(sandbox: &'s Sandbox) -> Self {
        let access = VendorAccess::of(sandbox);
        let times = ProcessTimes { attempt_timeout: ATTEMPT_TIMEOUT, ..ProcessTimes::default() };
        let settings = ClientSettings::new("auditor", &times);
        let dialog360 = access.dialog360(&settings);
        let partner = access.partner();
        let listed = dialog360.list_clients().partner_id(&partner).items().try_collect().await;
        let clients = listed.expect("a list").into_iter().map(|client| {
            let user = client.contact_user.and_then(|user| user.email);
            let contact = client.contact_info.and_then(|contact| contact.email);
            (client.id.expect("an id").to_string(), user.or(contact).unwrap_or_default())
        });
        let clients = clients.collect();
        let listed = dialog360.list_channels().partner_id(&partner).items().try_collect().await;
        let mut channels = BTreeMap::new();
        for channel in listed.expect("a list") {
            let id = channel.id.expect("an id");
            let keys = dialog360.list_channel_api_keys().partner_id(&partner).channel_id(&id).send().await;
            let keys = keys.expect("a list").into_inner().api_keys.unwrap_or_default();
            let listed = ListedChannel {
                client: channel.client_id.map(|client| client.to_string()).unwrap_or_default(),
                number: channel.external_id.unwrap_or_default(),
                keys: keys.into_iter().filter_map(|key| Some(key.api_key?.expose().to_owned())).collect(),
            };
            channels.insert(id.to_string(), listed);
        }
        let zapsign = access.zapsign(&access.api_token, &settings);
        let own = access_of(&zapsign).await;
        let table = zapsign.get_partner_plans().send().await.expect("a table");
        let accounts = partner_plans::parse(&table).expect("a table").into_iter();
        let accounts = accounts.filter(|account| account.id != own);
        let accounts = accounts.filter_map(|account| Some((account.id?, account.name.unwrap_or_default()))).collect();
        Self { sandbox, access, settings, clients, channels, accounts }
    }

    /// Returns `true` if the messaging API takes a key.
    pub(super) async fn takes_key(&self, address: Option<String>, key: &str) -> bool {
        let credentials = MessagingCredentials::new(address, key);
        credentials.set_webhook("https://hooks.example/audit").await.is_ok()
    }

    /// Returns the number of the account that a token gives access to.
    pub(super) async fn account_of_token(&self, token: &str) -> Option<i64> {
        self.sandbox.advance(PAUSE);
        access_of(&self.access.zapsign(token, &self.settings)).await
    }

    /// Returns the number of the account that its owner's login gives access to.
    pub(super) async fn account_of_login(&self, account: i64) -> Option<i64> {
        self.sandbox.advance(PAUSE);
        let organization = OrganizationId::new(account.to_string()).expect("an id");
        access_of(&self.access.login(organization, &self.settings).expect("it builds")).await
    }

    /// Returns the way by which the entries of a tenant say that its account can be used, if that works.
    pub(super) async fn access(&self, entries: &[Entry]) -> Option<AccountAccess> {
        let known = entries.iter().rev().find_map(|entry| match entry {
            Entry::Account { account_id, api_token } => Some((*account_id, Some(api_token))),
            Entry::AccountByLogin { account_id } => Some((*account_id, None)),
            _ => None,
        });
        let (account, way, opened) = match known? {
            (account, Some(token)) => (account, AccountAccess::Token, self.account_of_token(token.expose()).await),
            (account, None) => (account, AccountAccess::Login, self.account_of_login(account).await),
        };
        (opened == Some(account)).then_some(way)
    }

    /// Returns the ids of the channels of a number.
    pub(super) fn channels_of(&self, number: &str) -> Vec<&str> {
        let of = self.channels.iter().filter(|(_, channel)| channel.number == number);
        of.map(|(id, _)| id.as_str()).collect()
    }

    /// Returns the ids of the clients with an e-mail address.
    pub(super) fn clients_of(&self, email: &str) -> Vec<&str> {
        self.clients.iter().filter(|(_, of)| *of == email).map(|(id, _)| id.as_str()).collect()
    }

    /// Returns the ids of the accounts with a name.
    pub(super) fn accounts_of(&self, name: &str) -> Vec<i64> {
        self.accounts.iter().filter(|(_, of)| *of == name).map(|(id, _)| *id).collect()
    }
}

/// Returns the number of the account that a client has access to: the first row of its table of plans is its own.
async fn access_of(client: &zapsign_api::Client) -> Option<i64> {
    let table = client.get_partner_plans().send().await.ok()?;
    partner_plans::parse(&table).ok()?.first()?.id
}
