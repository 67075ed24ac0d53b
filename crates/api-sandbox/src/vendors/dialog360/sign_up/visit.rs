//! First step of a visit: a client signs up or logs in, and gives a number.

use serde_json::Value;

use super::error::SignUpError;
use super::link::{SignUpLink, digits};
use super::view::number_of;
use crate::spec::Violation;
use crate::vendors::dialog360::state::Dialog360;
use crate::vendors::field_checks::{is_email, is_http_url};
use crate::vendors::vendor::HandlerContext;

/// Entries in the form.
pub(crate) struct SignUpEntry {
    pub(crate) account: Account,
    /// Number as it was written; empty if there is none.
    pub(crate) number: String,
}

/// Account of a client.
pub(crate) enum Account {
    /// One to be created, unless there is one with this e-mail address.
    New { name: String, email: String },
    /// That of the client with this id.
    Known(String),
}

/// Client that has signed up or logged in.
pub(crate) struct SignedUp {
    pub(crate) client: String,
    /// Digits of the number to be added; empty if there is none.
    pub(crate) number: String,
}

impl Dialog360 {
    /// Signs a client up, or logs it in. From then on the signature of the link is used.
    ///
    /// # Errors
    ///
    /// Returns [`SignUpError`] if the link is not valid or was used, or [`SignUpError::Fields`].
    pub(crate) fn sign_up(
        &mut self,
        link: &SignUpLink,
        entry: &SignUpEntry,
        context: &mut HandlerContext<'_>,
    ) -> Result<SignedUp, SignUpError> {
        let signature = self.check_unused(link)?;
        let mut violations = Vec::new();
        let known = match &entry.account {
            Account::New { name, email } => {
                if name.trim().is_empty() {
                    violations.push(Violation::of_field("name", "Enter the name of your company."));
                }
                if !is_email(email) {
                    let message = "Enter an e-mail address, such as office@bakery.example.";
                    violations.push(Violation::of_field("email", message));
                }
                self.client_with_email(email)
            }
            Account::Known(id) => {
                let known = self.client(id).ok();
                if known.is_none() {
                    violations.push(Violation::of_field("client", "Choose an account."));
                }
                known
            }
        };
        let known = known.and_then(|client| client["id"].as_str()).map(ToOwned::to_owned);
        let number = self.number_to_add(&entry.number, known.as_deref());
        let number =
            number.map_err(|reason| violations.push(Violation::of_field("number", reason))).unwrap_or_default();
        if !violations.is_empty() {
            return Err(SignUpError::Fields(violations));
        }
        self.used_signatures.extend(signature);
        let client = match (known, &entry.account) {
            (Some(id), _) => id,
            (None, Account::Known(id)) => id.clone(),
            (None, Account::New { name, email }) => self.add_client(name.trim(), email, None, context),
        };
        Ok(SignedUp { client, number })
    }

    /// Returns the digits of a number that a client may add; none if it has numbers and gives no other.
    fn number_to_add(&self, written: &str, client: Option<&str>) -> Result<String, &'static str> {
        let has_numbers = client.is_some_and(|id| self.channels.iter().any(|channel| channel.value["client_id"] == id));
        if !self.may_add_number() || (written.trim().is_empty() && has_numbers) {
            return Ok(String::new());
        }
        let number = digits(written).ok_or("Enter the number with its country code: 7 to 15 digits.")?;
        let is_of_other = self
            .channels
            .iter()
            .any(|channel| number_of(channel) == number && client.is_none_or(|id| channel.value["client_id"] != id));
        if is_of_other { Err("This number is connected to another account. Enter another number.") } else { Ok(number) }
    }

    /// Returns the client with this e-mail address, by which a client logs in.
    fn client_with_email(&self, email: &str) -> Option<&Value> {
        let email = email.trim();
        let has_email = |client: &&Value| {
            client["contact_info"]["email"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(email))
        };
        self.clients.iter().find(has_email)
    }

    /// Returns the client with this id.
    pub(super) fn client(&self, id: &str) -> Result<&Value, SignUpError> {
        self.clients.iter().find(|client| client["id"] == id).ok_or(SignUpError::UnknownClient)
    }

    /// Returns `true` if the clients of the partner may add numbers.
    pub(super) fn may_add_number(&self) -> bool {
        self.partner["allow_client_to_add_phone_no"] != false
    }

    /// Returns the address to go back to: that of the link, or else that of the partner.
    pub(super) fn redirect_url<'r>(&'r self, link: &'r SignUpLink) -> Option<&'r str> {
        let of_link = Some(link.text("redirect_url")).filter(|url| !url.is_empty());
        let url = of_link.or_else(|| self.partner["partner_redirect_url"].as_str());
        // No other address is ever followed.
        url.filter(|url| is_http_url(url))
    }

    /// Checks partner, redirect address and signature of a link. Returns the signature.
    pub(super) fn check_link(&self, link: &SignUpLink) -> Result<Option<[u8; 64]>, SignUpError> {
        if link.partner_id != self.credentials.partner_id {
            return Err(SignUpError::UnknownPartner);
        }
        let redirect_url = link.text("redirect_url");
        if !redirect_url.is_empty() && !is_http_url(redirect_url) {
            return Err(SignUpError::InvalidRedirectUrl);
        }
        link.signature(self.credentials.platform_secret.as_deref())
    }

    /// Checks a link as [`Self::check_link`] does, and that its signature was not used.
    pub(super) fn check_unused(&self, link: &SignUpLink) -> Result<Option<[u8; 64]>, SignUpError> {
        let signature = self.check_link(link)?;
        match signature {
            Some(used) if self.used_signatures.contains(&used) => Err(SignUpError::UsedSignature),
            _ => Ok(signature),
        }
    }
}
