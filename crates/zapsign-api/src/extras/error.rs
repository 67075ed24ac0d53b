//! The faults of a refusal by field, and the meaning of one status.

use api_runtime::ErrorPayload;
use reqwest::StatusCode;
use serde_json::Value;

use crate::ApiError;

/// Keys beside the fields of a refusal.
const ENVELOPE: [&str; 8] = ["code", "data", "detail", "error", "error_code", "message", "messages", "success"];

impl ApiError {
    /// Returns `true` if the API token is one that this environment does not know. The vendor refuses it with 403, on
    /// every operation.
    pub fn is_api_token_refused(&self) -> bool {
        let detail = self.payload().text_at("/detail").unwrap_or_default();
        ["API token not found", "Token da API não encontrado"].iter().any(|text| detail.starts_with(text))
    }

    /// Returns the faults by field: each field with the vendor's words about it, and one inside of another by its path, as
    /// in `signers[1].cpf`. What concerns the request as a whole is under `non_field_errors`.
    pub fn field_errors(&self) -> impl Iterator<Item = (String, &str)> {
        let mut found = Vec::new();
        if let ErrorPayload::Json(Value::Object(body)) = self.payload() {
            if let Some(fields) = body.get("data").filter(|data| data.is_object()) {
                collect(String::new(), fields, true, &mut found);
            }
            for (field, errors) in body.iter().filter(|(field, _)| !ENVELOPE.contains(&field.as_str())) {
                collect(field.clone(), errors, false, &mut found);
            }
        }
        found.into_iter()
    }

    /// Returns what a refusal means whose status says too little.
    pub(crate) fn explain(&self, status: StatusCode) -> Option<&'static str> {
        (status == StatusCode::FORBIDDEN && self.is_api_token_refused())
            .then_some("the API token is not known here; check that it belongs to this environment")
    }
}

/// Adds the texts of a value. Those about a field come as a list; a lone text is one only where `lone` says so.
fn collect<'e>(field: String, errors: &'e Value, lone: bool, found: &mut Vec<(String, &'e str)>) {
    match errors {
        Value::String(error) if lone => found.push((field, error)),
        Value::Array(list) => {
            for (index, item) in list.iter().enumerate() {
                match item {
                    Value::String(error) => found.push((field.clone(), error)),
                    inside => collect(format!("{field}[{index}]"), inside, lone, found),
                }
            }
        }
        Value::Object(fields) => {
            for (name, errors) in fields {
                let inside = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
                collect(inside, errors, lone, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use api_runtime::ErrorBody as _;

    use super::*;

    #[test]
    fn reads_every_form_of_refusal() {
        for (body, message) in [
            (r#"{"detail":"no permission"}"#, Some("no permission")),
            (r#"{"detail":"expired","code":"token_not_valid"}"#, Some("expired")),
            (r#"{"message":"Invalid Input","data":{"lang":["required"]}}"#, Some("Invalid Input")),
            (r#"{"error":"already signed"}"#, Some("already signed")),
            (r#"{"non_field_errors":["span too long"]}"#, Some("span too long")),
            (r#"{"detail":["no permission"]}"#, Some("no permission")),
            (r#"{"email":["not an address","too long"]}"#, None),
            (r#"{"success":false,"error_code":"not_open"}"#, None),
            ("Background check not found.", Some("Background check not found.")),
            (r#""quoted sentence""#, Some("quoted sentence")),
            ("<!doctype html>", None),
            ("", None),
        ] {
            assert_eq!(ApiError::decode(body.as_bytes()).message(), message, "{body}");
        }
    }

    #[test]
    fn field_errors_come_one_by_one() {
        let error = ApiError::decode(br#"{"message":"Invalid Input","data":{"lang":["a","b"],"email":"c"}}"#);
        let mut found: Vec<_> = error.field_errors().collect();
        found.sort_unstable();
        assert_eq!(found, [("email".to_owned(), "c"), ("lang".to_owned(), "a"), ("lang".to_owned(), "b")]);
        assert_eq!(format!("{error:?}"), "ApiError { .. }");
        assert!(error.to_string().starts_with("Invalid Input; "), "{error}");
    }

    #[test]
    fn fields_without_an_envelope_are_named_by_their_path() {
        for (body, expected, printed) in [
            (r#"{"email":["a","b"]}"#, &[("email", "a"), ("email", "b")][..], "email: a; email: b"),
            (r#"{"signers":[{},{"cpf":["c"]}]}"#, &[("signers[1].cpf", "c")], "signers[1].cpf: c"),
            (r#"{"data":{"owner":{"email":"d"}}}"#, &[("owner.email", "d")], "owner.email: d"),
            (r#"{"non_field_errors":["e"]}"#, &[("non_field_errors", "e")], "e; non_field_errors: e"),
            // What says something of the refusal is no field.
            (r#"{"detail":"f"}"#, &[], "f"),
            (r#"{"detail":["f"]}"#, &[], "f"),
            (r#"{"success":false,"error_code":"g"}"#, &[], "no reason given"),
            (r#"{"detail":"h","messages":[{"token_type":"access","message":"i"}]}"#, &[], "h"),
            (r#"{"status":"j","data":["k"]}"#, &[], "no reason given"),
        ] {
            let error = ApiError::decode(body.as_bytes());
            let found: Vec<_> = error.field_errors().collect();
            let expected: Vec<_> = expected.iter().map(|(field, error)| ((*field).to_owned(), *error)).collect();
            assert_eq!(found, expected, "{body}");
            assert_eq!(error.to_string(), printed, "{body}");
        }
    }

    #[test]
    fn codes_and_an_unknown_api_token_are_told() {
        let error = ApiError::decode(br#"{"success":false,"error_code":"cooldown_period"}"#);
        assert_eq!((error.code(), error.is_api_token_refused()), (Some("cooldown_period"), false));
        for detail in ["API token not found. More: https://docs.example", "Token da API não encontrado: x"] {
            let error = ApiError::decode(format!(r#"{{"detail":"{detail}"}}"#).as_bytes());
            assert!(error.is_api_token_refused());
            assert!(error.explanation(StatusCode::FORBIDDEN).is_some());
            assert_eq!(error.explanation(StatusCode::UNAUTHORIZED), None);
        }
        assert!(!ApiError::decode(br#"{"detail":"no API token not found"}"#).is_api_token_refused());
    }
}
