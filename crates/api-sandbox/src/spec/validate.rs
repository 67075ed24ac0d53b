//! Validation of a request against its operation. All violations are reported, not the first only.

use api_bundle::jsonschema::{ValidationError, Validator};
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::operation::{Operation, Parameter, ParameterLocation, ParameterType, RequestBody};
use super::rejection::{Rejection, Violation};

/// Values of a request that passed validation.
#[derive(Debug, Default)]
pub(crate) struct Parameters {
    path: Map<String, Value>,
    query: Map<String, Value>,
    /// JSON body, or the fields of a form as strings; `null` without a body.
    pub(crate) body: Value,
}

impl Parameters {
    /// Creates the values of a request with these parameters in its path.
    pub(crate) fn new(path: &[(&str, &str)], body: Value) -> Self {
        let path = path.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        Self { path, query: Map::new(), body }
    }

    /// Returns a parameter of the path.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.path.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns a parameter of the query, if present.
    pub(crate) fn query(&self, name: &str) -> Option<&Value> {
        self.query.get(name)
    }

    /// Returns a string field of the body, if present.
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.body.get(field)?.as_str()
    }
}

/// Validates path, query, headers and body.
///
/// # Errors
///
/// Returns [`Rejection::Invalid`] with all violations.
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
        let values: Vec<String> = match parameter.location {
            ParameterLocation::Path => {
                values_of(path, parameter).map(|value| percent_decode_str(value).decode_utf8_lossy().into()).collect()
            }
            ParameterLocation::Query => values_of(&query, parameter).map(ToOwned::to_owned).collect(),
            ParameterLocation::Header => {
                let values = headers.get_all(&parameter.name).iter();
                values.filter_map(|value| Some(value.to_str().ok()?.to_owned())).collect()
            }
            ParameterLocation::Body => Vec::new(),
        };
        match parse_value(parameter, &values) {
            Ok(None) => {}
            Ok(Some(value)) => {
                let target = if parameter.location == ParameterLocation::Path {
                    &mut parameters.path
                } else {
                    &mut parameters.query
                };
                target.insert(parameter.name.clone(), value);
            }
            Err(message) => {
                violations.push(Violation { location: parameter.location, field: parameter.name.clone(), message });
            }
        }
    }
    if let Some(request_body) = &operation.body {
        match parse_body(request_body, headers, body) {
            Ok(value) => parameters.body = value,
            Err(found) => violations.extend(found),
        }
    }
    if violations.is_empty() { Ok(parameters) } else { Err(Rejection::Invalid(violations)) }
}

/// Returns the values of a parameter.
fn values_of<'p>(all: &'p [(String, String)], parameter: &Parameter) -> impl Iterator<Item = &'p str> {
    all.iter().filter(|(name, _)| *name == parameter.name).map(|(_, value)| value.as_str())
}

/// Parses and validates the value of a parameter; the last one counts. Returns `None` if it is absent and optional.
fn parse_value(parameter: &Parameter, values: &[String]) -> Result<Option<Value>, String> {
    let Some(last) = values.last() else {
        return if parameter.required { Err("This field is required.".to_owned()) } else { Ok(None) };
    };
    let value = match parameter.value_type {
        ParameterType::Text => Value::from(last.as_str()),
        ParameterType::Integer => last.parse::<i64>().map_err(|_| "A valid integer is required.")?.into(),
        ParameterType::Number => last.parse::<f64>().map_err(|_| "A valid number is required.")?.into(),
        ParameterType::Boolean => {
            last.to_ascii_lowercase().parse::<bool>().map_err(|_| "Must be a valid boolean.")?.into()
        }
        ParameterType::List => values.iter().flat_map(|value| value.split(',')).map(Value::from).collect(),
        ParameterType::Json => serde_json::from_str(last).map_err(|error| format!("Not valid JSON: {error}."))?,
    };
    let error = parameter.validator.iter_errors(&value).next().map(|error| message(&error));
    error.map_or(Ok(Some(value)), Err)
}

/// Parses and validates the body.
fn parse_body(request_body: &RequestBody, headers: &HeaderMap, body: &Bytes) -> Result<Value, Vec<Violation>> {
    let body_violation =
        |message: String| vec![Violation { location: ParameterLocation::Body, field: String::new(), message }];
    if body.is_empty() {
        return if request_body.required {
            Err(body_violation("A body is required.".to_owned()))
        } else {
            Ok(Value::Null)
        };
    }
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !content_type.trim_start().to_ascii_lowercase().starts_with(&request_body.media_type) {
        return Err(body_violation(format!("The Content-Type must be {}.", request_body.media_type)));
    }
    let value = if request_body.media_type == "multipart/form-data" {
        parse_form(content_type, body).map_err(body_violation)?
    } else {
        serde_json::from_slice(body).map_err(|error| body_violation(format!("Not valid JSON: {error}.")))?
    };
    let violations = violations(&request_body.validator, &value);
    if violations.is_empty() { Ok(value) } else { Err(violations) }
}

/// Parses a form into strings, its files too.
fn parse_form(content_type: &str, body: &Bytes) -> Result<Value, String> {
    let invalid_form = |error: multer::Error| format!("Not a valid form: {error}.");
    let boundary = multer::parse_boundary(content_type).map_err(invalid_form)?;
    let chunks = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(body.clone())]);
    let mut form = multer::Multipart::new(chunks, boundary);
    let fields = async {
        let mut fields = Map::new();
        while let Some(field) = form.next_field().await.map_err(invalid_form)? {
            let name = field.name().unwrap_or_default().to_owned();
            let content = field.bytes().await.map_err(invalid_form)?;
            fields.insert(name, String::from_utf8_lossy(&content).into());
        }
        Ok(Value::Object(fields))
    };
    // The whole body is in memory, so the future is ready at once.
    fields.now_or_never().unwrap_or_else(|| Err("Not a valid form.".to_owned()))
}

/// Returns the violations of a body, each with the path of its field.
fn violations(validator: &Validator, value: &Value) -> Vec<Violation> {
    validator
        .iter_errors(value)
        .map(|error| {
            let path = error.instance_path().to_string();
            let mut field = path.trim_start_matches('/').replace('/', ".");
            if let Some(name) = missing_property(&error) {
                if !field.is_empty() {
                    field.push('.');
                }
                field.push_str(&name);
            }
            Violation { location: ParameterLocation::Body, field, message: message(&error) }
        })
        .collect()
}

/// Returns the name of a missing required property. The error itself points at the object that lacks it.
fn missing_property(error: &ValidationError<'_>) -> Option<String> {
    use api_bundle::jsonschema::error::ValidationErrorKind as Kind;
    match error.kind() {
        Kind::Required { property } => property.as_str().map(ToOwned::to_owned),
        _ => None,
    }
}

/// Returns the message of an error, in the vendors' words where they are known. The value is left out: it may be a secret.
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
