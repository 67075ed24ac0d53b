//! Content of the pages.

use serde_json::Value;

use super::error::SignUpError;
use super::link::{SignUpLink, digits};
use crate::vendors::dialog360::state::{Channel, Dialog360, Permission};

/// Content of the page on which a client signs up or logs in.
pub(crate) struct SignUpView {
    pub(crate) partner: String,
    /// Clients that can log in.
    pub(crate) clients: Vec<ClientView>,
    /// `false` if the partner lets its clients add no number.
    pub(crate) may_add_number: bool,
    /// Address to go back to.
    pub(crate) redirect_url: Option<String>,
}

/// Client as a page shows it.
pub(crate) struct ClientView {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
}

/// Content of the page on which a client permits numbers.
pub(crate) struct PermissionView {
    pub(crate) partner: String,
    pub(crate) client: ClientView,
    /// Numbers of the client.
    pub(crate) numbers: Vec<NumberView>,
    /// Digits of the number that is to be added.
    pub(crate) new_number: Option<String>,
    /// Address to go back to.
    pub(crate) redirect_url: Option<String>,
}

/// Number with a channel, as a page shows it.
pub(crate) struct NumberView {
    pub(crate) channel: String,
    pub(crate) number: String,
    pub(crate) status: String,
    pub(crate) is_permitted: bool,
    /// `true` if it can be permitted: it is not yet, or this visit is about it.
    pub(crate) is_offered: bool,
}

impl Dialog360 {
    /// Returns the content of the first page.
    ///
    /// # Errors
    ///
    /// Returns [`SignUpError`] if the link is not valid, or was used.
    pub(crate) fn sign_up_view(&self, link: &SignUpLink) -> Result<SignUpView, SignUpError> {
        self.check_unused(link)?;
        Ok(SignUpView {
            partner: text(&self.partner, "brand_name"),
            clients: self.clients.iter().map(client_view).collect(),
            may_add_number: self.may_add_number(),
            redirect_url: self.redirect_url(link).map(ToOwned::to_owned),
        })
    }

    /// Returns the content of the page of a client.
    ///
    /// # Errors
    ///
    /// Returns [`SignUpError`] if the link is not valid, or the client does not exist.
    pub(crate) fn permission_view(&self, link: &SignUpLink, client_id: &str) -> Result<PermissionView, SignUpError> {
        self.check_link(link)?;
        let client = self.client(client_id)?;
        let numbers = self.channels.iter().filter(|channel| channel.value["client_id"] == client_id);
        let is_known = |number: &String| self.channels.iter().any(|channel| number_of(channel) == *number);
        let asked_for = digits(link.text("number"));
        let numbers = numbers.map(|channel| number_view(channel, asked_for.as_deref())).collect();
        let new_number = asked_for.filter(|number| self.may_add_number() && !is_known(number));
        Ok(PermissionView {
            partner: text(&self.partner, "brand_name"),
            client: client_view(client),
            numbers,
            new_number,
            redirect_url: self.redirect_url(link).map(ToOwned::to_owned),
        })
    }
}

/// Returns the digits of a channel's number, which a seed may write with others between.
pub(super) fn number_of(channel: &Channel) -> String {
    let written = channel.value["setup_info"]["phone_number"].as_str().unwrap_or_default();
    digits(written).unwrap_or_else(|| written.to_owned())
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

fn client_view(client: &Value) -> ClientView {
    ClientView { id: text(client, "id"), name: text(client, "name"), email: text(&client["contact_info"], "email") }
}

fn number_view(channel: &Channel, asked_for: Option<&str>) -> NumberView {
    let (is_permitted, number) = (channel.permission == Permission::Granted, number_of(channel));
    NumberView {
        channel: text(&channel.value, "id"),
        status: text(&channel.value, "status"),
        is_permitted,
        is_offered: !is_permitted || asked_for == Some(number.as_str()),
        number,
    }
}
