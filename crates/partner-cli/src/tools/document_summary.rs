//! Summary of a ZapSign document.

use serde_json::{Map, Value};

const FIELDS: [&str; 5] = ["token", "name", "status", "deleted", "rejected_reason"];
const SIGNER_FIELDS: [&str; 4] = ["token", "name", "status", "signed_at"];

/// Returns what tells how far a document is: its state, and that of its signers.
pub(super) fn of(document: &Value) -> Map<String, Value> {
    let mut summary = chosen(document, &FIELDS);
    let signers = document["signers"].as_array().into_iter().flatten();
    summary.insert("signers".to_owned(), signers.map(|signer| chosen(signer, &SIGNER_FIELDS)).collect());
    summary
}

fn chosen(value: &Value, names: &[&str]) -> Map<String, Value> {
    let there = names.iter().filter_map(|name| Some(((*name).to_owned(), value.get(name)?.clone())));
    there.filter(|(_, value)| !value.is_null()).collect()
}
