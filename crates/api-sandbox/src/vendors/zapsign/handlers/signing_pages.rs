//! Signing pages: their content, and the signature of the form.

use crate::vendors::vendor::HandlerContext;
use crate::vendors::zapsign::model::{FormEntries, SignerAction, SigningPage};
use crate::vendors::zapsign::state::Zapsign;
use crate::vendors::zapsign::storage::{FileKind, StoredFile};

impl Zapsign {
    /// Returns the page of the signer with this token, if there is one.
    pub(crate) fn signing_page(&self, token: &str, context: &HandlerContext<'_>) -> Option<SigningPage> {
        let mut documents = self.documents.iter();
        let (document, signer) = documents.find_map(|document| Some((document, document.signer_index(token)?)))?;
        let account = self.accounts.iter().find(|account| account.number == document.account);
        let account = account.map_or("", |account| account.name.as_str());
        Some(SigningPage::new(document, signer, account, context))
    }

    /// Signs with what was entered in the form of this page, unless it has an error or the page shows no document. Returns the
    /// page as it is then, with the entries and errors.
    pub(crate) fn sign_on_page(
        &mut self,
        token: &str,
        entries: &FormEntries,
        context: &mut HandlerContext<'_>,
    ) -> Option<SigningPage> {
        let mut page = self.signing_page(token, context)?;
        if page.closed.is_some() || page.has_signed {
            return Some(page);
        }
        page.form.read(entries);
        if page.form.has_errors() {
            return Some(page);
        }
        let documents = self.documents.iter_mut();
        let mut found = documents.filter_map(|document| Some((document.signer_index(token)?, document)));
        let (index, document) = found.next()?;
        let signer = &mut document.signers[index];
        for field in page.form.fields.iter().filter(|field| !field.locked) {
            signer.value[field.name.as_str()] = field.value.clone().into();
        }
        if let Some(png) = page.form.drawn_signature() {
            signer.has_drawn = true;
            self.store_file(FileKind::Signature, token, StoredFile::upload(png, "image/png", context.now), context.ids);
        }
        // The page is open, so nothing keeps the signer from signing.
        let signed = self.act_as_signer(token, SignerAction::Sign, context);
        page.has_signed = signed.is_ok();
        Some(page)
    }
}
