//! What many answers share.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::spec::Reply;
use crate::vendors::HandlerContext;

/// Who did what nobody else is known to have done.
pub(super) fn system_user() -> Value {
    json!({"user_id": "system", "user_name": "system"})
}

/// The acknowledgement that calls without an answer of their own give.
pub(super) fn acknowledgement(message: &str, context: &mut HandlerContext<'_>) -> Reply {
    let trace_id = context.ids.uuid("trace", message);
    Reply::ok(&json!({
        "meta": {"developer_message": message, "http_code": 200, "success": true, "360dialog_trace_id": trace_id},
        "status_code": 200,
    }))
}

/// As 360dialog writes points in time.
pub(super) fn format_time(now: Timestamp) -> String {
    now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
