//! Generation of the error body, from `x-error`.

use std::fmt::Write as _;

use serde_json::Value;

use super::ir::{ErrorAccessor, ErrorExtra, ErrorForm, ErrorValue};
use super::refine::docs;
use crate::spec::document::text;

/// Generates the error body of one API.
pub fn error_body(document: &Value, form: &ErrorForm) -> String {
    let by_field = form.extras.contains(&ErrorExtra::FieldErrors);
    let explains = form.extras.contains(&ErrorExtra::Explain);
    let title = text(&document["info"], "title").unwrap_or("API").trim_start_matches("The ");
    let message =
        ErrorAccessor { name: "message", kind: ErrorValue::Text, pointers: Vec::new(), description: String::new() };
    let known = form.accessors.iter().find(|accessor| accessor.name == message.name).unwrap_or(&message);
    let mut methods = self::message(known, by_field);
    for accessor in form.accessors.iter().filter(|accessor| accessor.name != message.name) {
        methods.push_str(&self::accessor(accessor));
    }
    let trace_id = form
        .accessors
        .iter()
        .any(|accessor| accessor.name == "trace_id")
        .then_some("\n    fn trace_id(&self) -> Option<&str> {\n        self.trace_id()\n    }\n");
    let explanation = explains.then_some(
        "\n    fn explanation(&self, status: ::reqwest::StatusCode) -> Option<&'static str> {\n        self.explain(status)\n    }\n",
    );
    let display = if by_field {
        "let by_field: Vec<String> = self.field_errors().map(|(field, error)| format!(\"{field}: {error}\")).collect();\n        \
         let reasons: Vec<&str> = self.plain_text().into_iter().chain(by_field.iter().map(String::as_str)).collect();\n        \
         f.write_str(if reasons.is_empty() { \"no reason given\" } else { \"\" })?;\n        f.write_str(&reasons.join(\"; \"))"
    } else {
        "f.write_str(self.message().unwrap_or(\"no reason given\"))"
    };
    let about = format!(
        "Error body of the {title}, in any form: the whole body is kept.{}\n\n`Display` gives the vendor's own words; `Debug` \
         gives none.",
        further(&form.description)
    );
    format!(
        "//! Error body of the API.\n\nuse ::std::fmt;\n\nuse ::api_runtime::{{ErrorBody, ErrorPayload}};\nuse ::serde::{{Serialize, Serializer}};\n\n\
         {about}#[derive(Clone)]\npub struct ApiError {{\n    payload: ErrorPayload,\n}}\n\n\
         impl ApiError {{\n{methods}    /// Returns the body as it was read, for what has no accessor.\n    \
         pub fn payload(&self) -> &ErrorPayload {{\n        &self.payload\n    }}\n}}\n\n\
         impl ErrorBody for ApiError {{\n    fn decode(body: &[u8]) -> Self {{\n        Self {{ payload: ErrorPayload::read(body) }}\n    }}\n{trace_id}{explanation}}}\n\n\
         impl Serialize for ApiError {{\n    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {{\n        \
         self.payload.serialize(serializer)\n    }}\n}}\n\n\
         impl fmt::Display for ApiError {{\n    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {{\n        {display}\n    }}\n}}\n\n\
         impl fmt::Debug for ApiError {{\n    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {{\n        \
         f.debug_struct(\"ApiError\").finish_non_exhaustive()\n    }}\n}}\n",
        about = docs::comment("", &about),
        trace_id = trace_id.unwrap_or_default(),
        explanation = explanation.unwrap_or_default(),
    )
}

