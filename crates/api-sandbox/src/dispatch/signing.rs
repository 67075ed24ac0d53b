//! Calls of the signing pages.

use super::dispatcher::Dispatcher;
use crate::vendors::{FormEntries, HandlerContext, SigningPage, TemplateForm, Zapsign};

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

    /// Returns the form of the public link of a ZapSign template, if it has one.
    pub(crate) fn template_form(&self, template_token: &str) -> Option<TemplateForm> {
        self.with_vendor(|zapsign: &mut Zapsign, _| zapsign.template_form(template_token)).flatten()
    }

    /// Creates a document from what a visitor entered in the form of this template, unless it has an error. Returns the form as
    /// it is then, and the path of the signer's page.
    pub(crate) fn create_on_page(
        &self,
        template_token: &str,
        entries: &FormEntries,
    ) -> Option<(TemplateForm, Option<String>)> {
        let create = |zapsign: &mut Zapsign, context: &mut HandlerContext<'_>| {
            zapsign.create_on_page(template_token, entries, context)
        };
        self.with_vendor(create).flatten()
    }
}
