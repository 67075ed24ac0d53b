//! Audit of a run: what is at the vendors is compared with what the journal has.

use std::collections::BTreeSet;

use tenant_onboarding::{Entry, JournalError, PostgresJournal, Progress, Tenant, normalize};

use super::audit_findings::AuditFindings;
use super::strangers::Strangers;
use super::vendor_state::{AccountAccess, VendorState};

/// Tenant with its entries.
pub(super) struct JournaledTenant {
    pub(super) tenant: Tenant,
    pub(super) entries: Vec<Entry>,
}

/// Reads the entries of tenants.
///
/// # Errors
///
/// As the journal.
pub(super) async fn journaled(
    journal: &PostgresJournal,
    tenants: Vec<Tenant>,
) -> Result<Vec<JournaledTenant>, JournalError> {
    let mut journaled = Vec::new();
    for tenant in tenants {
        let entries = journal.entries(&tenant.identity()).await?;
        journaled.push(JournaledTenant { tenant, entries });
    }
    Ok(journaled)
}

/// Things of the tenants, by their ids.
#[derive(Default)]
struct Owned {
    clients: BTreeSet<String>,
    channels: BTreeSet<String>,
    accounts: BTreeSet<i64>,
}

/// Compares the vendors with the journal.
pub(super) async fn audit(
    state: &VendorState<'_>,
    tenants: &[JournaledTenant],
    strangers: &Strangers,
) -> AuditFindings {
    let (mut findings, mut owned) = (AuditFindings::default(), Owned::default());
    for tenant in tenants {
        let problems = audit_tenant(state, tenant, &mut findings, &mut owned).await;
        let name = &tenant.tenant.name;
        findings.problems.extend(problems.into_iter().map(|problem| format!("{name}: {problem}")));
    }
    findings.problems.extend(strangers.damage(state).await);
    let (clients, channels, accounts) = (strangers.clients(), strangers.channels(), strangers.accounts());
    let clients = state.clients.keys().filter(|id| !owned.clients.contains(*id) && !clients.contains(id.as_str()));
    let channels = state.channels.keys().filter(|id| !owned.channels.contains(*id) && !channels.contains(id.as_str()));
    let accounts = state.accounts.keys().filter(|id| !owned.accounts.contains(id) && !accounts.contains(id));
    let ownerless = clients.map(|id| format!("client {id}"));
    let ownerless = ownerless.chain(channels.map(|id| format!("channel {id}")));
    let ownerless: Vec<String> = ownerless.chain(accounts.map(|id| format!("account {id}"))).collect();
    findings.ownerless = ownerless.len();
    findings.problems.extend(ownerless.into_iter().map(|thing| format!("{thing} belongs to nobody")));
    findings
}

/// Counts what a tenant has, and returns a line for each thing that is not as promised.
async fn audit_tenant(
    state: &VendorState<'_>,
    JournaledTenant { tenant, entries }: &JournaledTenant,
    findings: &mut AuditFindings,
    owned: &mut Owned,
) -> Vec<String> {
    let mut problems = Vec::new();
    let mut progress = Progress::default();
    entries.iter().for_each(|entry| progress.apply(entry));
    findings.replaced_keys += entries.iter().filter(|entry| matches!(entry, Entry::KeyReplaced)).count();

    let client = progress.client.as_ref().map(ToString::to_string);
    let clients = state.clients_of(&tenant.email);
    if clients.len() == 1 && Some(clients[0]) == client.as_deref() {
        findings.clients += 1;
    } else {
        problems.push(format!("the clients {clients:?} are there, and {client:?} is in the journal"));
    }
    owned.clients.extend(client.clone());

    let channel = progress.channel.as_ref().map(ToString::to_string);
    let channels = state.channels_of(&tenant.phone_number_id);
    let listed = channel.as_ref().and_then(|id| state.channels.get(id));
    let is_clients = listed.is_some_and(|listed| Some(&listed.client) == client.as_ref());
    if channels.len() == 1 && Some(channels[0]) == channel.as_deref() && is_clients {
        findings.channels += 1;
    } else {
        problems.push(format!("the channels {channels:?} are there, and {channel:?} is in the journal"));
    }
    owned.channels.extend(channel.clone());

    let key = progress.key.as_ref().map(|(address, key)| (address.clone(), key.expose()));
    let is_present = match (listed, &key) {
        (Some(listed), Some((_, key))) => listed.keys == [*key],
        _ => false,
    };
    match key {
        Some((address, key)) if is_present && state.takes_key(address.clone(), key).await => findings.keys += 1,
        Some(_) => problems.push("the key in the journal is not the one that works".to_owned()),
        None => problems.push("no key is in the journal".to_owned()),
    }

    let named = state.accounts.iter().filter(|(_, name)| normalize(name) == normalize(&tenant.name));
    let accounts: Vec<i64> = named.map(|(id, _)| *id).collect();
    match progress.account {
        Some(account) if accounts == [account] => findings.accounts += 1,
        account => problems.push(format!("the accounts {accounts:?} are there, and {account:?} is in the journal")),
    }
    owned.accounts.extend(progress.account);
    if let Some(account) = progress.account {
        match state.access(entries).await {
            Some(AccountAccess::Token) => findings.by_token += 1,
            Some(AccountAccess::Login) => findings.by_login += 1,
            None => problems.push(format!("what is in the journal gives no access to account {account}")),
        }
    }
    problems
}
