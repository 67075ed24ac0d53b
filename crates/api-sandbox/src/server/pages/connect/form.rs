//! Forms of the pages.

use crate::vendors::{Account, Decision, FormEntries, Outcome, SignUpEntry, SignUpLink};

/// Returns the decision of a client; `None` if it has given up.
pub(super) fn decision(form: &FormEntries) -> Option<Decision> {
    let outcome = match form.text("outcome") {
        "cancel" => return None,
        "revoke" => Outcome::Revoke,
        "number_not_verified" => Outcome::NumberNotVerified,
        _ => Outcome::Permit,
    };
    let ids = |name: &str| form.all(name).map(ToOwned::to_owned).collect();
    let is_checked = |name: &str| form.text(name) == "true";
    Some(Decision {
        outcome,
        permit: ids("permit"),
        revoke: ids("revoke"),
        permit_new: is_checked("permit_new"),
        is_slow: is_checked("slow"),
        events_after_redirect: form.text("events") == "after",
        omit_empty_channels: is_checked("omit_empty_channels"),
    })
}

/// Values in the form of the first page.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) number: String,
    /// Id of the chosen client.
    pub(super) client: String,
}

impl Entry {
    /// Returns what the link fills in.
    pub(super) fn of_link(link: &SignUpLink) -> Self {
        let text = |name: &str| link.text(name).to_owned();
        Self { name: text("name"), email: text("email"), number: text("number"), client: String::new() }
    }

    /// Returns what a client has filled in.
    pub(super) fn of_form(form: &FormEntries) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self { name: text("name"), email: text("email"), number: text("number"), client: text("client") }
    }

    /// Returns the entry of a client that logs in or signs up.
    pub(super) fn sign_up(&self, is_login: bool) -> SignUpEntry {
        let account = if is_login {
            Account::Known(self.client.clone())
        } else {
            Account::New { name: self.name.clone(), email: self.email.clone() }
        };
        SignUpEntry { account, number: self.number.clone() }
    }
}
