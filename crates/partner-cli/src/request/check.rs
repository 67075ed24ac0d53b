//! Check of a request against the spec.

use api_bundle::jsonschema::ValidationError;
use api_bundle::jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use api_bundle::{Schemas, escape_token, unescape_token};
use serde_json::Value;

use super::similar_name::most_similar;
use crate::command::OperationFlags;
use crate::spec::exactly_one;

/// Violation of the spec in a request. It shows no value, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// JSON pointer to the value in the body; empty for the body itself and for parameters.
    pub(crate) pointer: String,
    /// Sentence that says where, what is wrong, and what to do.
    pub(crate) message: String,
    /// `true` if the request can be sent all the same.
    pub(crate) can_be_sent: bool,
}

impl Violation {
    /// Creates the violation of a parameter.
    pub(super) fn of_parameter(flag: &str, fault: &str) -> Self {
        Self { pointer: String::new(), message: format!("--{flag} {fault}"), can_be_sent: true }
    }

    /// Creates the violation of a part of the path, without which there is no request.
    pub(super) fn of_path(flag: &str, fault: &str) -> Self {
        Self { can_be_sent: false, ..Self::of_parameter(flag, fault) }
    }
}

/// Check of the values of one operation.
pub(super) struct RequestCheck<'c> {
    pub(super) schemas: &'c Schemas,
    pub(super) flags: &'c OperationFlags<'c>,
}

