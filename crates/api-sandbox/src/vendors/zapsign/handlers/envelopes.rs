//! Handlers of envelopes: a document with its attachments as a whole.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::behavior::Behavior;
use crate::spec::{Rejection, Reply};
use crate::vendors::vendor::{HandlerContext, ValidRequest};
use crate::vendors::zapsign::error_response::{documented_response, field_error};
use crate::vendors::zapsign::json::field_or;
use crate::vendors::zapsign::model::{Signer, SigningOrder, file};
use crate::vendors::zapsign::state::Zapsign;
use crate::vendors::zapsign::storage::{FileKind, StoredFile};

/// Largest number of attachments of a document.
const MAX_ATTACHMENTS: usize = 14;
/// Number of digits of an `open_id`.
const ID_DIGITS: u32 = 8;

impl Zapsign {
    pub(crate) fn add_extra_document(
        &mut self,
        request: &ValidRequest<'_>,
        upload: Option<Bytes>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let body = &request.parameters.body;
        let original = |name: &str, now| file::original_file(body, name, upload, now);
        self.add_attachment(request, field_or(body, "name", Value::Null), original, context)
    }

    pub(crate) fn add_extra_document_from_template(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let token = request.parameters.text("template_id").unwrap_or_default();
        let template = self.templates.iter().find(|template| template.value["token"] == token);
        let template = template.ok_or(Rejection::NotFound)?;
        if template.deleted || template.account != request.caller {
            return Err(Rejection::Forbidden("The template was deleted or is another account's.".to_owned()));
        }
        let (name, source) = (template.value["name"].clone(), template.source());
        let original = |name: &str, now| file::described_file(name, vec![source], now);
        self.add_attachment(request, name, original, context)
    }

    /// Adds an attachment. Without a name it gets that of the document. The closure returns its file by name and time.
    fn add_attachment(
        &mut self,
        request: &ValidRequest<'_>,
        name: Value,
        original: impl FnOnce(&str, Timestamp) -> StoredFile,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let index = self.envelope_index(request.caller, request.parameters.path("doc_token"))?;
        let document = &mut self.documents[index];
        if document.token() != request.parameters.path("doc_token") {
            return Err(Rejection::BusinessRule("An extra document can't have one of its own.".to_owned()));
        }
        document.require_in_progress()?;
        let limit = if context.behaviors.contains(&Behavior::NineExtraDocuments) { 9 } else { MAX_ATTACHMENTS };
        if document.attachments().count() == limit {
            return Err(Rejection::BusinessRule(format!("Limite de documentos extra ({limit}) atingido.")));
        }
        let name = if name.is_null() { document.value["name"].clone() } else { name };
        let token = context.ids.uuid("extra document", &format!("{} {name}", document.token()));
        let mut attachment = json!({
            "open_id": context.ids.number("open_id", &token, ID_DIGITS),
            "token": token,
            "name": name,
            "original_file": null,
            "signed_file": null,
        });
        document.attachments_mut().push(attachment.clone());
        document.set_links(&mut attachment, context);
        let original = original(name.as_str().unwrap_or_default(), context.now);
        self.store_file(FileKind::Original, &token, original, context.ids);
        Ok(Reply::ok(&attachment))
    }

    pub(crate) fn reorder_envelope(
        &mut self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let document = self.document_mut(request)?;
        document.require_in_progress()?;
        let order = request.parameters.body["document_display_order"].as_array().cloned().unwrap_or_default();
        let position = |token: &Value| order.iter().position(|named| named == token);
        let main = position(&document.value["token"]).is_some();
        let attached = document.attachments().filter(|attachment| position(&attachment["token"]).is_some()).count();
        let count = document.attachments().count();
        if !main || attached != count || order.len() != count + 1 {
            return Err(field_error("document_display_order", "Name every document of the envelope once."));
        }
        document.attachments_mut().sort_by_key(|attachment| position(&attachment["token"]));
        Ok(context.example(request.operation))
    }

    /// Checks the placement of signatures. No operation returns it, so it is not stored.
    pub(crate) fn place_signatures(
        &self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let document = &self.documents[self.envelope_index(request.caller, request.parameters.path("doc_token"))?];
        for placement in request.parameters.body["rubricas"].as_array().into_iter().flatten() {
            let signer = placement["signer_token"].as_str().unwrap_or_default();
            if !document.signers.iter().any(|known| known.has_token(signer)) {
                return Err(field_error("rubricas", "A signer_token is not one of the document's."));
            }
            let end = |start: &str, size: &str| {
                placement[start].as_f64().unwrap_or_default() + placement[size].as_f64().unwrap_or_default()
            };
            if end("relative_position_left", "relative_size_x") > 100.0
                || end("relative_position_bottom", "relative_size_y") > 100.0
            {
                return Err(field_error("rubricas", "Position and size add up to more than 100."));
            }
        }
        Ok(context.example(request.operation))
    }

