//! Second step of a visit: the client permits numbers, and goes back to the partner.

use std::mem;
use std::time::Duration;

use super::error::SignUpError;
use super::link::{SignUpLink, digits};
use super::redirect::Redirect;
use super::view::number_of;
use crate::clock::later;
use crate::vendors::dialog360::handlers::NewNumber;
use crate::vendors::dialog360::state::{Channel, Dialog360, Due, Permission};
use crate::vendors::vendor::HandlerContext;

/// Time after the redirect at which events come that are to come after it.
const EVENTS_AFTER_REDIRECT: Duration = Duration::from_secs(5);

/// Decision of a client about its numbers.
pub(crate) struct Decision {
    pub(crate) outcome: Outcome,
    /// Channels to permit.
    pub(crate) permit: Vec<String>,
    /// Channels to revoke.
    pub(crate) revoke: Vec<String>,
    /// `true` if the number that is added is permitted.
    pub(crate) permit_new: bool,
    /// `true` if the channel that is added runs a day later only.
    pub(crate) is_slow: bool,
    /// `true` if the events of this decision come some seconds after the redirect.
    pub(crate) events_after_redirect: bool,
    /// `true` if an empty list of channels is left out of the redirect.
    pub(crate) omit_empty_channels: bool,
}

/// Outcome of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The chosen channels are permitted and revoked.
    Permit,
    /// All channels are revoked.
    Revoke,
    /// The new number is not verified, and nothing comes of the visit.
    NumberNotVerified,
}

impl Dialog360 {
    /// Adds the number of the link, records the permissions, and returns the address to go back to. The address lists what this
    /// decision permits, and what it revokes that was not revoked before.
    ///
    /// # Errors
    ///
    /// Returns [`SignUpError`] if the link is not valid, the client does not exist, or there is no address to go back to: the
    /// number is added then, and nothing permitted, as the permission could not be shared.
    pub(crate) fn decide(
        &mut self,
        link: &SignUpLink,
        client_id: &str,
        decision: &Decision,
        context: &mut HandlerContext<'_>,
    ) -> Result<String, SignUpError> {
        self.check_link(link)?;
        self.client(client_id)?;
        if decision.outcome == Outcome::NumberNotVerified {
            return Err(SignUpError::NumberNotVerified);
        }
        let new = self.add_number_of(link, client_id, decision.is_slow, context);
        let address = self.redirect_url(link).map(ToOwned::to_owned);
        let address = address.ok_or(SignUpError::NoRedirectUrl)?;
        let is_new = |id: &str| decision.permit_new && new.as_deref() == Some(id);
        let (mut channels, mut revoked) = (Vec::new(), Vec::new());
        for channel in self.channels.iter_mut().filter(|channel| channel.value["client_id"] == client_id) {
            let id = channel.value["id"].as_str().unwrap_or_default().to_owned();
            let is_permitted = decision.permit.contains(&id) || is_new(&id);
            if decision.outcome == Outcome::Revoke || (decision.revoke.contains(&id) && !is_permitted) {
                if channel.permission != Permission::Withheld {
                    channel.permission = Permission::Withheld;
                    revoked.push(id);
                }
            } else if is_permitted {
                channels.push((id, mem::replace(&mut channel.permission, Permission::Granted)));
            }
        }
        for (id, before) in &channels {
            if *before != Permission::Granted {
                self.emit_permission(id, context);
            }
        }
        if decision.events_after_redirect {
            let held = mem::take(context.outbox);
            self.schedule.add(later(context.now, EVENTS_AFTER_REDIRECT), Due::Events(held));
        }
        let channels: Vec<String> = channels.into_iter().map(|(id, _)| id).collect();
        let redirect = Redirect {
            client: client_id,
            channels: &channels,
            revoked: &revoked,
            state: link.parameter("state"),
            omit_empty_channels: decision.omit_empty_channels,
        };
        redirect.address(&address).ok_or(SignUpError::NoRedirectUrl)
    }

    /// Adds a channel for the number of the link, unless there is one, as after the form was sent twice. Returns its id.
    fn add_number_of(
        &mut self,
        link: &SignUpLink,
        client_id: &str,
        is_slow: bool,
        context: &mut HandlerContext<'_>,
    ) -> Option<String> {
        let number = digits(link.text("number")).filter(|_| self.may_add_number())?;
        if let Some(known) = self.channels.iter().find(|channel| number_of(channel) == number) {
            return known.value["id"].as_str().map(ToOwned::to_owned);
        }
        let client = self.client(client_id).ok()?.clone();
        let account = self.waba_accounts.iter().find(|account| account["client_id"] == client_id);
        let waba_external_id = account.and_then(|account| account["external_id"].as_str()).map(ToOwned::to_owned);
        let waba_external_id =
            waba_external_id.unwrap_or_else(|| context.ids.number("waba account", client_id, 15).to_string());
        let number = NewNumber {
            external_id: context.ids.number("channel", &number, 15).to_string(),
            phone_number: Some(number),
            waba_external_id: &waba_external_id,
            waba_business_id: None,
            permission: Permission::Withheld,
            is_slow,
        };
        Some(self.add_channel(&client, number, context))
    }

    fn emit_permission(&self, id: &str, context: &mut HandlerContext<'_>) {
        if let Some(Channel { value, .. }) = self.channels.iter().find(|channel| channel.value["id"] == id) {
            self.emit_event("channel_permission_granted", id, value.clone(), context);
        }
    }
}
