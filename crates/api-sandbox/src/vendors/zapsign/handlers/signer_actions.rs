//! Actions of a signer, as on ZapSign's page, and the events of them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::vendors::vendor::HandlerContext;
use crate::vendors::zapsign::model::{SignerAction, SignerError};
use crate::vendors::zapsign::state::Zapsign;

/// Number of `doc_viewed` for one view.
const VIEW_EVENTS: usize = 3;
/// Delay between the refusal by a signer and `doc_signed` for the regenerated file.
const REFUSED_FILE_DELAY: Duration = Duration::from_secs(40);

impl Zapsign {
    /// Acts as the signer of a token. Returns the document.
    pub(crate) fn act_as_signer(
        &mut self,
        token: &str,
        action: SignerAction,
        context: &mut HandlerContext<'_>,
    ) -> Result<Value, SignerError> {
        let (index, signer) = self.find_signer(token, |_| true).ok_or(SignerError::UnknownToken)?;
        match action {
            SignerAction::Open => self.open(index, signer, context)?,
            SignerAction::ConfirmReading => self.confirm_reading(index, signer, context)?,
            SignerAction::Sign => self.sign(index, signer, context)?,
            SignerAction::Refuse(reason) => self.refuse(index, signer, &reason, context)?,
        }
        Ok(self.documents[index].with_signers(context))
    }

    /// Opens the link. Somebody who has signed can do so, too.
    fn open(&mut self, index: usize, signer: usize, context: &mut HandlerContext<'_>) -> Result<(), SignerError> {
        let document = &mut self.documents[index];
        document.require_shown(signer, context)?;
        document.view(signer, context.now);
        let mut viewer = document.signers[signer].notified();
        document.set_signature_link(&document.signers[signer], &mut viewer, context);
        for _ in 0..VIEW_EVENTS {
            self.emit_event(index, "doc_viewed", json!({"signer_who_viewed": viewer}), context);
        }
        Ok(())
    }

    fn confirm_reading(
        &mut self,
        index: usize,
        signer: usize,
        context: &mut HandlerContext<'_>,
    ) -> Result<(), SignerError> {
        let document = &mut self.documents[index];
        document.require_unsigned(signer, context)?;
        document.ensure_viewed(signer, context.now);
        let reader = document.signers[signer].notified();
        self.emit_event(index, "doc_read_confirmation", json!({"signer_who_read": reader}), context);
        Ok(())
    }

    fn sign(&mut self, index: usize, signer: usize, context: &mut HandlerContext<'_>) -> Result<(), SignerError> {
        let document = &mut self.documents[index];
        document.require_unsigned(signer, context)?;
        document.sign(signer, context.now);
        let value = document.signer_body(&document.signers[signer], context);
        self.emit_event(index, "doc_signed", json!({"signer_who_signed": value}), context);
        Ok(())
    }

    fn refuse(
        &mut self,
        index: usize,
        signer: usize,
        reason: &str,
        context: &mut HandlerContext<'_>,
    ) -> Result<(), SignerError> {
        let document = &mut self.documents[index];
        document.require_unsigned(signer, context)?;
        if !document.refusable {
            return Err(SignerError::RefusalNotAllowed);
        }
        document.ensure_viewed(signer, context.now);
        let user = document.signers[signer].display_name();
        self.refuse_as_signer(index, signer, reason, &user, context);
        Ok(())
    }

    /// Refuses a document as one of its signers: `doc_refused`, and `doc_signed` for the regenerated file.
    pub(crate) fn refuse_as_signer(
        &mut self,
        index: usize,
        signer: usize,
        reason: &str,
        user: &str,
        context: &mut HandlerContext<'_>,
    ) {
        self.refuse_document(index, reason, user, context);
        self.documents[index].signers[signer].refuse();
        self.emit_event(index, "doc_refused", json!({}), context);
        self.emit_event_after(REFUSED_FILE_DELAY, index, "doc_signed", json!({"signer_who_signed": null}), context);
    }

    /// Emits an event for each channel by which the link of a signer was sent just now.
    pub(crate) fn emit_notifications(&mut self, index: usize, signer: usize, context: &mut HandlerContext<'_>) {
        for notified in self.documents[index].signers[signer].take_notifications() {
            self.emit_event(index, "signature_notification_sent", json!({"created_signer": notified}), context);
        }
    }
}
