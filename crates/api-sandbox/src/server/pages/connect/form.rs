//! Forms of the pages.

use crate::vendors::{Account, Decision, Outcome, SignUpEntry, SignUpLink};

/// Fields of a form, as a browser sends them.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Parses the body of a request.
    pub(super) fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// Returns the value of a field; the empty text if it is not there.
    fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Returns `true` if a box with the value `true` is checked.
    fn is_checked(&self, name: &str) -> bool {
        self.text(name) == "true"
    }

    /// Returns the values of the boxes of this name that are checked.
    fn checked(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }

    /// Returns the decision of a client; `None` if it has given up.
    pub(super) fn decision(&self) -> Option<Decision> {
        let outcome = match self.text("outcome") {
            "cancel" => return None,
            "revoke" => Outcome::Revoke,
            "number_not_verified" => Outcome::NumberNotVerified,
            _ => Outcome::Permit,
        };
        Some(Decision {
            outcome,
            permit: self.checked("permit"),
            revoke: self.checked("revoke"),
            permit_new: self.is_checked("permit_new"),
            is_slow: self.is_checked("slow"),
            events_after_redirect: self.text("events") == "after",
            omit_empty_channels: self.is_checked("omit_empty_channels"),
        })
    }
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
    pub(super) fn of_form(form: &Form) -> Self {
        let text = |name: &str| form.text(name).trim().to_owned();
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
