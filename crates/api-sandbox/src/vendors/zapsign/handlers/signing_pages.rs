//! Signing pages: their content, and the signature of the form.

use crate::spec::Parameters;
use crate::vendors::form_entries::FormEntries;
use crate::vendors::vendor::{HandlerContext, ValidRequest};
use crate::vendors::zapsign::model::{SignerAction, SigningPage, Template, TemplateForm, signing_path};
use crate::vendors::zapsign::state::Zapsign;
use crate::vendors::zapsign::storage::{FileKind, StoredFile};

impl Zapsign {
    /// Returns the page of the signer with this token, if there is one.
    pub(crate) fn signing_page(&self, token: &str, context: &HandlerContext<'_>) -> Option<SigningPage> {
        let (index, signer) = self.find_signer(token, |_| true)?;
        let document = &self.documents[index];
        Some(SigningPage::new(document, signer, self.account_name(&document.account), context))
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
        let (index, signer) = self.find_signer(token, |_| true)?;
        let signer = &mut self.documents[index].signers[signer];
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

    /// Returns the form of the public link of this template, if it has one: deleted and inactive templates have none.
    pub(crate) fn template_form(&self, token: &str) -> Option<TemplateForm> {
        let template = self.public_template(token)?;
        Some(TemplateForm::new(template, self.account_name(&template.account)))
    }

    /// Creates a document from what a visitor entered in the form of this template, unless it has an error. Returns the form as
    /// it is then, and the path of the signer's page.
    pub(crate) fn create_on_page(
        &mut self,
        token: &str,
        entries: &FormEntries,
        context: &mut HandlerContext<'_>,
    ) -> Option<(TemplateForm, Option<String>)> {
        let mut form = self.template_form(token)?;
        form.read(entries);
        if form.has_errors() {
            return Some((form, None));
        }
        let template = self.public_template(token)?;
        let caller = template.account.clone();
        let parameters = Parameters::new(&[], form.request_body(template));
        let operation = context.bundle.operation("create_document_from_template")?;
        let request = ValidRequest { operation, caller: &caller, parameters };
        self.add_document_of_template(&request, "template", context).ok()?;
        let signer = self.documents.last()?.signers.first()?;
        Some((form, Some(signing_path(signer.text("token"), false))))
    }

    fn public_template(&self, token: &str) -> Option<&Template> {
        let is_public = |template: &Template| !template.deleted && template.value["active"] != false;
        self.templates.iter().find(|template| template.value["token"] == token && is_public(template))
    }

    fn account_name(&self, number: &str) -> &str {
        let account = self.accounts.iter().find(|account| account.number == number);
        account.map_or("", |account| account.name.as_str())
    }
}
