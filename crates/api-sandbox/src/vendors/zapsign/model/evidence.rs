//! Evidence in the signed files of a document.

use serde_json::Value;

use super::document::Document;
use super::signer::Signer;
use crate::vendors::zapsign::storage::Evidence;

/// Sentence on each page that the sandbox makes.
pub(crate) const NO_LEGAL_VALUE: &str = "SANDBOX - no legal value";
/// Text across the pages of a document that was refused or cancelled.
const WATERMARK: &str = "REFUSED";

impl Document {
    /// Returns the evidence in the signed file of the document itself or of an attachment, by its token. Returns `None` if
    /// there is no signed file yet.
    pub(crate) fn evidence(&self, token: &str) -> Option<Evidence> {
        if !self.has_signed_file() {
            return None;
        }
        let refused = self.is_refused();
        let text = |value: &Value, field: &str| value[field].as_str().unwrap_or_default().to_owned();
        let attachment = self.attachments().find(|attachment| attachment["token"] == token);
        let mut lines = vec![
            NO_LEGAL_VALUE.to_owned(),
            String::new(),
            format!("Document: {}", text(attachment.unwrap_or(&self.value), "name")),
            format!("Token: {token}"),
        ];
        if attachment.is_some() {
            lines.push(format!("Extra document of: {} ({})", text(&self.value, "name"), self.token()));
        }
        let status = if refused { "refused".to_owned() } else { text(&self.value, "status") };
        lines.push(format!("Status: {status}"));
        if refused {
            lines.push(format!("Reason: {}", text(&self.value, "rejected_reason")));
        }
        for (signer, number) in self.signers.iter().zip(1..) {
            lines.push(String::new());
            lines.push(format!("Signer {number}: {}", signer.text("name")));
            // Of a hidden address, the vendor's report says nothing.
            if !signer.flag("hide_email") {
                lines.push(format!("E-mail: {}", signer.text("email")));
            }
            lines.push(format!("Status: {}", signing_status(signer)));
            if signer.has_signed() {
                lines.push(format!("Signed at: {}", signer.text("signed_at")));
            }
        }
        Some(Evidence { lines, watermark: refused.then_some(WATERMARK) })
    }

    /// Returns the lines of the audit log.
    pub(crate) fn log_lines(&self) -> Vec<String> {
        let text = |value: &Value, field: &str| value[field].as_str().unwrap_or_default().to_owned();
        let mut lines = vec![
            NO_LEGAL_VALUE.to_owned(),
            String::new(),
            format!("Audit log of: {}", text(&self.value, "name")),
            format!("Token: {}", self.token()),
        ];
        for entry in &self.log {
            lines.push(String::new());
            lines.push(format!("{}  {}", text(entry, "time"), text(entry, "event")));
            lines.push(text(entry, "description"));
        }
        lines
    }
}

/// Returns the part of a signer's status that the signed file tells.
fn signing_status(signer: &Signer) -> &'static str {
    match signer.text("status") {
        "signed" => "signed",
        "rejeitou" => "refused",
        _ => "has not signed",
    }
}
