//! Reads a request as the bundle says it must be. What is wrong with it is said in full.

use api_bundle::jsonschema::{ValidationError, Validator};
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::operation::{Operation, Parameter, ParameterLocation, ParameterType, RequestBody};
use super::rejection::{Rejection, Violation};

/// A request that the bundle lets through.
#[derive(Debug, Default)]
pub(crate) struct Parameters {
    path: Map<String, Value>,
    query: Map<String, Value>,
    /// JSON, or the fields of a form as texts.
    pub(crate) body: Value,
}

impl Parameters {
    /// A parameter of the path.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.path.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A parameter of the query, if it was given.
    pub(crate) fn query(&self, name: &str) -> Option<&Value> {
        self.query.get(name)
    }

    /// A text of the body, if it was given.
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.body.get(field)?.as_str()
    }
}

/// Checks path, query, headers and body.
pub(crate) fn validate(
    operation: &Operation,
    path: &[(String, String)],
    query: &str,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Parameters, Rejection> {
    let mut violations = Vec::new();
    let mut parameters = Parameters::default();
    let query: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    for parameter in &operation.parameters {
        let given: Vec<String> = match parameter.location {
            ParameterLocation::Path => {
                named(path, parameter).map(|value| percent_decode_str(value).decode_utf8_lossy().into()).collect()
            }
            ParameterLocation::Query => named(&query, parameter).map(ToOwned::to_owned).collect(),
            ParameterLocation::Header => {
                let values = headers.get_all(&parameter.name).iter();
                values.filter_map(|value| Some(value.to_str().ok()?.to_owned())).collect()
            }
            ParameterLocation::Body => Vec::new(),
        };
        match value_of(parameter, &given) {
            Ok(None) => {}
            Ok(Some(value)) => {
                let into = if parameter.location == ParameterLocation::Path {
                    &mut parameters.path
                } else {
                    &mut parameters.query
                };
                into.insert(parameter.name.clone(), value);
            }
            Err(message) => {
                violations.push(Violation { location: parameter.location, field: parameter.name.clone(), message });
            }
        }
    }
    if let Some(rule) = &operation.body {
        match read_body(rule, headers, body) {
            Ok(value) => parameters.body = value,
            Err(found) => violations.extend(found),
        }
    }
    if violations.is_empty() { Ok(parameters) } else { Err(Rejection::Invalid(violations)) }
}

fn named<'p>(all: &'p [(String, String)], parameter: &Parameter) -> impl Iterator<Item = &'p str> {
    all.iter().filter(|(name, _)| *name == parameter.name).map(|(_, value)| value.as_str())
}

fn value_of(parameter: &Parameter, given: &[String]) -> Result<Option<Value>, String> {
    let Some(last) = given.last() else {
        return if parameter.required { Err("This field is required.".to_owned()) } else { Ok(None) };
    };
    let value = match parameter.value_type {
        ParameterType::Text => Value::from(last.as_str()),
        ParameterType::Integer => last.parse::<i64>().map_err(|_| "A valid integer is required.")?.into(),
        ParameterType::Number => last.parse::<f64>().map_err(|_| "A valid number is required.")?.into(),
        ParameterType::Boolean => {
            last.to_ascii_lowercase().parse::<bool>().map_err(|_| "Must be a valid boolean.")?.into()
        }
        ParameterType::List => given.iter().flat_map(|value| value.split(',')).map(Value::from).collect(),
        ParameterType::Json => serde_json::from_str(last).map_err(|error| format!("Not valid JSON: {error}."))?,
    };
    let fault = parameter.validator.iter_errors(&value).next().map(|error| message(&error));
    fault.map_or(Ok(Some(value)), Err)
}

fn read_body(rule: &RequestBody, headers: &HeaderMap, body: &Bytes) -> Result<Value, Vec<Violation>> {
    let whole = |message: String| vec![Violation { location: ParameterLocation::Body, field: String::new(), message }];
    if body.is_empty() {
        return if rule.required { Err(whole("A body is required.".to_owned())) } else { Ok(Value::Null) };
    }
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media.trim_start().to_ascii_lowercase().starts_with(&rule.media_type) {
        return Err(whole(format!("The Content-Type must be {}.", rule.media_type)));
    }
    let value = if rule.media_type == "multipart/form-data" {
        read_form(media, body).map_err(whole)?
    } else {
        serde_json::from_slice(body).map_err(|error| whole(format!("Not valid JSON: {error}.")))?
    };
    let violations = violations(&rule.validator, &value);
    if violations.is_empty() { Ok(value) } else { Err(violations) }
}

/// The fields of a form, files as the text that their bytes make.
fn read_form(media: &str, body: &Bytes) -> Result<Value, String> {
    let fault = |error: multer::Error| format!("Not a valid form: {error}.");
    let boundary = multer::parse_boundary(media).map_err(fault)?;
    let whole = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(body.clone())]);
    let mut form = multer::Multipart::new(whole, boundary);
    let fields = async {
        let mut fields = Map::new();
        while let Some(field) = form.next_field().await.map_err(fault)? {
            let name = field.name().unwrap_or_default().to_owned();
            let content = field.bytes().await.map_err(fault)?;
            fields.insert(name, String::from_utf8_lossy(&content).into());
        }
        Ok(Value::Object(fields))
    };
    // All of the body is there, so nothing has to be waited for.
    fields.now_or_never().unwrap_or_else(|| Err("Not a valid form.".to_owned()))
}

fn violations(validator: &Validator, value: &Value) -> Vec<Violation> {
    validator
        .iter_errors(value)
        .map(|error| {
            let path = error.instance_path().to_string();
            let mut field = path.trim_start_matches('/').replace('/', ".");
            if let Some(name) = missing(&error) {
                if !field.is_empty() {
                    field.push('.');
                }
                field.push_str(&name);
            }
            Violation { location: ParameterLocation::Body, field, message: message(&error) }
        })
        .collect()
}

/// The property that is not there, for an error that stands at the object that lacks it.
fn missing(error: &ValidationError<'_>) -> Option<String> {
    use api_bundle::jsonschema::error::ValidationErrorKind as Kind;
    match error.kind() {
        Kind::Required { property } => property.as_str().map(ToOwned::to_owned),
        _ => None,
    }
}

/// In the words that the vendors use, where they are known. The value itself is not repeated: it may be a secret.
fn message(error: &ValidationError<'_>) -> String {
    use api_bundle::jsonschema::error::ValidationErrorKind as Kind;
    match error.kind() {
        Kind::Required { .. } => "This field is required.".to_owned(),
        Kind::AdditionalProperties { unexpected } => format!("Unknown field: {}.", unexpected.join(", ")),
        Kind::Format { format } if format == "email" => "Not a valid email address.".to_owned(),
        _ => {
            let text = error.masked().to_string();
            let mut letters = text.chars();
            let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
            format!("{first}{}.", letters.as_str())
        }
    }
}