/// Generates the accessor of the message, which is the body itself if that is plain text.
fn message(accessor: &ErrorAccessor, by_field: bool) -> String {
    let first = first(accessor, "text_at").map_or_else(
        || "self.payload.plain_text()".to_owned(),
        |found| format!("{found}\n            .or_else(|| self.payload.plain_text())"),
    );
    let more = further(&accessor.description);
    if by_field {
        let what = format!(
            "Returns the reason, in the vendor's words; the first of the [`field_errors`](Self::field_errors) if there is no \
             other.{more}"
        );
        format!(
            "{}    pub fn message(&self) -> Option<&str> {{\n        \
             self.plain_text().or_else(|| self.field_errors().next().map(|(_, error)| error))\n    }}\n\n    \
             fn plain_text(&self) -> Option<&str> {{\n        {first}\n    }}\n\n",
            docs::comment("    ", &what)
        )
    } else {
        let what = format!("Returns the reason, in the vendor's words.{more}");
        format!(
            "{}    pub fn message(&self) -> Option<&str> {{\n        {first}\n    }}\n\n",
            docs::comment("    ", &what)
        )
    }
}

fn accessor(accessor: &ErrorAccessor) -> String {
    let name = accessor.name;
    let what = match name {
        "code" => "Returns the vendor's code of the error.",
        "trace_id" => "Returns the id by which the vendor's support finds the call.",
        _ => "Returns what the vendor says beside the reason, in a form that is not fixed.",
    };
    let (ty, read) = match accessor.kind {
        ErrorValue::Text => ("&str", "text_at"),
        ErrorValue::Integer => ("i64", "value_at"),
        ErrorValue::Any => ("&::serde_json::Value", "value_at"),
    };
    let found = first(accessor, read).unwrap_or_else(|| "None".to_owned());
    let found = if accessor.kind == ErrorValue::Integer { format!("{found}?.as_i64()") } else { found };
    format!(
        "{}    pub fn {name}(&self) -> Option<{ty}> {{\n        {found}\n    }}\n\n",
        docs::comment("    ", &format!("{what}{}", further(&accessor.description)))
    )
}

/// Generates the expression of the first pointer that has a value; `None` without pointers.
fn first(accessor: &ErrorAccessor, read: &str) -> Option<String> {
    match accessor.pointers.as_slice() {
        [] => None,
        [one] => Some(format!("self.payload.{read}({one:?})")),
        several => Some(format!(
            "{several:?}\n            .iter()\n            .find_map(|pointer| self.payload.{read}(pointer))"
        )),
    }
}

fn further(text: &str) -> String {
    let mut further = String::new();
    if !text.trim().is_empty() {
        let _ = write!(further, " {}", text.trim());
    }
    further
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::codegen::lower::error_form;

    fn of(form: &Value) -> String {
        error_body(&json!({"info": {"title": "The Ships API"}}), &error_form(form, "/x-error").expect("a form"))
    }

    #[test]
    fn a_body_of_which_nothing_is_known_has_a_message_when_it_is_one() {
        let text = error_body(&Value::Null, &ErrorForm::default());
        assert!(text.contains("Option<&str> {\n        self.payload.plain_text()\n    }"), "{text}");
        assert!(!text.contains("fn trace_id") && !text.contains("fn code"), "{text}");
    }

    #[test]
    fn each_place_is_an_accessor_of_its_type() {
        let text = of(&json!({
            "message": "/detail", "code": {"at": ["/code", "/error/code"], "type": "integer", "description": "It is old."},
            "trace_id": "/id", "details": "/details", "description": "It sinks.",
        }));
        for part in [
            "/// Error body of the Ships API, in any form: the whole body is kept. It sinks.\n",
            "self.payload.text_at(\"/detail\")\n            .or_else(|| self.payload.plain_text())",
            "/// Returns the vendor's code of the error. It is old.\n    pub fn code(&self) -> Option<i64> {",
            ".find_map(|pointer| self.payload.value_at(pointer))?.as_i64()",
            "pub fn details(&self) -> Option<&::serde_json::Value> {\n        self.payload.value_at(\"/details\")",
            "    fn trace_id(&self) -> Option<&str> {\n        self.trace_id()",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn what_is_written_by_hand_is_called() {
        let text = of(&json!({"message": "/detail", "extras": ["field_errors", "explain"]}));
        assert!(text.contains("self.plain_text().or_else(|| self.field_errors().next()"), "{text}");
        assert!(text.contains("self.explain(status)"), "{text}");
    }
}
