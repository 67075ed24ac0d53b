//! Comparison of all journals with what the vendors have.

use std::collections::BTreeMap;

use api_sandbox::RecordedRequest;
use serde_json::Value;
use tenant_onboarding::normalize;
use zapsign_api::partner_plans;
use zapsign_api::types::OrganizationId;

use crate::{History, Seen, key};

/// Resources that the vendors list.
struct Vendors {
    /// Identity of each client's address, by the client's id.
    clients: BTreeMap<String, String>,
    /// Client, number and key of each channel.
    channels: BTreeMap<String, (String, String, Option<String>)>,
}

impl History {
    async fn vendors(&mut self) -> Vendors {
        let (dialog360, partner) = (self.dialog360(), self.partner());
        let clients: Vec<_> =
            dialog360.list_clients().partner_id(&partner).items().try_collect().await.expect("a list");
        let clients = clients.into_iter().map(|client| {
            let email = client.contact_user.and_then(|user| user.email).expect("an address");
            (client.id.expect("an id").to_string(), normalize(&email))
        });
        let listed: Vec<_> =
            dialog360.list_channels().partner_id(&partner).items().try_collect().await.expect("a list");
        let mut channels = BTreeMap::new();
        for channel in listed {
            let (id, client) = (channel.id.expect("an id"), channel.client_id.expect("a client").to_string());
            let keys = dialog360.list_channel_api_keys().partner_id(&partner).channel_id(&id).send().await;
            let mut keys = keys.expect("a list").into_inner().api_keys.unwrap_or_default();
            let key = keys.pop().and_then(|key| key.api_key).map(|key| key.expose().to_owned());
            assert!(keys.is_empty(), "a channel has one key");
            channels.insert(id.to_string(), (client, channel.external_id.expect("a number"), key));
        }
        let table = self.zapsign().get_partner_plans().send().await.expect("a table");
        let credentials = self.sandbox.credentials();
        // The first row is the account of the caller.
        for plan in partner_plans::parse(&table).expect("a table").into_iter().skip(1) {
            let id = plan.id.expect("a number");
            if self.accounts.contains_key(&id) {
                continue;
            }
            let organization = OrganizationId::new(id.to_string()).expect("an id");
            let client = zapsign_api::Client::builder()
                .login(organization, credentials.owner.as_str(), credentials.owner_password.as_str())
                .base_url(self.sandbox.url())
                .danger_http_client(self.http.clone())
                .rate_limiting(false);
            let client = client.build().expect("it builds");
            let users: Vec<_> = client.list_users().items().try_collect().await.expect("a list");
            self.accounts.insert(id, users.into_iter().map(|user| normalize(&user.email)).collect());
        }
        Vendors { clients: clients.collect(), channels }
    }

    /// Compares all journals with the vendors' resources.
    pub(crate) async fn check(&mut self, ran: usize, earlier: u64, seen: &mut Seen) {
        let vendors = self.vendors().await;
        let calls: Vec<RecordedRequest> =
            self.sandbox.requests().into_iter().filter(|request| request.number > earlier).collect();
        let journal = &mut self.journals[ran];
        let now = journal.place.progress().await;
        for (identity, was) in &journal.tenants {
            let now = &now[identity];
            assert!(was.client.is_none() || was.client == now.client, "the client of {identity} stays");
            assert!(was.channel.is_none() || was.channel == now.channel, "the channel of {identity} stays");
            assert!(was.account.is_none() || was.account == now.account, "the account of {identity} stays");
            assert!(was.key.is_none() || key(was) == key(now), "the key of {identity} stays");
        }
        journal.tenants = now;
        for (operation, identity) in calls.iter().filter_map(|call| created(call, &vendors)) {
            let count = journal.created.entry((operation, identity)).or_default();
            *count += 1;
        }
        for ((operation, identity), count) in &journal.created {
            assert!(*count <= 1, "one journal had {count} of {operation} for {identity}");
        }

        let mut holders = BTreeMap::new();
        for (identity, progress) in self.journals.iter().flat_map(|journal| &journal.tenants) {
            let mut hold = |thing: String| {
                let other = holders.insert(thing.clone(), identity.clone()).filter(|other| other != identity);
                assert_eq!(other, None, "{thing} has two tenants, {identity} is one of them");
            };
            if let Some(client) = &progress.client {
                hold(client.to_string());
                assert_eq!(vendors.clients.get(client.as_str()), Some(identity), "the client is the tenant's");
            }
            if let Some(account) = progress.account {
                hold(account.to_string());
                assert!(self.accounts[&account].contains(identity), "account {account} is not that of {identity}");
            }
            let Some(channel) = &progress.channel else { continue };
            hold(channel.to_string());
            let (client, number, valid) = &vendors.channels[channel.as_str()];
            assert_eq!(Some(client.as_str()), progress.client.as_ref().map(|client| client.as_str()));
            assert_eq!(Some(number), progress.begun.as_ref().map(|(number, _)| number));
            if let Some(key) = key(progress).filter(|key| valid.as_ref() != Some(key)) {
                assert!(self.revocable.contains(&key), "the key of {identity} was revoked");
                seen.revoked_as_allowed += 1;
            }
        }
    }
}

/// Returns operation and tenant of a call that created a resource of which there must be one.
fn created(call: &RecordedRequest, vendors: &Vendors) -> Option<(String, String)> {
    let operation = call.operation.clone().filter(|_| call.served && call.status.is_some_and(|status| status < 300))?;
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let text = |field: &str| body[field].as_str().unwrap_or_default();
    let identity = match operation.as_str() {
        "create_client" | "create_partner_account" => normalize(text("email")),
        "onboard_number" => vendors.clients[text("client_id")].clone(),
        _ => return None,
    };
    Some((operation, identity))
}