impl RequestCheck<'_> {
    /// Returns the violations of a parameter's schema in its value.
    pub(super) fn parameter(&self, flag: &str, schema: &Value, value: &Value) -> Vec<Violation> {
        let of_parameter = |(pointer, fault): (String, String)| {
            let place = if pointer.is_empty() { String::new() } else { format!("({pointer}) ") };
            Violation::of_parameter(flag, &format!("{place}{fault}"))
        };
        self.all_faults(schema, value).into_iter().map(of_parameter).collect()
    }

    /// Returns the violations of the body's schema.
    pub(super) fn body(&self, schema: &Value, body: &Value) -> Vec<Violation> {
        let of_body = |(pointer, fault): (String, String)| {
            let message = format!("{} {fault}", self.place(&pointer));
            Violation { pointer, message, can_be_sent: true }
        };
        self.all_faults(schema, body).into_iter().map(of_body).collect()
    }

    /// Returns the place of each fault and what is wrong there. Of a schema that says nothing, or can't be used, there are none.
    fn all_faults(&self, schema: &Value, value: &Value) -> Vec<(String, String)> {
        let Ok(validator) = self.schemas.validator(schema) else { return Vec::new() };
        validator.iter_errors(value).flat_map(|error| self.faults(schema, value, &error)).collect()
    }

    /// Returns the place of a value of the body, with the flag that it can be given by.
    fn place(&self, pointer: &str) -> String {
        let field = unescape_token(pointer.split('/').nth(1).unwrap_or_default());
        match self.flags.flag_of(&field, false) {
            _ if pointer.is_empty() => "the body".to_owned(),
            Some(flag) if pointer[1..].contains('/') => format!("--{flag} ({pointer})"),
            Some(flag) => format!("--{flag}"),
            None => pointer.to_owned(),
        }
    }

    /// Returns the places of an error and what is wrong there: several, where one of several schemas has to fit.
    fn faults(&self, schema: &Value, value: &Value, error: &ValidationError<'_>) -> Vec<(String, String)> {
        let pointer = error.instance_path().to_string();
        let fault = match error.kind() {
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                return self.faults_of_alternatives(schema, value, &pointer, context);
            }
            Kind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                return vec![(format!("{pointer}/{}", escape_token(name)), "is missing".to_owned())];
            }
            Kind::AdditionalProperties { unexpected } => self.unknown_fields(schema, &pointer, unexpected),
            Kind::Custom { .. } => self.not_exactly_one(schema, value, &pointer),
            Kind::Enum { options } => {
                let known = options.as_array().into_iter().flatten().filter(|value| !value.is_null());
                let known: Vec<String> = known.map(shown).collect();
                format!("is none of the known values: {}", known.join(", "))
            }
            Kind::Type { kind } => {
                let types = match kind {
                    TypeKind::Single(one) => vec![one.as_str()],
                    TypeKind::Multiple(several) => several.iter().map(|one| one.as_str()).collect(),
                };
                format!("must be {}", types.into_iter().map(noun).collect::<Vec<_>>().join(" or "))
            }
            Kind::Format { format } => match format.as_str() {
                "email" => "is no e-mail address".to_owned(),
                "date" => "is no date such as 2026-01-31".to_owned(),
                "date-time" => "is no time such as 2026-01-31T09:30:00Z".to_owned(),
                "uri" => "is no URL".to_owned(),
                other => format!("is no {other}"),
            },
            Kind::Pattern { pattern } => format!("does not match the pattern {pattern}"),
            Kind::MinLength { limit: 1 } => "is empty".to_owned(),
            Kind::MinLength { limit } => format!("must have at least {limit} characters"),
            Kind::MaxLength { limit } => format!("must have at most {limit} characters"),
            Kind::MinItems { limit } => format!("must have at least {limit} item(s)"),
            Kind::MaxItems { limit } => format!("must have at most {limit} items"),
            Kind::Minimum { limit } => format!("must be at least {limit}"),
            Kind::Maximum { limit } => format!("must be at most {limit}"),
            Kind::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
            Kind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
            _ => error.masked_with("it").to_string().trim_start_matches("it ").to_owned(),
        };
        vec![(pointer, fault)]
    }

    /// Returns what is wrong with a value none of whose schemas fits: of the one that comes nearest, or all types.
    fn faults_of_alternatives(
        &self,
        schema: &Value,
        value: &Value,
        pointer: &str,
        alternatives: &[Vec<ValidationError<'static>>],
    ) -> Vec<(String, String)> {
        let is_of_type = |errors: &&Vec<ValidationError<'static>>| {
            !errors
                .iter()
                .any(|error| matches!(error.kind(), Kind::Type { .. }) && error.instance_path().to_string() == pointer)
        };
        if let Some(errors) = alternatives.iter().filter(is_of_type).min_by_key(|errors| errors.len()) {
            return errors.iter().flat_map(|error| self.faults(schema, value, error)).collect();
        }
        let faults = alternatives.iter().flatten().flat_map(|error| self.faults(schema, value, error));
        let types: Vec<String> =
            faults.filter_map(|(_, fault)| fault.strip_prefix("must be ").map(str::to_owned)).collect();
        vec![(pointer.to_owned(), format!("must be {}", types.join(" or ")))]
    }

    fn unknown_fields(&self, schema: &Value, pointer: &str, unknown: &[String]) -> String {
        let object = self.schema_at(schema, pointer);
        let names = self.schemas.property_names(&object);
        let told = unknown.iter().map(|name| match most_similar(name, names.iter().map(String::as_str)) {
            Some(similar) => format!("{name:?}, did you mean {similar:?}?"),
            None => format!("{name:?}"),
        });
        format!("has a field that the spec does not have: {}", told.collect::<Vec<_>>().join(", "))
    }

    fn not_exactly_one(&self, schema: &Value, value: &Value, pointer: &str) -> String {
        let names = exactly_one(self.schemas, &self.schema_at(schema, pointer));
        let named = |name: &String| match self.flags.flag_of(name, false) {
            Some(flag) if pointer.is_empty() => format!("--{flag}"),
            _ => name.clone(),
        };
        let object = value.pointer(pointer);
        let is_given = |name: &&String| {
            object.and_then(|object| object.get(name.as_str())).is_some_and(|value| !value.is_null() && *value != "")
        };
        let given: Vec<String> = names.iter().filter(is_given).map(named).collect();
        let given = if given.is_empty() { "none is".to_owned() } else { format!("{} are", given.join(" and ")) };
        let all: Vec<String> = names.iter().map(named).collect();
        format!("needs exactly one of {}, and {given} given", all.join(", "))
    }

    fn schema_at(&self, schema: &Value, pointer: &str) -> Value {
        let mut tokens = pointer.split('/').skip(1).map(unescape_token);
        let found = tokens.try_fold(schema.clone(), |schema, token| self.schemas.member(&schema, &token));
        found.unwrap_or_default()
    }
}

/// Returns a known value as text; an empty one with quotes, by which it is seen.
fn shown(value: &Value) -> String {
    value.as_str().filter(|text| !text.is_empty()).map_or_else(|| value.to_string(), str::to_owned)
}

fn noun(json_type: &str) -> &str {
    match json_type {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "array" => "a list",
        "object" => "an object",
        other => other,
    }
}
