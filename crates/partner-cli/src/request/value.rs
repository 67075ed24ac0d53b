//! Value of a field, from text.

use api_bundle::Schemas;
use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use serde_json::{Map, Number, Value};

use super::input::Input;
use super::json_text::decode;
use super::pairs;
use super::value_error::ValueError;
use crate::spec::FieldKind;

/// Base64 with or without its padding, as vendors take it.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Reader of values, as their schemas say.
pub(super) struct ValueReader<'r, 'i> {
    pub(super) schemas: &'r Schemas,
    pub(super) input: &'r Input<'i>,
    /// `true` if a field that the spec does not have is an error.
    pub(super) is_checked: bool,
}

impl ValueReader<'_, '_> {
    /// Reads a value.
    pub(super) fn parse(&self, schema: &Value, text: &str) -> Result<Value, ValueError> {
        match FieldKind::of(self.schemas, schema) {
            FieldKind::Text => Ok(text.into()),
            FieldKind::Integer | FieldKind::Number | FieldKind::Boolean if text == "null" => Ok(Value::Null),
            FieldKind::Integer => match serde_json::from_str::<Number>(text) {
                Ok(number) if number.is_i64() || number.is_u64() => Ok(number.into()),
                _ => Err(ValueError::new("it is no whole number of 64 bits")),
            },
            FieldKind::Number => {
                serde_json::from_str::<Number>(text).map(Value::from).map_err(|_| ValueError::new("it is no number"))
            }
            FieldKind::Boolean => match text {
                "true" => Ok(true.into()),
                "false" => Ok(false.into()),
                _ => Err(ValueError::new("it is neither `true` nor `false`")),
            },
            FieldKind::Base64 => self.base64(text).map(Value::from),
            FieldKind::File => Err(ValueError::new("a file is a field of a form of its own; give it with its flag")),
            FieldKind::Secret => self.secret(text),
            FieldKind::List(item) => {
                let items = self.schemas.member(schema, "0").unwrap_or_default();
                let is_file = text.starts_with('@') || text == "-";
                if is_file && matches!(*item, FieldKind::Base64 | FieldKind::Secret) {
                    return Ok(vec![self.parse(&items, text)?].into());
                }
                match self.json(schema, text, &['['])? {
                    Some(list) => Ok(list),
                    None => Ok(vec![self.parse(&items, text)?].into()),
                }
            }
            FieldKind::Object => match self.json(schema, text, &['{'])? {
                Some(object) => Ok(object),
                None => {
                    let mut object = Value::Object(Map::new());
                    for pair in pairs::split(text)? {
                        self.apply(schema, &mut object, &pair)?;
                    }
                    Ok(object)
                }
            },
            FieldKind::Any => match self.json(schema, text, &['{', '['])? {
                Some(value) => Ok(value),
                None => Ok(scalar(text)),
            },
        }
    }

    /// Reads the value of a flag that may be given several times: the items of a list are put together.
    pub(super) fn parse_all(&self, schema: &Value, texts: &[String]) -> Result<Value, ValueError> {
        let values = texts.iter().map(|text| self.parse(schema, text)).collect::<Result<Vec<_>, _>>()?;
        if let FieldKind::List(_) = FieldKind::of(self.schemas, schema) {
            let items = values.into_iter().flat_map(|value| match value {
                Value::Array(items) => items,
                other => vec![other],
            });
            return Ok(items.collect());
        }
        Ok(values.into_iter().next_back().unwrap_or_default())
    }

    /// Reads a secret, which is not on the command line.
    pub(super) fn secret(&self, text: &str) -> Result<Value, ValueError> {
        match self.input.read_secret(text)? {
            Some(content) => Ok(content.into_text()?.trim_end_matches(['\r', '\n']).into()),
            None => Err(ValueError::new(
                "it is a secret, and others can read the command line; give `@FILE`, or `-` for the standard input",
            )),
        }
    }

    /// Reads JSON of the command line, which may hold no secret.
    pub(super) fn inline_json(&self, schema: &Value, text: &str) -> Result<Value, ValueError> {
        let value = decode(text).map_err(|error| ValueError::new(format!("{error}; a file is given as `@FILE`")))?;
        self.without_secrets(schema, value)
    }

