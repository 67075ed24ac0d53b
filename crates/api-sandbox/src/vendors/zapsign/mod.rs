//! ZapSign, as far as it is documented.

mod error_response;
mod handlers;
mod json;
mod model;
mod paging;
mod state;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use jiff::Timestamp;

use self::model::session;
pub(crate) use self::state::Zapsign;
use crate::spec::{Operation, Rejection, Reply};
use crate::vendors::{Call, Desk, Vendor};

impl Vendor for Zapsign {
    fn caller(&self, headers: &HeaderMap, now: Timestamp) -> Result<String, Rejection> {
        let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let token = token.ok_or(Rejection::Unauthorized)?;
        if session::is_jwt(token) {
            return self.logins.account(token, now).cloned().ok_or(Rejection::TokenNotValid);
        }
        let account = self.accounts.iter().find(|account| account.api_token == token);
        account.map(|account| account.number.clone()).ok_or(Rejection::UnknownToken)
    }

    fn serve(&mut self, call: &Call<'_>, desk: &mut Desk<'_>) -> Result<Reply, Rejection> {
        match call.operation.id.as_str() {
            "create_partner_account" => self.create_partner_account(call, desk),
            "update_payment_status" => self.update_payment_status(call, desk),
            "get_partner_plans" => self.get_partner_plans(call, desk),
            "get_plan" => self.get_plan(call, desk),
            "list_users" => self.list_users(call, desk),
            "create_user" => self.create_user(call, desk),
            "delete_user" => self.delete_user(call, desk),
            "obtain_access_token" => self.obtain_access_token(call, desk),
            "refresh_access_token" => self.refresh_access_token(call, desk),
            "create_document" => self.create_document(call, desk),
            "create_document_async" => self.create_document(call, desk).map(|_| self.queued()),
            "create_document_from_template" => self.create_document_from_template(call, desk),
            "create_document_from_template_async" => {
                self.create_document_from_template(call, desk).map(|_| self.queued())
            }
            "add_extra_document" => self.add_extra_document(call, desk),
            "add_extra_document_from_template" => self.add_extra_document_from_template(call, desk),
            "get_document" => self.get_document(call, desk),
            "list_documents" => Ok(self.list_documents(call, desk)),
            "update_document" => self.update_document(call, desk),
            "reorder_envelope" => self.reorder_envelope(call, desk),
            "delete_document" => self.delete_document(call, desk),
            "get_audit_log" => self.get_audit_log(call, desk),
            "place_signatures" => self.place_signatures(call, desk),
            "validate_pdf_signature" => handlers::validate(call, desk),
            "cancel_document" => self.cancel_document(call, desk),
            "refuse_document_as_user" => self.refuse_document_as_user(call, desk),
            "reprocess_document" => self.reprocess_document(call, desk),
            "resend_notifications" => self.resend_notifications(call, desk),
            "get_signer" => self.get_signer(call, desk),
            "update_signer" => self.update_signer(call, desk),
            "add_signer" => self.add_signer(call, desk),
            "remove_signer" => self.remove_signer(call, desk),
            "reset_signer_attempts" => self.reset_signer_attempts(call),
            "get_signer_verification" => self.get_signer_verification(call, desk),
            "delete_signer_groups" => self.delete_signer_groups(call, desk),
            "sign_documents" => self.sign_documents(call, desk),
            "create_template" => self.create_template(call, desk),
            "update_template_form" => self.update_template_form(call, desk),
            "list_templates" => Ok(self.list_templates(call, desk)),
            "get_template" => self.get_template(call),
            "update_template" => self.update_template(call, desk),
            "delete_template" => self.delete_template(call, desk),
            "create_webhook" => self.create_webhook(call, desk),
            "add_webhook_headers" => self.add_webhook_headers(call, desk),
            "delete_webhook" => self.delete_webhook(call, desk),
            "create_check" => self.create_check(call, desk),
            "get_check" => self.get_check(call, desk),
            "get_check_details" => self.get_check_details(call, desk),
            _ => Ok(desk.example(call.operation)),
        }
    }

    fn refuse(&self, operation: Option<&Operation>, rejection: &Rejection, _desk: &mut Desk<'_>) -> Reply {
        error_response::reply(operation, rejection)
    }
}
