//! Secrets that the vendors have created, and where they are now.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tenant_onboarding::Entry;

use super::audit::JournaledTenant;
use super::recorded_calls::RecordedCalls;

/// Secrets of one kind, each in the response to one call only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenCounts {
    /// Number that the vendor has created.
    pub created: usize,
    /// Number whose response broke between vendor and process.
    pub broken: usize,
    /// Number that arrived at a process and are in the journal.
    pub kept: usize,
    /// Number that arrived at a process that was killed, and are not in the journal.
    pub killed: usize,
    /// Number that arrived at a process that was not killed, and are not in the journal.
    pub lost: usize,
}

impl TokenCounts {
    /// Counts the tokens of accounts.
    pub(super) fn of_accounts(
        calls: &RecordedCalls,
        tenants: &[JournaledTenant],
        killed: &BTreeSet<String>,
        workers: usize,
    ) -> Self {
        Self::new(calls, "create_partner_account", "api_token", &secrets(tenants), killed, workers)
    }

    /// Counts the messaging keys.
    pub(super) fn of_keys(
        calls: &RecordedCalls,
        tenants: &[JournaledTenant],
        killed: &BTreeSet<String>,
        workers: usize,
    ) -> Self {
        Self::new(calls, "create_channel_api_key", "api_key", &secrets(tenants), killed, workers)
    }

    fn new(
        calls: &RecordedCalls,
        operation: &str,
        field: &str,
        secrets: &BTreeSet<&str>,
        killed: &BTreeSet<String>,
        workers: usize,
    ) -> Self {
        let mut counts = Self::default();
        // A process that is killed has no more responses in its hands than workers.
        let mut in_hands: BTreeMap<&str, usize> = BTreeMap::new();
        for call in calls.iter().filter(|call| call.operation == operation) {
            let Some(response) = &call.response else { continue };
            let response: Value = serde_json::from_str(response).expect("JSON");
            let secret = response[field].as_str().expect("a secret");
            counts.created += 1;
            if secrets.contains(secret) {
                counts.kept += 1;
            } else if !call.delivered {
                counts.broken += 1;
            } else if killed.contains(&call.process) {
                *in_hands.entry(&call.process).or_default() += 1;
            } else {
                counts.lost += 1;
            }
        }
        for count in in_hands.into_values() {
            counts.killed += count.min(workers);
            counts.lost += count.saturating_sub(workers);
        }
        counts
    }
}

/// Returns all secrets of the journal.
fn secrets(tenants: &[JournaledTenant]) -> BTreeSet<&str> {
    tenants.iter().flat_map(|tenant| &tenant.entries).filter_map(secret).collect()
}

/// Returns the secret of an entry that has one.
fn secret(entry: &Entry) -> Option<&str> {
    match entry {
        Entry::Key { api_key, .. } => Some(api_key.expose()),
        Entry::Account { api_token, .. } => Some(api_token.expose()),
        _ => None,
    }
}
