use std::fmt;

use api_runtime::{ErrorBody, ErrorPayload};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// Why ZapSign refused a call. The vendor has no one form for it; this reads all that are known and keeps any other.
///
/// The texts are translated, so they are for people and not for comparing. `Display` gives the vendor's own words;
/// `Debug` gives none.
#[derive(Clone)]
pub struct ApiError {
    payload: ErrorPayload,
}

impl ApiError {
    /// The reason, in the vendor's words.
    pub fn message(&self) -> Option<&str> {
        ["/detail", "/message", "/error", "/non_field_errors/0"]
            .iter()
            .find_map(|pointer| self.payload.text_at(pointer))
            .or_else(|| self.payload.sentence())
    }

    /// A stable code, where the vendor gives one.
    pub fn code(&self) -> Option<&str> {
        self.payload.text_at("/code")
    }

    /// What is wrong, by field: each field with the vendor's words about it. What concerns the request as a whole is
    /// under `non_field_errors`.
    pub fn field_errors(&self) -> impl Iterator<Item = (&str, &str)> {
        let by_field = self.payload.value_at("/data").and_then(Value::as_object).into_iter().flatten();
        let whole = self.payload.value_at("/non_field_errors").map(|errors| ("non_field_errors", errors));
        by_field.map(|(field, errors)| (field.as_str(), errors)).chain(whole).flat_map(|(field, errors)| {
            let one = errors.as_str();
            let many = errors.as_array().into_iter().flatten().filter_map(Value::as_str);
            one.into_iter().chain(many).map(move |error| (field, error))
        })
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
}

impl Serialize for ApiError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.payload.serialize(serializer)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message().unwrap_or("no reason given"))?;
        for (field, error) in self.field_errors() {
            write!(f, "; {field}: {error}")?;
        }
        Ok(())
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
    fn reads_every_form_of_refusal() {
        for (body, message) in [
            (r#"{"detail":"no permission"}"#, Some("no permission")),
            (r#"{"detail":"expired","code":"token_not_valid"}"#, Some("expired")),
            (r#"{"message":"Invalid Input","data":{"lang":["required"]}}"#, Some("Invalid Input")),
            (r#"{"error":"already signed"}"#, Some("already signed")),
            (r#"{"non_field_errors":["span too long"]}"#, Some("span too long")),
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
        assert_eq!(found, [("email", "c"), ("lang", "a"), ("lang", "b")]);
        assert_eq!(format!("{error:?}"), "ApiError { .. }");
    }
}
