//! Error responses. ZapSign has no common format, so the example of the operation and status in the bundle is followed.

use serde_json::{Map, Value, json};

use crate::spec::{DocumentedResponse, Operation, ParameterLocation, Rejection, Reply, Violation};
use crate::vendors::vendor::ValidRequest;

/// Operations that answer a missing or wrong token with 403 instead of 401.
const FORBIDDEN: [&str; 2] = ["create_partner_account", "create_webhook"];

/// Message for an unknown API token, in English and Portuguese as the vendor's.
const UNKNOWN_TOKEN: &str =
    "API token not found. The sandbox prints its own when it starts / Token da API não encontrado";
/// Message for an access token that is not valid.
const TOKEN_NOT_VALID: &str = "The access token has run out, or was never given out.";

/// Renders a rejection.
pub(crate) fn reply(operation: Option<&Operation>, rejection: &Rejection) -> Reply {
    let forbidden = operation.is_some_and(|operation| FORBIDDEN.contains(&operation.id.as_str()));
    let status = if forbidden && *rejection == Rejection::Unauthorized { 403 } else { rejection.status() };
    let reason = match rejection {
        Rejection::Unauthorized => "The token is missing or not valid.",
        Rejection::UnknownToken => return Reply::json(status, &json!({"detail": UNKNOWN_TOKEN})),
        Rejection::TokenNotValid => {
            return Reply::json(status, &json!({"detail": TOKEN_NOT_VALID, "code": "token_not_valid"}));
        }
        Rejection::PaymentRequired(reason) | Rejection::Forbidden(reason) | Rejection::BusinessRule(reason) => reason,
        Rejection::NotFound => "Not found.",
        Rejection::MethodNotAllowed => "The method is not allowed.",
        Rejection::Invalid(_) => "",
        Rejection::TooManyRequests => "Too many requests.",
    };
    let documented = operation.and_then(|operation| operation.response(status));
    match (rejection, documented) {
        (Rejection::Invalid(violations), documented) => invalid_response(documented, violations),
        // These have one reason each, so the example fits.
        (Rejection::Unauthorized | Rejection::NotFound, Some(documented)) if !documented.example.is_null() => {
            Reply::example(documented)
        }
        // The documented 429 is about reminders.
        (Rejection::TooManyRequests, _) => Reply::json(status, &json!({"detail": reason})),
        (_, Some(documented)) if documented.media_type == "text/plain" => Reply::text(status, reason),
        (_, documented) => {
            let default_key = if status == 400 { "message" } else { "detail" };
            let mut body = json!({reason_key(documented).unwrap_or(default_key): reason});
            if let Some(success) = documented.and_then(|documented| documented.example.get("success")) {
                body["success"] = success.clone();
            }
            Reply::json(status, &body)
        }
    }
}

/// Returns the key of the message in the documented example.
fn reason_key(documented: Option<&DocumentedResponse>) -> Option<&str> {
    documented?.example.as_object()?.keys().find(|key| *key != "success").map(String::as_str)
}

/// Renders violations of the schemas.
fn invalid_response(documented: Option<&DocumentedResponse>, violations: &[Violation]) -> Reply {
    let messages: Vec<String> = violations.iter().map(ToString::to_string).collect();
    let body = match (documented.map(|documented| documented.media_type.as_str()), reason_key(documented)) {
        (Some("text/plain"), _) => return Reply::text(400, &messages.join(" ")),
        (_, Some("error")) => json!({"error": messages.join(" ")}),
        (_, Some("non_field_errors")) => json!({"non_field_errors": messages}),
        (_, Some("code")) => match violations.iter().find_map(cancellation_code) {
            Some(code) => json!({"code": code}),
            None => field_errors(violations),
        },
        _ => field_errors(violations),
    };
    Reply::json(400, &body)
}

/// Returns the messages of the violations by field name.
fn field_errors(violations: &[Violation]) -> Value {
    let mut data: Map<String, Value> = Map::new();
    for violation in violations {
        let field = if violation.field.is_empty() { "non_field_errors" } else { &violation.field };
        if let Value::Array(reasons) = data.entry(field).or_insert_with(|| json!([])) {
            reasons.push(violation.message.clone().into());
        }
    }
    json!({"message": "Invalid Input", "data": data})
}

/// Returns the error code of `cancel_document`, the only operation with codes for fields of its body.
fn cancellation_code(violation: &Violation) -> Option<String> {
    match (violation.location, violation.field.as_str()) {
        (ParameterLocation::Body, "") => Some("invalid_json".to_owned()),
        (ParameterLocation::Body, field @ ("doc_token" | "rejected_reason")) => Some(format!("missing_{field}")),
        _ => None,
    }
}

/// Returns the documented response with this status.
pub(crate) fn documented_response(request: &ValidRequest<'_>, status: u16) -> Reply {
    request.operation.response(status).map_or_else(|| Reply::new(status, "", ""), Reply::example)
}

/// Returns the rejection of a field that fits the schema and breaks a rule of the vendor.
pub(crate) fn field_error(field: &str, message: &str) -> Rejection {
    Rejection::Invalid(vec![Violation::of_field(field, message)])
}
