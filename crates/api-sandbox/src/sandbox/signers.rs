//! Signers of ZapSign documents, as on the vendor's page.

use serde_json::Value;

use super::Sandbox;
use crate::vendors::{SignerAction, SignerError};

impl Sandbox {
    /// Opens the link of a ZapSign signer. Emits `doc_viewed` three times, as one view was seen to do, and returns the document.
    ///
    /// # Errors
    ///
    /// Returns [`SignerError`] if the link shows no document.
    pub fn open(&self, signer_token: &str) -> Result<Value, SignerError> {
        self.dispatcher.act_as_signer(signer_token, SignerAction::Open)
    }

    /// Confirms as a ZapSign signer that the document was read, emits `doc_read_confirmation`, and returns the document.
    ///
    /// # Errors
    ///
    /// Returns [`SignerError`] if the signer has nothing left to sign.
    pub fn confirm_reading(&self, signer_token: &str) -> Result<Value, SignerError> {
        self.dispatcher.act_as_signer(signer_token, SignerAction::ConfirmReading)
    }

    /// Signs a ZapSign document as the signer of this token, as on ZapSign's page, emits `doc_signed`, and returns the document.
    ///
    /// # Errors
    ///
    /// Returns [`SignerError`] if the signer can't sign.
    pub fn sign(&self, signer_token: &str) -> Result<Value, SignerError> {
        self.dispatcher.act_as_signer(signer_token, SignerAction::Sign)
    }

    /// Refuses a ZapSign document as the signer of this token, emits `doc_refused`, 40 seconds later `doc_signed`, and returns
    /// the document.
    ///
    /// # Errors
    ///
    /// Returns [`SignerError`] if the signer has nothing left to refuse, or the document allows no refusal.
    pub fn refuse(&self, signer_token: &str, reason: impl Into<String>) -> Result<Value, SignerError> {
        self.dispatcher.act_as_signer(signer_token, SignerAction::Refuse(reason.into()))
    }
}
