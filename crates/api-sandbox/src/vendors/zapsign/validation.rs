//! Rules that ZapSign states in prose: of requests that fit their schemas, the ones that are refused all the same.

use bytes::Bytes;
use serde_json::Value;

use crate::spec::Rejection;
use crate::vendors::field_checks::{FieldChecks, FileType};

/// Checks the body of an operation. Returns the file in it, if there is one.
///
/// # Errors
///
/// Returns [`Rejection::Invalid`] with all violations.
pub(super) fn validate(operation: &str, body: &Value) -> Result<Option<Bytes>, Rejection> {
    let mut checks = FieldChecks::of(body);
    let mut upload = None;
    match operation {
        "create_document" | "create_document_async" => {
            checks.required("name");
            checks.urls(&["url_pdf", "url_docx", "brand_logo"]);
            let pdf = checks.file("base64_pdf", FileType::Pdf);
            upload = checks.file("base64_docx", FileType::Docx).or(pdf);
            checks.date_or_time("date_limit_to_sign");
            let one_click = checks.flag("one_click_active");
            checks.each("signers", |signer| {
                signer.required("name");
                check_signer(signer);
                check_contacts(signer);
                if one_click && signer.text("email").is_none() && signer.text("phone_number").is_none() {
                    signer.refuse("email", "A OneClick document needs an email address or a phone number.");
                }
            });
        }
        "create_document_from_template" | "create_document_from_template_async" => {
            checks.required("signer_name");
            checks.email("signer_email");
            checks.urls(&["brand_logo"]);
            checks.date_or_time("date_limit_to_sign");
            if checks.flag("send_automatic_email") && checks.text("signer_email").is_none() {
                checks.refuse("signer_email", NO_EMAIL);
            }
            if checks.flag("send_automatic_whatsapp") && checks.text("signer_phone_number").is_none() {
                checks.refuse("signer_phone_number", NO_PHONE_NUMBER);
            }
        }
        "update_document" => checks.date_or_time("date_limit_to_sign"),
        "add_extra_document" => {
            checks.urls(&["url_pdf"]);
            upload = checks.file("base64_pdf", FileType::Pdf);
        }
        "add_signer" => {
            check_signer(&mut checks);
            check_contacts(&mut checks);
        }
        "update_signer" => check_signer(&mut checks),
        "create_template" => {
            checks.required("name");
            checks.urls(&["docx_url", "redirect_link"]);
            upload = checks.file("base64_docx", FileType::Docx);
        }
        "update_template" => checks.urls(&["redirect_link"]),
        "create_partner_account" => {
            checks.required("company_name");
            checks.file("logo_url", FileType::Any);
        }
        "create_webhook" => {
            checks.required("url");
            checks.urls(&["url"]);
        }
        "create_timestamp" | "create_timestamp_preserving_signature" => {
            checks.required("url");
            // Despite its name.
            checks.file_or_url("url");
        }
        _ => {}
    }
    checks.finish()?;
    Ok(upload)
}

/// Message for a signer who is to get an e-mail and has no address.
const NO_EMAIL: &str = "Required to send an email.";
/// Message for a signer who is to get a message and has no phone number.
const NO_PHONE_NUMBER: &str = "Required to send a message.";

/// Checks the contacts of a signer who is to be written to.
///
/// # Errors
///
/// Returns [`Rejection::Invalid`] if there is neither in the body nor with the signer what the message needs.
pub(super) fn validate_contacts(signer: &Value) -> Result<(), Rejection> {
    let mut checks = FieldChecks::of(signer);
    check_contacts(&mut checks);
    checks.finish()
}

fn check_signer(signer: &mut FieldChecks<'_>) {
    signer.email("email");
    signer.urls(&["redirect_link"]);
    if signer.flag("validate_cpf") && signer.text("cpf").is_none() {
        signer.refuse("cpf", "Required to validate it.");
    }
}

fn check_contacts(signer: &mut FieldChecks<'_>) {
    if signer.flag("send_automatic_email") && signer.text("email").is_none() {
        signer.refuse("email", NO_EMAIL);
    }
    if signer.flag("send_automatic_whatsapp") && signer.text("phone_number").is_none() {
        signer.refuse("phone_number", NO_PHONE_NUMBER);
    }
}
