//! Handlers of background checks. The results are those of the examples.

use serde_json::{Value, json};

use crate::spec::{Rejection, Reply};
use crate::vendors::vendor::{HandlerContext, ValidRequest};
use crate::vendors::zapsign::error_response::field_error;
use crate::vendors::zapsign::json::{field_or, format_time, set_fields};
use crate::vendors::zapsign::model::{Check, file};
use crate::vendors::zapsign::state::Zapsign;
use crate::vendors::zapsign::storage::{FileKind, url};

/// Fields that identify a person, one of which is required.
const PERSON_IDS: [&str; 4] = ["national_id", "foreign_id", "ptp", "ppt"];

/// Fields that a response copies from the request.
const REQUEST_FIELDS: [&str; 8] =
    ["company_name", "first_name", "last_name", "national_id", "foreign_id", "tax_id", "region", "ptp"];

impl Zapsign {
    pub(crate) fn create_check(
        &mut self,
        request: &ValidRequest<'_>,
        context: &mut HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let body = &request.parameters.body;
        let kind = request.parameters.text("type").unwrap_or_default();
        if body["user_authorized"] != true {
            return Err(field_error("user_authorized", "The subject has to agree."));
        }
        if kind.contains("company") && !is_present(body, "tax_id") {
            return Err(field_error("tax_id", "This field is required."));
        }
        if !kind.contains("company") && !PERSON_IDS.iter().any(|field| is_present(body, field)) {
            return Err(field_error("national_id", "One of national_id, foreign_id, ptp and ppt is required."));
        }
        let mut request_body = body.clone();
        request_body["force_creation"] = Value::Null;
        let matches = |check: &&Check| check.account == request.caller && check.request_body == request_body;
        if body["force_creation"] == false
            && let Some(known) = self.checks.iter().rev().find(matches)
        {
            return Ok(Reply::ok(&known.value));
        }
        let id = context.ids.uuid("check", &format!("{} {request_body}", request.caller)).replace('-', "");
        let now = format_time(context.now);
        let mut value = json!({
            "check_id": format!("CHK{id}"),
            "status": "not_started",
            "full_name": "",
            "date_of_birth": null,
            "issue_date": null,
            "country": body["country"],
            "native_country": "",
            "check_type": kind,
            "lang": "pt-br",
            "created_at": now,
            "last_update_at": now,
        });
        for field in REQUEST_FIELDS {
            value[field] = field_or(body, field, "");
        }
        let token = value["check_id"].as_str().unwrap_or_default();
        let report = file::described_file(token, vec!["Source: background check".to_owned()], context.now);
        self.store_file(FileKind::Original, token, report, context.ids);
        let check =
            Check { account: request.caller.to_owned(), request_body, value: value.clone(), created_at: context.now };
        self.emit_check_completed(&check, context);
        self.checks.push(check);
        Ok(Reply::ok(&value))
    }

    /// Emits the event of a check, which is complete at once. The link to the report is not in its body.
    fn emit_check_completed(&self, check: &Check, context: &mut HandlerContext<'_>) {
        let event = "background_check_completed";
        let mut body = context.event_body(event);
        let fields = completed(check, context);
        let fields = fields.as_object().into_iter().flatten().filter(|(field, _)| *field != "pdf_report");
        set_fields(&mut body, fields.map(|(field, value)| (field.clone(), value.clone())).collect());
        let subscribers =
            self.webhooks.iter().filter(|webhook| webhook.subscribes_to(event, &check.account, &Value::Null));
        context.outbox.extend(subscribers.map(|webhook| webhook.delivery(event, body.clone())));
    }

    /// Returns a check, which is always complete.
    pub(crate) fn get_check(
        &self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        Ok(Reply::ok(&completed(self.check(request)?, context)))
    }

    pub(crate) fn get_check_details(
        &self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let id = &self.check(request)?.value["check_id"];
        let mut page = context.example_body("get_check_details");
        for detail in page["details"].as_array_mut().into_iter().flatten() {
            detail["check_id"] = id.clone();
        }
        page["self"] = format!("/api/v1/checks/{}/details/", id.as_str().unwrap_or_default()).into();
        page["next"] = "".into();
        Ok(Reply::ok(&page))
    }

    /// Returns the check named in the path.
    fn check(&self, request: &ValidRequest<'_>) -> Result<&Check, Rejection> {
        let id = request.parameters.path("check_id");
        let matches = |check: &&Check| check.account == request.caller && check.value["check_id"] == id;
        self.checks.iter().find(matches).ok_or(Rejection::NotFound)
    }
}

/// Returns the JSON of a complete check.
fn completed(check: &Check, context: &HandlerContext<'_>) -> Value {
    let mut value = context.example_body("get_check");
    set_fields(&mut value, check.value.clone());
    let name = |field: &str| check.value[field].as_str().unwrap_or_default();
    value["full_name"] = format!("{} {}", name("first_name"), name("last_name")).trim().into();
    value["status"] = "completed".into();
    value["pdf_report"]["url"] = url(FileKind::Original, name("check_id"), check.created_at, context).into();
    value
}

/// Returns `true` if a field is a string that is not empty.
fn is_present(body: &Value, field: &str) -> bool {
    body[field].as_str().is_some_and(|text| !text.is_empty())
}