    /// Returns a value of the command line, unless there is a secret in it.
    pub(super) fn without_secrets(&self, schema: &Value, mut value: Value) -> Result<Value, ValueError> {
        let mut secret = (self.schemas.is_secret(schema) && !value.is_null()).then(String::new);
        self.schemas.visit_secrets(schema, &mut value, &mut |pointer, _| {
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

    fn base64(&self, text: &str) -> Result<String, ValueError> {
        if let Some(content) = self.input.read(text)? {
            return Ok(STANDARD.encode(content.bytes));
        }
        // Vendors take the URL of a page, too: `data:image/png;base64,...`.
        let digits = if text.starts_with("data:") { text.split_once(',').map_or(text, |(_, data)| data) } else { text };
        match LENIENT.decode(digits) {
            Ok(_) => Ok(text.to_owned()),
            Err(_) => Err(ValueError::new("it is no base64; a file is given as `@FILE`")),
        }
    }

    /// Reads JSON that a file holds, or that begins with one of the brackets. Returns `None` for another text.
    fn json(&self, schema: &Value, text: &str, brackets: &[char]) -> Result<Option<Value>, ValueError> {
        if text.trim_start().starts_with(brackets) {
            return self.inline_json(schema, text).map(Some);
        }
        match self.input.read(text)? {
            Some(content) => decode(&content.into_text()?).map(Some),
            None => Ok(None),
        }
    }
}

/// Returns a text as the JSON that it is, or else as a text. So is a number with more digits than are kept, such as a long id.
fn scalar(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(Value::Number(number)) if number.to_string() != text => text.into(),
        Ok(value) => value,
        Err(_) => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(schema: &Value, text: &str) -> Result<Value, String> {
        let (schemas, input) = (Schemas::of(&json!({})), Input::new(std::io::empty()));
        let reader = ValueReader { schemas: &schemas, input: &input, is_checked: true };
        reader.parse(schema, text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_value_is_read_as_its_schema_says() {
        let (text, whole) = (json!({"type": "string"}), json!({"type": "integer"}));
        let id = json!({"oneOf": [{"type": "integer"}, {"type": "string"}]});
        let list = json!({"type": "array", "items": text});
        for (schema, written, value) in [
            (&text, "", json!("")),
            (&text, "@name", json!("@name")),
            (&text, "null", json!("null")),
            (&whole, "-7", json!(-7)),
            (&whole, "18446744073709551615", json!(u64::MAX)),
            (&whole, "null", json!(null)),
            (&json!({"type": "number"}), "0.5", json!(0.5)),
            (&json!({"type": "boolean"}), "false", json!(false)),
            (&id, "5150", json!(5150)),
            (&id, "\"5150\"", json!("5150")),
            (&id, "5150a", json!("5150a")),
            (&id, "12345678901234567890123", json!("12345678901234567890123")),
            (&id, "007", json!("007")),
            (&list, "a,b", json!(["a,b"])),
            (&list, "[\"a\", \"b\"]", json!(["a", "b"])),
            (&list, "[]", json!([])),
            (&json!({"type": "string", "format": "byte"}), "aGk", json!("aGk")),
            (
                &json!({"type": "string", "format": "byte"}),
                "data:text/plain;base64,aGk=",
                json!("data:text/plain;base64,aGk="),
            ),
        ] {
            assert_eq!(parse(schema, written).expect(written), value, "{schema} {written}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_without_being_shown() {
        let whole = json!({"type": "integer"});
        for (schema, written) in [
            (&whole, "s3cret"),
            (&whole, ""),
            (&whole, "1.5"),
            (&whole, "18446744073709551616"),
            (&json!({"type": "number"}), "1e999"),
            (&json!({"type": "boolean"}), "s3cret"),
            (&json!({"type": "string", "format": "byte"}), "s3cret.pdf"),
            (&json!({"type": "string", "format": "password"}), "s3cret"),
            (&json!({"type": "string", "format": "password"}), "@s3cret"),
            (&json!({"type": "array", "items": {"type": "string"}}), "[s3cret"),
            (&json!({"type": "object"}), "{\"a\": s3cret"),
            (&json!({"type": "object"}), "s3cret"),
            (&json!({"type": "object"}), "{\"api_token\": \"s3cret\"}"),
            (&json!({}), "[{\"api_token\": \"s3cret\"}]"),
        ] {
            let error = parse(schema, written).expect_err(written);
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
