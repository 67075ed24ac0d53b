//! Error responses: the `meta` envelope, and OAuth errors for `create_token`.

use serde_json::{Map, Value, json};

use crate::spec::{Operation, Rejection, Reply, Violation};
use crate::vendors::vendor::HandlerContext;

/// Renders a rejection.
pub(super) fn reply(operation: Option<&Operation>, rejection: &Rejection, context: &mut HandlerContext<'_>) -> Reply {
    let status = rejection.status();
    let message = match rejection {
        Rejection::Unauthorized | Rejection::UnknownToken | Rejection::TokenNotValid => "Unauthorized",
        Rejection::PaymentRequired(reason) | Rejection::Forbidden(reason) => reason.as_str(),
        Rejection::NotFound => "Not found",
        Rejection::MethodNotAllowed => "Method not allowed",
        Rejection::Invalid(_) | Rejection::BusinessRule(_) => "Wrong payload",
        Rejection::TooManyRequests => "Too many requests",
    };
    if operation.is_some_and(|operation| operation.id == "create_token") {
        // The error codes of OAuth (RFC 6749, section 5.2).
        let error = if status == 400 { "invalid_request" } else { "invalid_grant" };
        return Reply::json(400, &json!({"error": error, "error_description": message}));
    }
    let trace_id = context.ids.uuid("trace", message);
    let mut meta = json!({
        "developer_message": message, "http_code": status, "success": false, "360dialog_trace_id": trace_id,
    });
    match rejection {
        Rejection::Invalid(violations) => meta["details"] = details(violations),
        Rejection::BusinessRule(reason) => meta["details"] = json!({"_schema": [reason]}),
        _ => {}
    }
    Reply::json(status, &json!({"meta": meta}))
}

/// Returns the messages of the violations by field name.
fn details(violations: &[Violation]) -> Value {
    let mut details: Map<String, Value> = Map::new();
    for violation in violations {
        let field = if violation.field.is_empty() { "_schema" } else { &violation.field };
        let reasons = details.entry(field).or_insert_with(|| json!([]));
        if let Value::Array(reasons) = reasons {
            reasons.push(violation.message.clone().into());
        }
    }
    Value::Object(details)
}
