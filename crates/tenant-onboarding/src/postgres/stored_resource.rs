use crate::entry::{Entry, Resource};

/// Kinds of the claims of [`Entry::Tenant`], which replace those of an earlier one.
const REPLACED: &[&str] = &["phone_number", "name"];

/// Returns kind and value of a resource as its row has them.
pub(super) fn to_row(resource: &Resource) -> (&'static str, String) {
    let (kind, value) = match resource {
        Resource::PhoneNumber(id) => ("phone_number", id.clone()),
        Resource::Name(name) => ("name", name.clone()),
        Resource::Client(id) => ("client", id.clone()),
        Resource::Channel(id) => ("channel", id.clone()),
        Resource::Account(id) => ("account", id.to_string()),
    };
    // As in the entry: Postgres has no text with NUL.
    (kind, value.replace('\0', "\u{fffd}"))
}

/// Returns the id of a resource with its kind, for an operator.
pub(super) fn description(kind: &str, value: &str) -> String {
    format!("{kind} {value}")
}

/// Returns the kinds of resources that an entry's claims replace.
pub(super) fn replaced_kinds(entry: &Entry) -> &'static [&'static str] {
    if matches!(entry, Entry::Tenant { .. }) { REPLACED } else { &[] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_replaces_the_kinds_that_it_claims_or_none() {
        let entry = Entry::Tenant { phone_number_id: "1".to_owned(), name: "Aurora".to_owned() };
        let claimed: Vec<_> = entry.claims().iter().map(|resource| to_row(resource).0).collect();
        assert_eq!(claimed, replaced_kinds(&entry));
        assert!(replaced_kinds(&Entry::AccountByLogin { account_id: 1 }).is_empty());
    }

    #[test]
    fn nul_is_replaced() {
        assert_eq!(to_row(&Resource::Name("a\0b".to_owned())), ("name", "a\u{fffd}b".to_owned()));
    }
}
