//! Calls of the signing pages.

use super::dispatcher::Dispatcher;
use crate::vendors::{FormEntries, SigningPage, Zapsign};

impl Dispatcher {
    /// Returns the page of the ZapSign signer with this token, if there is one.
    pub(crate) fn signing_page(&self, signer_token: &str) -> Option<SigningPage> {
        self.with_vendor(|zapsign: &mut Zapsign, context| zapsign.signing_page(signer_token, context)).flatten()
    }

    /// Signs with what was entered in the form of this page, unless it has an error. Returns the page as it is then.
    pub(crate) fn sign_on_page(&self, signer_token: &str, entries: &FormEntries) -> Option<SigningPage> {
        self.with_vendor(|zapsign: &mut Zapsign, context| zapsign.sign_on_page(signer_token, entries, context))
            .flatten()
    }
}
