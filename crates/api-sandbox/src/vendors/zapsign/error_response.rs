//! There is no common form of refusals. What the bundle shows for the operation and the status is followed.

use serde_json::{Map, Value, json};

use crate::spec::{DocumentedResponse, Operation, ParameterLocation, Rejection, Reply, Violation};
use crate::vendors::ValidRequest;

/// Where a wrong token is forbidden instead of unauthorized.
const FORBIDDEN: [&str; 2] = ["create_partner_account", "create_webhook"];

/// What is said of an API token that no account has, in both languages as the vendor does.
const UNKNOWN_TOKEN: &str =
    "API token not found. The sandbox prints its own when it starts / Token da API não encontrado";
const TOKEN_NOT_VALID: &str = "The access token has run out, or was never given out.";

pub(crate) fn reply(operation: Option<&Operation>, rejection: &Rejection) -> Reply {
    let forbidden = operation.is_some_and(|operation| FORBIDDEN.contains(&operation.id.as_str()));
    let (status, reason) = match rejection {
        Rejection::Unauthorized if forbidden => (403, "The token is missing or not valid."),
        Rejection::Unauthorized => (401, "The token is missing or not valid."),
        Rejection::UnknownToken => return Reply::json(403, &json!({"detail": UNKNOWN_TOKEN})),
        Rejection::TokenNotValid => {
            return Reply::json(401, &json!({"detail": TOKEN_NOT_VALID, "code": "token_not_valid"}));
        }
        Rejection::PaymentRequired(reason) => (402, reason.as_str()),
        Rejection::Forbidden(reason) => (403, reason.as_str()),
        Rejection::NotFound => (404, "Not found."),
        Rejection::MethodNotAllowed => (405, "The method is not allowed."),
        Rejection::BusinessRule(reason) => (400, reason.as_str()),
        Rejection::Invalid(_) => (400, ""),
        Rejection::TooManyRequests => (429, "Too many requests."),
    };
    let documented = operation.and_then(|operation| operation.response(status));
    match (rejection, documented) {
        (Rejection::Invalid(violations), documented) => invalid_response(documented, violations),
        // There is one reason only, so the bundle has its words.
        (Rejection::Unauthorized | Rejection::NotFound, Some(documented)) if !documented.example.is_null() => {
            Reply::example(documented)
        }
        // The one that is documented says that reminders came too fast.
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

/// The key that holds the reason in the documented example.
fn reason_key(documented: Option<&DocumentedResponse>) -> Option<&str> {
    documented?.example.as_object()?.keys().find(|key| *key != "success").map(String::as_str)
}

fn invalid_response(documented: Option<&DocumentedResponse>, violations: &[Violation]) -> Reply {
    let messages: Vec<String> = violations.iter().map(to_sentence).collect();
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

/// What is wrong, by the name of the field.
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

fn to_sentence(violation: &Violation) -> String {
    match violation.field.as_str() {
        "" => violation.message.clone(),
        field => format!("{field}: {}", violation.message),
    }
}

/// The codes of the cancellation, the only operation that has some for its body.
fn cancellation_code(violation: &Violation) -> Option<String> {
    match (violation.location, violation.field.as_str()) {
        (ParameterLocation::Body, "") => Some("invalid_json".to_owned()),
        (ParameterLocation::Body, field @ ("doc_token" | "rejected_reason")) => Some(format!("missing_{field}")),
        _ => None,
    }
}

/// The answer of a status as the bundle words it.
pub(crate) fn documented_response(request: &ValidRequest<'_>, status: u16) -> Reply {
    request.operation.response(status).map_or_else(|| Reply::new(status, "", ""), Reply::example)
}

/// A field of the body that the schema lets through and the vendor does not.
pub(crate) fn field_error(field: &str, message: &str) -> Rejection {
    Rejection::Invalid(vec![Violation {
        location: ParameterLocation::Body,
        field: field.to_owned(),
        message: message.to_owned(),
    }])
}
