//! Sign-up: what a client of 360dialog does on the hosted pages.

use std::time::Duration;

use super::dispatcher::Dispatcher;
use crate::vendors::{
    Decision, Dialog360, HandlerContext, PermissionView, SignUpEntry, SignUpError, SignUpLink, SignUpView, SignedUp,
};

/// Longest time for which the redirect is held back until events have arrived.
const REDIRECT_HOLD: Duration = Duration::from_secs(3);

impl Dispatcher {
    /// Returns the content of the page on which a client signs up.
    pub(crate) fn sign_up_view(&self, link: &SignUpLink) -> Result<SignUpView, SignUpError> {
        self.with_sign_up(|dialog360, _| dialog360.sign_up_view(link))
    }

    /// Signs a client up, or logs it in.
    pub(crate) fn sign_up(&self, link: &SignUpLink, entry: &SignUpEntry) -> Result<SignedUp, SignUpError> {
        self.with_sign_up(|dialog360, context| dialog360.sign_up(link, entry, context))
    }

    /// Returns the content of the page on which a client permits numbers.
    pub(crate) fn permission_view(&self, link: &SignUpLink, client: &str) -> Result<PermissionView, SignUpError> {
        self.with_sign_up(|dialog360, _| dialog360.permission_view(link, client))
    }

    /// Carries out the decision of a client, and returns the address to redirect to, once the events have arrived or after some
    /// seconds.
    pub(crate) async fn decide_sign_up(
        &self,
        link: &SignUpLink,
        client: &str,
        decision: &Decision,
    ) -> Result<String, SignUpError> {
        let address = self.with_sign_up(|dialog360, context| dialog360.decide(link, client, decision, context))?;
        if !decision.events_after_redirect {
            // A receiver that hangs holds up nobody for longer.
            let _ = tokio::time::timeout(REDIRECT_HOLD, self.delivered()).await;
        }
        Ok(address)
    }

    fn with_sign_up<T>(
        &self,
        call: impl FnOnce(&mut Dialog360, &mut HandlerContext<'_>) -> Result<T, SignUpError>,
    ) -> Result<T, SignUpError> {
        self.with_vendor(call).unwrap_or(Err(SignUpError::UnknownPartner))
    }
}
