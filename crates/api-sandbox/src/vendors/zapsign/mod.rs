//! ZapSign API: routes operations to handlers.

mod error_response;
mod handlers;
mod json;
mod model;
mod overview;
mod paging;
mod seed;
mod state;
mod storage;
mod validation;

use std::time::Duration;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use jiff::Timestamp;
use serde_json::Value;

pub use self::model::SignerError;
use self::model::session;
pub(crate) use self::model::{Control, SignerAction, SigningPage, TemplateForm, check_reason};
pub(crate) use self::state::Zapsign;
pub(crate) use self::storage::FILES;
use crate::delivery::{Delivery, DeliveryRule};
use crate::spec::{Event, Operation, Rejection, Reply};
use crate::trigger::{Trigger, TriggerError};
use crate::vendors::seed::{SeedError, SeedItem, SeedLoader};
use crate::vendors::vendor::{HandlerContext, ValidRequest, Vendor};

/// A delivery that fails is tried again once, 5 to 6 seconds later.
static DELIVERY_RULE: DeliveryRule =
    DeliveryRule { success: 200..=299, retry_intervals: &[Duration::from_millis(5500)] };

impl Vendor for Zapsign {
    fn authenticate(&self, headers: &HeaderMap, now: Timestamp) -> Result<String, Rejection> {
        let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let token = token.ok_or(Rejection::Unauthorized)?;
        if session::is_jwt(token) {
            return self.sessions.account(token, now).cloned().ok_or(Rejection::TokenNotValid);
        }
        let account = self.accounts.iter().find(|account| account.api_token == token);
        account.map(|account| account.number.clone()).ok_or(Rejection::UnknownToken)
    }

    fn handle(&mut self, request: &ValidRequest<'_>, context: &mut HandlerContext<'_>) -> Result<Reply, Rejection> {
        let upload = validation::validate(&request.operation.id, &request.parameters.body)?;
        match request.operation.id.as_str() {
            "create_partner_account" => self.create_partner_account(request, context),
            "update_payment_status" => self.update_payment_status(request, context),
            "get_partner_plans" => self.get_partner_plans(request, context),
            "get_plan" => self.get_plan(request, context),
            "list_users" => self.list_users(request, context),
            "create_user" => self.create_user(request, context),
            "delete_user" => self.delete_user(request, context),
            "obtain_access_token" => self.obtain_access_token(request, context),
            "refresh_access_token" => self.refresh_access_token(request, context),
            "create_document" => self.create_document(request, upload, context),
            "create_document_async" => self.create_document(request, upload, context).map(|_| self.queued()),
            "create_document_from_template" => self.create_document_from_template(request, context),
            "create_document_from_template_async" => {
                self.create_document_from_template(request, context).map(|_| self.queued())
            }
            "add_extra_document" => self.add_extra_document(request, upload, context),
            "add_extra_document_from_template" => self.add_extra_document_from_template(request, context),
            "get_document" => self.get_document(request, context),
            "list_documents" => Ok(self.list_documents(request, context)),
            "update_document" => self.update_document(request, context),
            "reorder_envelope" => self.reorder_envelope(request, context),
            "delete_document" => self.delete_document(request, context),
            "get_audit_log" => self.get_audit_log(request, context),
            "place_signatures" => self.place_signatures(request, context),
            "validate_pdf_signature" => handlers::validate_pdf_signature(request, context),
            "cancel_document" => self.cancel_document(request, context),
            "refuse_document_as_user" => self.refuse_document_as_user(request, context),
            "reprocess_document" => self.reprocess_document(request, context),
            "resend_notifications" => self.resend_notifications(request, context),
            "get_signer" => self.get_signer(request, context),
            "update_signer" => self.update_signer(request, context),
            "add_signer" => self.add_signer(request, context),
            "remove_signer" => self.remove_signer(request, context),
            "reset_signer_attempts" => self.reset_signer_attempts(request),
            "get_signer_verification" => self.get_signer_verification(request, context),
            "delete_signer_groups" => self.delete_signer_groups(request, context),
            "sign_documents" => self.sign_documents(request, context),
            "create_template" => self.create_template(request, upload, context),
            "update_template_form" => self.update_template_form(request, context),
            "list_templates" => Ok(self.list_templates(request, context)),
            "get_template" => self.get_template(request, context),
            "update_template" => self.update_template(request, context),
            "delete_template" => self.delete_template(request, context),
            "create_webhook" => self.create_webhook(request, context),
            "add_webhook_headers" => self.add_webhook_headers(request, context),
            "delete_webhook" => self.delete_webhook(request, context),
            "create_check" => self.create_check(request, context),
            "get_check" => self.get_check(request, context),
            "get_check_details" => self.get_check_details(request, context),
            _ => Ok(context.example(request.operation)),
        }
    }

    fn error_response(
        &self,
        operation: Option<&Operation>,
        rejection: &Rejection,
        _context: &mut HandlerContext<'_>,
    ) -> Reply {
        error_response::reply(operation, rejection)
    }

    fn event_body(
        &self,
        event: &Event,
        trigger: &Trigger,
        context: &mut HandlerContext<'_>,
    ) -> Result<Value, TriggerError> {
        self.triggered_body(event, trigger, context)
    }

    fn event_deliveries(&self, trigger: &Trigger, body: &Value) -> Result<Vec<Delivery>, TriggerError> {
        self.triggered_deliveries(trigger, body)
    }

    fn overview(&self) -> Value {
        self.overview_json()
    }

    fn delivery_rule(&self) -> &'static DeliveryRule {
        &DELIVERY_RULE
    }

    fn next_due(&self) -> Option<Timestamp> {
        self.schedule.next_due()
    }

    fn run_due(&mut self, context: &mut HandlerContext<'_>) {
        self.run_schedule(context);
    }

    fn load(&mut self, part: &SeedItem<'_>, loader: &mut SeedLoader<'_, '_>) -> Result<(), SeedError> {
        self.load_seed(part, loader)
    }

    fn clone_boxed(&self) -> Box<dyn Vendor> {
        Box::new(self.clone())
    }
}
