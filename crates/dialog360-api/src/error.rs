use std::fmt;

use api_runtime::{ErrorBody, ErrorPayload};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// Why 360dialog refused a call: its `meta` envelope, or whatever came instead of one.
///
/// `Display` gives the vendor's own words; `Debug` gives none.
#[derive(Clone)]
pub struct ApiError {
    payload: ErrorPayload,
}

impl ApiError {
    /// The reason, in the vendor's words. It may hold a WhatsApp error as JSON inside the text.
    pub fn message(&self) -> Option<&str> {
        // The token endpoint answers in the form of OAuth.
        ["/meta/developer_message", "/error_description", "/error/message", "/error"]
            .iter()
            .find_map(|pointer| self.payload.text_at(pointer))
            .or_else(|| self.payload.sentence())
    }

    /// The status that the body names, which is that of the answer or of the platform behind it.
    pub fn code(&self) -> Option<i64> {
        self.payload.value_at("/meta/http_code")?.as_i64()
    }

    /// The id by which the vendor's support finds the call.
    pub fn trace_id(&self) -> Option<&str> {
        self.payload.text_at("/meta/360dialog_trace_id")
    }

    /// What is wrong, usually by field. Its form is not fixed.
    pub fn details(&self) -> Option<&Value> {
        self.payload.value_at("/meta/details")
    }

    /// The body as it was read, for what has no accessor.
    pub fn payload(&self) -> &ErrorPayload {
        &self.payload
    }
}

impl ErrorBody for ApiError {
    fn decode(body: &[u8]) -> Self {
        Self { payload: ErrorPayload::read(body) }
    }

    fn trace_id(&self) -> Option<&str> {
        self.trace_id()
    }
}

impl Serialize for ApiError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.payload.serialize(serializer)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message().unwrap_or("no reason given"))
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_envelope_and_what_comes_instead_of_it() {
        for (body, message) in [
            (
                r#"{"meta":{"developer_message":"Wrong payload","http_code":400,"success":false}}"#,
                Some("Wrong payload"),
            ),
            (r#"{"error":"invalid_grant","error_description":"Wrong password."}"#, Some("Wrong password.")),
            (r#"{"error":{"message":"no key"}}"#, Some("no key")),
            ("upstream is away", Some("upstream is away")),
            ("<html>502</html>", None),
            ("", None),
        ] {
            assert_eq!(ApiError::decode(body.as_bytes()).message(), message, "{body}");
        }
    }

    #[test]
    fn details_are_any_json() {
        for details in [r#"{"email":["wrong"]}"#, r#"["wrong"]"#, r#""wrong""#] {
            let error = ApiError::decode(format!(r#"{{"meta":{{"details":{details}}}}}"#).as_bytes());
            assert_eq!(error.details().map(ToString::to_string).as_deref(), Some(details));
        }
    }
}
