//! Audit of tenants numbered from 0: what the vendors have, against what is written in a state file.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use api_sandbox::Sandbox;
use dialog360_api::types::{ChannelId, PartnerId};
use serde_json::Value;
use zapsign_api::partner_plans;
use zapsign_api::types::OrganizationId;

/// Returns the e-mail address of a tenant.
pub fn email(number: usize) -> String {
    format!("it@tenant-{number}.example")
}

/// Last entries of each tenant in the state file.
pub struct State {
    /// Entry by tenant and step.
    steps: HashMap<(String, String), Value>,
    pub secrets: BTreeSet<String>,
}

impl State {
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("the file");
        let mut steps = HashMap::new();
        let mut secrets = BTreeSet::new();
        for line in text.lines().skip(1) {
            let line: Value = serde_json::from_str(line).expect("whole lines");
            let of = |name: &str| line[name].as_str().map(ToOwned::to_owned);
            secrets.extend(of("api_key").into_iter().chain(of("api_token")));
            steps.insert((of("tenant").expect("a tenant"), of("step").expect("a step")), line);
        }
        Self { steps, secrets }
    }

    fn step(&self, number: usize, step: &str) -> Option<&Value> {
        self.steps.get(&(email(number), step.to_owned()))
    }
}

/// Checks that each tenant has one client, one number and one key, and that the key of the state file is the valid one.
pub async fn numbers(sandbox: &Sandbox, state: &State, tenants: usize) {
    let credentials = sandbox.credentials();
    let partner = PartnerId::new(credentials.partner_id.as_str()).expect("an id");
    let client = dialog360_api::Client::builder().api_key(credentials.api_key.as_str()).base_url(sandbox.url());
    let client = client.build().expect("it builds");
    let clients: Vec<_> = client.list_clients().partner_id(&partner).items().try_collect().await.expect("a list");
    let addresses: BTreeSet<_> =
        clients.iter().map(|client| client.contact_user.as_ref().and_then(|user| user.email.clone())).collect();
    assert_eq!((clients.len(), addresses.len()), (tenants, tenants), "clients and their addresses");
    let channels: Vec<_> = client.list_channels().partner_id(&partner).items().try_collect().await.expect("a list");
    let numbers: BTreeMap<_, _> = channels.iter().map(|channel| (channel.external_id.clone(), channel)).collect();
    assert_eq!((channels.len(), numbers.len()), (tenants, tenants), "channels and their numbers");
    for number in 0..tenants {
        let channel = numbers[&Some(format!("33{number}"))];
        let id = state.step(number, "client").expect("a client")["client_id"].clone();
        assert_eq!(id, channel.client_id.as_ref().expect("a client").as_str(), "the number of tenant {number}");
        let id = state.step(number, "number").expect("a number")["channel_id"].clone();
        assert_eq!(id, channel.id.as_ref().expect("an id").as_str());
        let id = ChannelId::new(id.as_str().expect("a text")).expect("an id");
        let keys = client.list_channel_api_keys().partner_id(&partner).channel_id(&id).send().await.expect("a list");
        let keys = keys.into_inner().api_keys.unwrap_or_default();
        let [key] = &keys[..] else { panic!("one key") };
        let kept = state.step(number, "key").expect("a key")["api_key"].clone();
        let valid = key.api_key.as_ref().expect("a key").expose();
        assert_eq!(kept, valid, "the key of tenant {number} that was written down is the one that is valid");
    }
}

/// Checks the accounts, and returns how many need the owner's login because their token was lost.
pub async fn accounts(sandbox: &Sandbox, state: &State, tenants: usize) -> usize {
    let credentials = sandbox.credentials();
    let builder = || zapsign_api::Client::builder().base_url(sandbox.url()).rate_limiting(false);
    let partner = builder().api_token(credentials.api_token.as_str()).build().expect("it builds");
    let plans = async |client: &zapsign_api::Client| {
        let table = client.get_partner_plans().send().await.expect("a table");
        partner_plans::parse(&table).expect("a table")
    };
    // The first row is the account of the caller.
    let all = plans(&partner).await;
    let names: BTreeMap<_, _> = all.iter().skip(1).map(|plan| (plan.name.clone(), plan.id)).collect();
    assert_eq!((all.len() - 1, names.len()), (tenants, tenants), "accounts and their names");
    let mut by_login = 0;
    for number in 0..tenants {
        let id = names[&Some(format!("Tenant {number}"))];
        let client = match (state.step(number, "account"), state.step(number, "account_by_login")) {
            (Some(account), None) => {
                assert_eq!(account["account_id"].as_i64(), id);
                builder().api_token(account["api_token"].as_str().expect("a token"))
            }
            (None, Some(account)) => {
                by_login += 1;
                assert_eq!(account["account_id"].as_i64(), id);
                let organization = OrganizationId::new(id.expect("a number").to_string()).expect("an id");
                builder().login(organization, credentials.owner.as_str(), credentials.owner_password.as_str())
            }
            other => panic!("tenant {number}: {other:?}"),
        };
        let own = plans(&client.build().expect("it builds")).await;
        assert_eq!(own.first().and_then(|plan| plan.id), id, "what was kept opens the account of tenant {number}");
    }
    by_login
}
