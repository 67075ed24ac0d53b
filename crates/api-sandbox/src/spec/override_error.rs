//! Refusal of an override, with the remedy.

use std::collections::BTreeSet;
use std::fmt;

use api_bundle::Schemas;
use api_bundle::jsonschema::ValidationError;
use api_bundle::jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use crate::similar_name::{hint, most_similar};

/// Number of schemas within each other that are looked through.
const MAX_DEPTH: usize = 16;

/// Reason why a value can't stand at a place of an event's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OverrideError(String);

impl fmt::Display for OverrideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl OverrideError {
    /// Creates the error for a text that is no pointer to a field.
    pub(super) fn no_pointer(text: &str) -> Self {
        Self(format!("`{text}` is no JSON pointer: it begins with `/`, as in `/{text}`"))
    }

    /// Creates the error for a pointer of too many tokens.
    pub(super) fn too_deep(count: usize, most: usize) -> Self {
        Self(format!("a JSON pointer has {count} tokens: give at most {most}"))
    }

    /// Creates the error for another name in the field that names the event.
    pub(super) fn other_event(pointer: &str, event: &str) -> Self {
        Self(format!(
            "`{pointer}` is `{event}` in this event: trigger the other event; `unchecked` sends another value"
        ))
    }

    /// Creates the error for an index that the list does not have.
    pub(super) fn no_item(pointer: &str, list: &str, count: usize) -> Self {
        let items = if count == 1 { "item" } else { "items" };
        Self(format!("there is no `{pointer}`: the list has {count} {items}; set `{list}` as a whole"))
    }

    /// Creates the error for a pointer into a value without members.
    pub(super) fn no_members(pointer: &str, value: &str) -> Self {
        Self(format!("there is no `{pointer}`: `{value}` is neither an object nor a list"))
    }

    /// Creates the error for a pointer that the schema does not know, and names the most similar one: of those with the same
    /// last token, if there are any.
    pub(super) fn unknown_pointer(pointer: &str, known: &BTreeSet<String>) -> Self {
        let last = |pointer: &str| pointer.rsplit('/').next().map(ToOwned::to_owned);
        let same_last = known.iter().map(String::as_str).filter(|known| last(known) == last(pointer));
        let nearest =
            most_similar(pointer, same_last).or_else(|| most_similar(pointer, known.iter().map(String::as_str)));
        let hint = hint(nearest);
        Self(format!("there is no `{pointer}`{hint}: `unchecked` sends a field that the schema does not know"))
    }

    /// Creates the error for a value that the schema of its place does not admit.
    pub(super) fn of_value(
        schemas: &Schemas,
        schema: &Value,
        pointer: &str,
        value: &Value,
        error: &ValidationError<'_>,
    ) -> Self {
        let mut wanted = Wanted::default();
        wanted.collect(schemas, schema, MAX_DEPTH);
        if value.is_null() {
            return Self(format!("`{pointer}` is not nullable: it takes {wanted}"));
        }
        match error.kind() {
            ValidationErrorKind::Required { property } => {
                Self(format!("`{pointer}` lacks `{}`", property.as_str().unwrap_or_default()))
            }
            // The value is left out: it may be long.
            _ if wanted.types.iter().any(|wanted| wanted == type_of(value)) => {
                Self(format!("`{pointer}`: {}", error.masked()))
            }
            _ if value.is_string() && !(wanted.values.is_empty() && wanted.formats.is_empty()) => {
                Self(format!("`{pointer}` takes {wanted}; `unchecked` sends another value"))
            }
            _ => Self(format!("`{pointer}` takes {wanted}, not {}", type_of(value))),
        }
    }
}

/// Values that a schema admits.
#[derive(Debug, Default)]
struct Wanted {
    /// Values of enums.
    values: Vec<String>,
    /// Types with their articles, without a format or values of an enum.
    types: Vec<String>,
    /// Formats of strings.
    formats: Vec<String>,
    nullable: bool,
}

impl Wanted {
    fn collect(&mut self, schemas: &Schemas, schema: &Value, depth: usize) {
        let Some(inner) = depth.checked_sub(1) else { return };
        self.nullable |= schema["nullable"] == true;
        let schema = schemas.resolve(schema);
        self.nullable |= schema["nullable"] == true;
        match (schema["enum"].as_array(), schema["format"].as_str(), schema["type"].as_str()) {
            (Some(values), ..) => self.values.extend(values.iter().map(|value| match value.as_str() {
                Some(text) => format!("`{text}`"),
                None => format!("`{value}`"),
            })),
            (None, Some(format), Some("string")) => self.formats.push(format.to_owned()),
            (None, _, Some(name)) => self.types.push(with_article(name)),
            (None, _, None) => {}
        }
        for keyword in ["allOf", "anyOf", "oneOf"] {
            schema[keyword].as_array().into_iter().flatten().for_each(|part| self.collect(schemas, part, inner));
        }
    }
}

/// Lists what is admitted, as in "one of `a`, `b` or null".
impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = (!self.values.is_empty()).then(|| format!("one of {}", self.values.join(", ")));
        let formats = self.formats.iter().map(|format| format!("a string of the format `{format}`"));
        let null = self.nullable.then(|| "null".to_owned());
        let all: Vec<String> =
            values.into_iter().chain(formats).chain(self.types.iter().cloned()).chain(null).collect();
        f.write_str(&all.join(" or "))
    }
}

/// Returns the type of a value with its article.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a number",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn with_article(name: &str) -> String {
    let article = if name.starts_with(['a', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {name}")
}
