//! Handlers of signers.

use serde_json::{Value, json};

use crate::spec::{Rejection, Reply};
use crate::vendors::vendor::{HandlerContext, ValidRequest};
use crate::vendors::zapsign::error_response::{documented_response, field_error};
use crate::vendors::zapsign::json::{format_time, set_fields};
use crate::vendors::zapsign::model::{Document, Signer, SignerAction, SigningOrder};
use crate::vendors::zapsign::state::Zapsign;
use crate::vendors::zapsign::validation::validate_contacts;

impl Zapsign {
    pub(crate) fn get_signer(
        &self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let (document, signer) = self.signer_index(request.caller, request.parameters.path("signer_token"))?;
        if self.documents[document].hides_signer_tokens(context) {
            return Err(Rejection::NotFound);
        }
        let document = &self.documents[document];
        Ok(Reply::ok(&document.signer_body(&document.signers[signer], context)))
    }

    pub(crate) fn update_signer(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let (index, signer) = self.signer_index(request.caller, request.parameters.path("signer_token"))?;
        let document = &mut self.documents[index];
        if document.signers[signer].has_signed() {
            return Err(Rejection::BusinessRule("The signer has signed.".to_owned()));
        }
        let mut updated = document.signers[signer].value.clone();
        set_fields(&mut updated, request.parameters.body.clone());
        validate_contacts(&updated)?;
        document.signers[signer].update(&request.parameters.body, context.now);
        document.value["last_update_at"] = format_time(context.now).into();
        let reply = Reply::ok(&document.signers[signer].value);
        self.emit_notifications(index, signer, context);
        Ok(reply)
    }

    /// Adds a signer, who signs last.
    pub(crate) fn add_signer(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let index = self.document_index(request.caller, request.parameters.path("doc_token"))?;
        let document = &mut self.documents[index];
        document.require_in_progress()?;
        let by_certificate = |signer: &Signer| signer.has_signed() && signer.value["auth_mode"] == "certificadoDigital";
        if document.signers.iter().any(by_certificate) {
            return Err(Rejection::BusinessRule("Somebody has signed with a digital certificate.".to_owned()));
        }
        let last = document.signers.iter().map(|signer| signer.rank).max().unwrap_or_default();
        let rank =
            if document.order == SigningOrder::Any { document.order.rank(0, None) } else { last.saturating_add(1) };
        let one_click = document.value["one_click_active"] == true;
        let signer = Signer::new(&request.parameters.body, document.token(), one_click, rank, context);
        let (value, created) = (signer.value.clone(), signer.notified());
        document.signers.push(signer);
        document.value["last_update_at"] = format_time(context.now).into();
        let added = document.signers.len() - 1;
        self.emit_event(index, "created_signer", json!({"created_signer": created}), context);
        self.emit_notifications(index, added, context);
        Ok(Reply::ok(&value))
    }

    pub(crate) fn remove_signer(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let (index, signer) = self.signer_index(request.caller, request.parameters.path("signer_token"))?;
        let document = &mut self.documents[index];
        if document.signers[signer].has_signed() {
            return Ok(documented_response(request, 400));
        }
        if document.signers.len() == 1 {
            return Err(Rejection::BusinessRule("Erro: o documento tem um só signatário.".to_owned()));
        }
        document.signers.remove(signer);
        // The remaining signers may all have signed.
        if document.in_progress() && document.finish() {
            let signed_at = |signer: &&Signer| signer.text("signed_at").to_owned();
            let latest = document.signers.iter().max_by_key(signed_at);
            let latest = latest.map(|signer| document.signer_body(signer, context));
            self.emit_event(index, "doc_signed", json!({"signer_who_signed": latest}), context);
        }
        Ok(context.example(request.operation))
    }

    /// Answers that there is nothing to reset: no attempt fails in the sandbox.
    pub(crate) fn reset_signer_attempts(&self, request: &ValidRequest<'_>) -> Result<Reply, Rejection> {
        self.signer_index(request.caller, request.parameters.path("signer_token"))?;
        Ok(documented_response(request, 400))
    }

    pub(crate) fn get_signer_verification(
        &self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let (document, signer) = self.signer_index(request.caller, request.parameters.path("signer_token"))?;
        let signer = &self.documents[document].signers[signer].value;
        let mut verification = context.example_body("get_signer_verification");
        for field in ["token", "selfie_validation_type"] {
            verification[field] = signer[field].clone();
        }
        Ok(Reply::ok(&verification))
    }

    /// Signs as the owner, the only user with a token. It signs nothing if one of the signers cannot be signed for, and leaves
    /// out signers whom others precede.
    pub(crate) fn sign_documents(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        if request.parameters.text("user_token") != Some(&self.credentials.user_token) {
            return Err(Rejection::NotFound);
        }
        let tokens =
            request.parameters.body["signer_tokens"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for token in tokens.clone() {
            let (document, signer) = self.signer_index(request.caller, token)?;
            let signer = &self.documents[document].signers[signer];
            if !["", &self.credentials.owner].contains(&signer.text("email")) {
                return Err(field_error("signer_tokens", "A signer has another address than the user."));
            }
            if signer.value["auth_mode"] != "assinaturaTela" {
                return Err(field_error("signer_tokens", "A signer has to do more than to sign on the screen."));
            }
        }
        for token in tokens {
            // One that has nothing to sign, or not yet, is left out.
            let _ = self.act_as_signer(token, SignerAction::Sign, context);
        }
        Ok(context.example(request.operation))
    }

    /// Returns the indices of the document of an account and of its signer with this token.
    fn signer_index(&self, account: &str, token: &str) -> Result<(usize, usize), Rejection> {
        self.find_signer(token, |document| document.account == account).ok_or(Rejection::NotFound)
    }

    /// Returns the indices of the document and of its signer with this token, among the documents that `is_searched`
    /// accepts.
    pub(crate) fn find_signer(&self, token: &str, is_searched: impl Fn(&Document) -> bool) -> Option<(usize, usize)> {
        let mut documents = self.documents.iter().enumerate().filter(|(_, document)| is_searched(document));
        documents.find_map(|(index, document)| Some((index, document.signer_index(token)?)))
    }
}
