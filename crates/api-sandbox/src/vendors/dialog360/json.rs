//! JSON that several responses share.

use serde_json::{Value, json};

use crate::spec::Reply;
use crate::vendors::vendor::HandlerContext;

/// Returns the user shown for changes that are made by no known user.
pub(super) fn system_user() -> Value {
    json!({"user_id": "system", "user_name": "system"})
}

/// Returns the success envelope, the response of operations that return no resource.
pub(super) fn acknowledgement(message: &str, context: &mut HandlerContext<'_>) -> Reply {
    let trace_id = context.ids.uuid("trace", message);
    Reply::ok(&json!({
        "meta": {"developer_message": message, "http_code": 200, "success": true, "360dialog_trace_id": trace_id},
        "status_code": 200,
    }))
}