    pub(crate) fn cancel_document(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let index = self.document_index(request.caller, request.parameters.text("doc_token").unwrap_or_default())?;
        let document = &self.documents[index];
        let refused = match document.value["status"].as_str() {
            Some("signed") => Some("document_already_signed"),
            Some("recusado") => Some("document_already_refused"),
            _ if !document.in_progress() => Some("refuse_not_allowed"),
            _ => None,
        };
        if let Some(code) = refused {
            return Err(Rejection::Forbidden(code.to_owned()));
        }
        let user = self.credentials.owner.clone();
        self.refuse_document(index, reason(request), &user, context);
        // The vendor regenerates the file with a watermark, and emits `doc_signed` although nobody signed.
        self.emit_event(index, "doc_signed", json!({"signer_who_signed": null}), context);
        Ok(context.example(request.operation))
    }

    pub(crate) fn refuse_document_as_user(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let text = |field: &str| request.parameters.text(field).unwrap_or_default();
        let index = self.document_index(request.caller, text("doc_token"))?;
        let document = &self.documents[index];
        let signer = document.signer_index(text("signer_token")).ok_or(Rejection::NotFound)?;
        if text("user_token") != self.credentials.user_token {
            return Err(field_error("user_token", "No user has it."));
        }
        if document.signers[signer].text("email") != self.credentials.owner {
            return Ok(documented_response(request, 400));
        }
        if !document.refusable {
            return Ok(documented_response(request, 403));
        }
        document
            .require_unsigned(signer, context)
            .map_err(|reason| Rejection::BusinessRule(format!("The refusal is not possible: {reason}.")))?;
        let user = self.credentials.owner.clone();
        self.refuse_as_signer(index, signer, reason(request), &user, context);
        Ok(context.example(request.operation))
    }

    /// Marks a document as refused.
    pub(crate) fn refuse_document(&mut self, index: usize, reason: &str, user: &str, context: &HandlerContext<'_>) {
        self.documents[index].refuse(reason, user, context.now);
    }

    /// Sends the last event again. There is no file to regenerate.
    pub(crate) fn reprocess_document(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let index = self.document_index(request.caller, request.parameters.path("doc_token"))?;
        if request.parameters.body["send_webhook"] == true {
            self.redeliver(index, context);
        }
        Ok(context.example(request.operation))
    }

    /// Records reminders to all signers who can sign now. It fails for a signer without e-mail address and phone number.
    pub(crate) fn resend_notifications(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let index = self.document_index(request.caller, request.parameters.path("doc_token"))?;
        let document = &mut self.documents[index];
        if !document.can_be_signed(context.now) {
            return Err(Rejection::BusinessRule("document_not_in_progress".to_owned()));
        }
        if let Some(hours) = document.cooldown.hours_left(context.now) {
            let message = format!("Aguarde {hours} h para lembrar os signatários outra vez.");
            let body = json!({"success": false, "error_code": "cooldown_period", "message": message});
            return Ok(Reply::json(429, &body));
        }
        let mut failed = Vec::new();
        let mut total = 0;
        for signer in document.current_signers(context.now) {
            total += 1;
            if !signer.remind(context.now) {
                failed.push(json!({"name": signer.value["name"], "reason": "Neither e-mail nor telephone number."}));
            }
        }
        if total == 0 {
            return Err(Rejection::BusinessRule("no_pending_signers".to_owned()));
        }
        document.cooldown.start(context.now);
        let reply = Reply::ok(&json!({
            "success": failed.is_empty(),
            "total_signers": total,
            "sent_count": total - failed.len(),
            "failed_count": failed.len(),
            "failed_signers": failed,
            "has_order_active": document.order != SigningOrder::Any,
            "has_signature_groups": document.order == SigningOrder::Groups,
        }));
        (0..document.signers.len()).for_each(|signer| self.emit_notifications(index, signer, context));
        Ok(reply)
    }

    pub(crate) fn delete_signer_groups(
        &mut self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let document = self.document_mut(request)?;
        document.order = SigningOrder::Any;
        document.signers.iter_mut().for_each(|signer: &mut Signer| signer.rank = SigningOrder::Any.rank(0, None));
        Ok(context.example(request.operation))
    }
}

/// Returns the reason of a refusal.
fn reason<'r>(request: &'r ValidRequest<'_>) -> &'r str {
    request.parameters.text("rejected_reason").unwrap_or_default()
}
