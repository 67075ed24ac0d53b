//! Value of a field, from text.

use api_bundle::Schemas;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Number, Value};

use super::input::Input;
use super::value_error::ValueError;
use super::{assignment, pairs};
use crate::spec::FieldKind;

/// Reads a value as its schema says.
pub(super) fn parse(schemas: &Schemas, schema: &Value, text: &str, input: &Input<'_>) -> Result<Value, ValueError> {
    match FieldKind::of(schemas, schema) {
        FieldKind::Text => Ok(text.into()),
        FieldKind::Integer => match serde_json::from_str::<Number>(text) {
            Ok(number) if number.is_i64() || number.is_u64() => Ok(number.into()),
            _ => Err(ValueError::new(format!("{text:?} is no whole number"))),
        },
        FieldKind::Number => serde_json::from_str::<Number>(text)
            .map(Value::from)
            .map_err(|_| ValueError::new(format!("{text:?} is no number"))),
        FieldKind::Boolean => match text {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            "null" => Ok(Value::Null),
            _ => Err(ValueError::new(format!("{text:?} is neither `true` nor `false`"))),
        },
        FieldKind::Base64 => Ok(match input.read(text)? {
            Some(content) => STANDARD.encode(content.bytes).into(),
            None => text.into(),
        }),
        FieldKind::File => Err(ValueError::new("a file is a field of a form of its own; give it with its flag")),
        FieldKind::Secret => match input.read(text)? {
            Some(content) => Ok(content.into_text()?.trim_end_matches(['\r', '\n']).into()),
            None => Err(ValueError::new(
                "it is a secret, and others can read the command line; give `@FILE`, or `-` for the standard input",
            )),
        },
        FieldKind::List(_) => match json(schemas, schema, text, '[', input)? {
            Some(list) => Ok(list),
            None => {
                Ok(Value::Array(vec![parse(schemas, &schemas.member(schema, "0").unwrap_or_default(), text, input)?]))
            }
        },
        FieldKind::Object => match json(schemas, schema, text, '{', input)? {
            Some(object) => Ok(object),
            None => {
                let mut object = Value::Object(serde_json::Map::new());
                for pair in pairs::split(text)? {
                    assignment::apply(schemas, schema, &mut object, &pair, input)?;
                }
                Ok(object)
            }
        },
        FieldKind::Any => match json(schemas, schema, text, '{', input)? {
            Some(value) => Ok(value),
            None => Ok(serde_json::from_str(text).unwrap_or_else(|_| text.into())),
        },
    }
}

/// Reads the value of a flag that may be given several times: the items of a list are put together.
pub(super) fn parse_all(
    schemas: &Schemas,
    schema: &Value,
    texts: &[String],
    input: &Input<'_>,
) -> Result<Value, ValueError> {
    let mut values = Vec::new();
    for text in texts {
        values.push(parse(schemas, schema, text, input)?);
    }
    if let FieldKind::List(_) = FieldKind::of(schemas, schema) {
        return Ok(values
            .into_iter()
            .flat_map(|value| if let Value::Array(items) = value { items } else { vec![value] })
            .collect());
    }
    Ok(values.pop().unwrap_or_default())
}

/// Reads JSON of the command line, which may hold no secret.
pub(super) fn inline_json(schemas: &Schemas, schema: &Value, text: &str) -> Result<Value, ValueError> {
    let mut value: Value = decode(text)?;
    let mut secret = schemas.is_secret(schema).then(String::new);
    schemas.visit_secrets(schema, &mut value, &mut |pointer, _| {
        secret.get_or_insert_with(|| pointer.to_owned());
    });
    match secret {
        Some(pointer) => Err(ValueError::new(format!(
            "it holds a secret{}, and others can read the command line; give the JSON as `@FILE`",
            if pointer.is_empty() { String::new() } else { format!(" at {pointer}") }
        ))),
        None => Ok(value),
    }
}

/// Reads JSON that a file holds, or that begins with a bracket. Returns `None` for another text.
fn json(
    schemas: &Schemas,
    schema: &Value,
    text: &str,
    bracket: char,
    input: &Input<'_>,
) -> Result<Option<Value>, ValueError> {
    if text.trim_start().starts_with(bracket) {
        return inline_json(schemas, schema, text).map(Some);
    }
    match input.read(text)? {
        Some(content) => decode(&content.into_text()?).map(Some),
        None => Ok(None),
    }
}

/// Decodes JSON. The error tells the place, and nothing of the content.
pub(super) fn decode(text: &str) -> Result<Value, ValueError> {
    serde_json::from_str(text).map_err(|error| {
        ValueError::new(format!(
            "it is not JSON: {:?} at line {} column {}",
            error.classify(),
            error.line(),
            error.column()
        ))
    })
}
