//! Body to fill in.

use api_bundle::{Schemas, escape_token};
use serde_json::{Map, Value};

use crate::spec::{BodySpec, Field, FieldKind, exactly_one, format, types};

/// Number of objects within each other that are written out.
const MAX_DEPTH: usize = 4;

/// Body with all fields, and what people need to know to fill it in.
pub(crate) struct Skeleton {
    pub(crate) body: Value,
    /// A line for each field, with its pointer.
    pub(crate) hints: Vec<String>,
}

impl Skeleton {
    /// Creates the body: each field with its default, its first known value, or an empty one of its type.
    pub(crate) fn of(schemas: &Schemas, body: &BodySpec) -> Self {
        let mut writer = Writer { schemas, hints: Vec::new() };
        let body = writer.object(body.schema, "", MAX_DEPTH);
        Self { body, hints: writer.hints }
    }
}

struct Writer<'w> {
    schemas: &'w Schemas,
    hints: Vec<String>,
}

impl Writer<'_> {
    fn object(&mut self, schema: &Value, at: &str, depth: usize) -> Value {
        let Some(inner) = depth.checked_sub(1) else { return Value::Object(Map::new()) };
        let alternatives = exactly_one(self.schemas, schema);
        if !alternatives.is_empty() {
            let place = if at.is_empty() { "the body" } else { at };
            self.hints.push(format!("{place}: keep exactly one of {}", alternatives.join(", ")));
        }
        let mut fields = Map::new();
        for field in Field::of_object(self.schemas, schema).into_iter().filter(|field| !field.is_read_only) {
            let pointer = format!("{at}/{}", escape_token(&field.name));
            self.hints.push(hint(&pointer, &field));
            let value = self.value(&field.schema, &field, &pointer, inner);
            fields.insert(field.name, value);
        }
        fields.into()
    }

    fn value(&mut self, schema: &Value, field: &Field, at: &str, depth: usize) -> Value {
        if let Some(default) = &field.default
            && !matches!(field.kind, FieldKind::List(_))
        {
            return default.clone();
        }
        match FieldKind::of(self.schemas, schema) {
            FieldKind::Integer | FieldKind::Number => field.values.first().map_or(0.into(), |known| json_of(known)),
            FieldKind::Boolean => false.into(),
            FieldKind::Object => self.object(schema, at, depth),
            FieldKind::List(_) => {
                let items = self.schemas.member(schema, "0").unwrap_or_default();
                vec![self.value(&items, field, &format!("{at}/0"), depth)].into()
            }
            // Where nothing is known of the value, nothing is said.
            FieldKind::Any if field.values.is_empty() && !types(self.schemas, schema).contains(&"string") => {
                Value::Null
            }
            FieldKind::Text if field.values.is_empty() => placeholder(format(self.schemas, schema)).into(),
            FieldKind::Text | FieldKind::Any | FieldKind::Base64 | FieldKind::File | FieldKind::Secret => {
                field.values.first().cloned().unwrap_or_default().into()
            }
        }
    }
}

/// Returns a text of a format that the check takes. The names belong to nobody.
fn placeholder(format: &str) -> &'static str {
    match format {
        "email" => "name@company.example",
        "uri" => "https://company.example/",
        "date" => "2026-01-31",
        "date-time" => "2026-01-31T09:30:00Z",
        _ => "",
    }
}

fn json_of(known: &str) -> Value {
    serde_json::from_str(known).unwrap_or_else(|_| known.into())
}

/// Returns the line of a field.
fn hint(pointer: &str, field: &Field) -> String {
    let kind = match &field.kind {
        FieldKind::List(item) => format!("list of {}", noun(item)),
        kind => noun(kind).to_owned(),
    };
    let required = if field.required { ", required" } else { "" };
    let mut line = format!("{pointer} ({kind}{required})");
    let description = field.first_sentence();
    if !description.is_empty() {
        line = format!("{line}: {description}");
    }
    let known: Vec<&str> = field.values.iter().map(String::as_str).filter(|value| !value.is_empty()).collect();
    if known.is_empty() { line } else { format!("{line} [known values: {}]", known.join(", ")) }
}

fn noun(kind: &FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "text",
        FieldKind::Integer => "whole number",
        FieldKind::Number => "number",
        FieldKind::Boolean => "true or false",
        FieldKind::Base64 => "base64",
        FieldKind::File => "file",
        FieldKind::Secret => "secret",
        FieldKind::List(_) => "list",
        FieldKind::Object => "object",
        FieldKind::Any => "any JSON",
    }
}
