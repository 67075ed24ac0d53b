//! Handlers of plans and of the CSV table of a partner's accounts.

use csv::Writer;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::behavior::Behavior;
use crate::spec::{Rejection, Reply};
use crate::vendors::vendor::{HandlerContext, ValidRequest};
use crate::vendors::zapsign::error_response::{documented_response, field_error};
use crate::vendors::zapsign::model::Account;
use crate::vendors::zapsign::state::Zapsign;

/// Longest period of the table, in days.
const MAX_DAYS: i64 = 30;

/// Columns of the table, in order.
const COLUMNS: [&str; 17] = [
    "id",
    "name",
    "brand_name",
    "plan_name",
    "credits",
    "status",
    "period",
    "current_period_end",
    "documents_created",
    "envelopes_created",
    "qty_sms",
    "qty_whatsapp",
    "qty_digital_certificate",
    "qty_biometry_sov",
    "qty_facial_recognition",
    "qty_identity_verification",
    "qty_liveness",
];

impl Zapsign {
    /// Returns the plan of the example, changed by behaviors and by the payment status.
    pub(crate) fn get_plan(
        &self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        if context.behaviors.contains(&Behavior::NoApiPlan) {
            return Ok(documented_response(request, 404));
        }
        let mut plan = context.example_body("get_plan");
        if context.behaviors.contains(&Behavior::CanceledPlan) {
            plan["status"] = "canceled".into();
        }
        if !self.account(request.caller)?.payment_current {
            plan["status"] = "unpaid".into();
        }
        Ok(Reply::ok(&plan))
    }

    pub(crate) fn get_partner_plans(
        &self,
        request: &ValidRequest<'_>,
        context: &HandlerContext<'_>,
    ) -> Result<Reply, Rejection> {
        let today = context.now.to_zoned(TimeZone::UTC).date();
        let day = |name: &str, default: Date| {
            request.parameters.query(name).and_then(|day| day.as_str()?.parse().ok()).unwrap_or(default)
        };
        let from = day("start_date", today.saturating_sub(MAX_DAYS.days()));
        let to = day("end_date", today);
        if from > to {
            return Err(field_error("", "start_date is after end_date."));
        }
        if to > from.saturating_add(MAX_DAYS.days()) {
            return Err(field_error("", "The time asked for is longer than 30 days."));
        }
        let plan = context.example_body("get_plan");
        let rows = self
            .accounts
            .iter()
            .filter(|account| account.number == request.caller || account.opened_by.as_deref() == Some(request.caller));
        let mut table = Writer::from_writer(Vec::new());
        // Writing to memory cannot fail, nor can rows as long as the first one.
        let _ = table.write_record(COLUMNS);
        for account in rows {
            let _ = table.write_record(row(account, &plan, self.usage(account, from, to)));
        }
        Ok(Reply::new(200, "text/csv", table.into_inner().unwrap_or_default()))
    }
}

/// Returns the row of one account.
fn row(account: &Account, plan: &Value, (documents, envelopes): (usize, usize)) -> [String; COLUMNS.len()] {
    COLUMNS.map(|column| match column {
        "id" => account.number.clone(),
        "name" => account.name.clone(),
        "brand_name" => String::new(),
        "plan_name" => text(&plan["name"]),
        "credits" => text(&plan["number_of_credits"]),
        // The table knows two states only.
        "status" => if account.payment_current { "paid" } else { "pending_payment" }.to_owned(),
        "period" | "current_period_end" => text(&plan[column]),
        "documents_created" => documents.to_string(),
        "envelopes_created" => envelopes.to_string(),
        _ => "0".to_owned(),
    })
}

/// Returns a string, or an empty one for anything else.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
