//! Generation of the error body, from `x-error`.

use std::fmt::Write as _;

use serde_json::Value;

use super::ir::{ErrorAccessor, ErrorExtra, ErrorForm, ErrorValue};
use super::refine::docs;
use crate::spec::document::text;

/// Generates the error body of one API.
pub fn error_body(document: &Value, form: &ErrorForm) -> String {
    let title = text(&document["info"], "title").unwrap_or("API").trim_start_matches("The ");
    let message =
        ErrorAccessor { name: "message", kind: ErrorValue::Text, pointers: Vec::new(), description: String::new() };
    let known = form.accessors.iter().find(|accessor| accessor.name == message.name).unwrap_or(&message);
    let mut methods = self::message(known);
    for accessor in form.accessors.iter().filter(|accessor| accessor.name != message.name) {
        methods.push_str(&self::accessor(accessor));
    }
    let readers = readers(form);
    let cow = if readers.contains("Cow<") { "use ::std::borrow::Cow;\n" } else { "" };
    let about = format!(
        "Error body of the {title}, in any form: the whole body is kept.{}\n\n`Display` gives the vendor's own words; `Debug` \
         gives none.",
        further(&form.description)
    );
    format!(
        "//! Error body of the API.\n\n{cow}use ::std::fmt;\n\nuse ::api_runtime::{{ErrorBody, ErrorPayload}};\nuse ::serde::{{Serialize, Serializer}};\n\n\
         {about}#[derive(Clone)]\npub struct ApiError {{\n    payload: ErrorPayload,\n}}\n\n\
         impl ApiError {{\n{methods}    /// Returns the body as it was read, for what has no accessor.\n    \
         pub fn payload(&self) -> &ErrorPayload {{\n        &self.payload\n    }}\n}}\n\n\
         impl ErrorBody for ApiError {{\n    fn decode(body: &[u8]) -> Self {{\n        Self {{ payload: ErrorPayload::read(body) }}\n    }}\n{readers}}}\n\n\
         impl Serialize for ApiError {{\n    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {{\n        \
         self.payload.serialize(serializer)\n    }}\n}}\n\n\
         impl fmt::Display for ApiError {{\n    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {{\n        f.write_str(self.reason().as_deref().unwrap_or(\"no reason given\"))\n    }}\n}}\n\n\
         impl fmt::Debug for ApiError {{\n    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {{\n        \
         f.debug_struct(\"ApiError\").finish_non_exhaustive()\n    }}\n}}\n",
        about = docs::comment("", &about),
    )
}

/// Generates the methods of the trait that read a body.
fn readers(form: &ErrorForm) -> String {
    let find = |name: &str| form.accessors.iter().find(|accessor| accessor.name == name);
    let mut methods = "\n    fn message(&self) -> Option<&str> {\n        self.message()\n    }\n".to_owned();
    let by_field = form.extras.contains(&ErrorExtra::FieldErrors).then_some(
        "        reasons.extend(self.field_errors().map(|(field, error)| format!(\"{field}: {error}\")));\n",
    );
    let details = find("details").map(|_| "        reasons.extend(self.details().and_then(ErrorPayload::text_of));\n");
    if by_field.or(details).is_some() {
        let more: String = by_field.into_iter().chain(details).collect();
        let _ = write!(
            methods,
            "\n    fn reason(&self) -> Option<Cow<'_, str>> {{\n        \
             let mut reasons: Vec<String> = self.message().into_iter().map(ToOwned::to_owned).collect();\n{more}        \
             (!reasons.is_empty()).then(|| reasons.join(\"; \").into())\n    }}\n",
        );
    }
    if let Some(code) = find("code") {
        let text = if code.kind == ErrorValue::Integer { "|code| code.to_string().into()" } else { "Cow::Borrowed" };
        let method = format!("fn code(&self) -> Option<Cow<'_, str>> {{\n        self.code().map({text})\n    }}");
        let _ = writeln!(methods, "\n    {method}");
    }
    if find("trace_id").is_some() {
        methods.push_str("\n    fn trace_id(&self) -> Option<&str> {\n        self.trace_id()\n    }\n");
    }
    if form.extras.contains(&ErrorExtra::Explain) {
        methods.push_str(
            "\n    fn explanation(&self, status: ::reqwest::StatusCode) -> Option<&'static str> {\n        self.explain(status)\n    }\n",
        );
    }
    methods
}

/// Generates the accessor of the message, which is the body itself if that is plain text.
fn message(accessor: &ErrorAccessor) -> String {
    let first = first(accessor, "text_at").map_or_else(
        || "self.payload.plain_text()".to_owned(),
        |found| format!("{found}\n            .or_else(|| self.payload.plain_text())"),
    );
    let what = format!("Returns the message, in the vendor's words.{}", further(&accessor.description));
    format!("{}    pub fn message(&self) -> Option<&str> {{\n        {first}\n    }}\n\n", docs::comment("    ", &what))
}

fn accessor(accessor: &ErrorAccessor) -> String {
    let name = accessor.name;
    let what = match name {
        "code" => "Returns the vendor's code of the error.",
        "trace_id" => "Returns the id by which the vendor's support finds the call.",
        _ => "Returns what the vendor says beside the message, in a form that is not fixed.",
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
        assert!(!["fn trace_id", "fn code", "fn reason", "Cow"].iter().any(|part| text.contains(part)), "{text}");
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
            "    fn message(&self) -> Option<&str> {\n        self.message()",
            "self.code().map(|code| code.to_string().into())",
            "reasons.extend(self.details().and_then(ErrorPayload::text_of));",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn what_is_written_by_hand_is_called() {
        let text = of(&json!({"message": "/detail", "extras": ["field_errors", "explain"]}));
        assert!(text.contains("reasons.extend(self.field_errors().map(") && !text.contains("self.details()"), "{text}");
        assert!(text.contains("self.explain(status)"), "{text}");
    }
}
