//! Request that is complete but for the credential.

use std::borrow::Cow;

use api_runtime::{ErrorBody, FilePart, MultipartForm, RawRequest, check_segment};
use clap::ArgMatches;
use serde_json::{Map, Value};

use super::body;
use super::check::{RequestCheck, Violation};
use super::input::Input;
use super::value::ValueReader;
use super::value_error::ValueError;
use crate::command::{FieldFlag, OperationFlags, SharedOptions};
use crate::spec::{BodyEncoding, FieldKind, OperationSpec, ParameterLocation};

/// Request of an operation, from the command line.
pub(crate) struct RequestDraft {
    /// Parameters of the path, in its order; `None` for one that the client may have a value of.
    pub(crate) path: Vec<(String, Option<String>)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<DraftBody>,
    /// Values of the parameters that are given, with their flags.
    parameters: Vec<(String, Value)>,
}

/// Body of a request.
pub(crate) enum DraftBody {
    Json(Value),
    Form(Vec<(String, FormValue)>),
}

/// Field of a form.
pub(crate) enum FormValue {
    Text(String),
    File(FormFile),
}

/// File of a form.
pub(crate) struct FormFile {
    /// File as it is sent.
    pub(crate) part: FilePart,
    /// File as it was given: `@FILE`, or `-`.
    pub(crate) source: String,
}

impl RequestDraft {
    /// Makes the request that the command line asks for.
    pub(crate) fn read(
        operation: &OperationSpec,
        flags: &OperationFlags<'_>,
        matches: &ArgMatches,
        options: &SharedOptions,
        input: &Input<'_>,
    ) -> Result<Self, ValueError> {
        let reader = ValueReader { schemas: operation.api.schemas(), input, is_checked: !options.no_check };
        let mut draft =
            Self { path: Vec::new(), query: Vec::new(), headers: Vec::new(), body: None, parameters: Vec::new() };
        for name in path_parameters(operation.row.path) {
            draft.path.push((name.to_owned(), None));
        }
        for flag in &flags.flags {
            let Some(parameter) = flag.parameter else { continue };
            let texts = flag.values(matches);
            if texts.is_empty() {
                continue;
            }
            let value = reader.parse_all(&flag.field.schema, &texts);
            let value = value.map_err(|error| error.of_flag(&format!("--{}", flag.flag)))?;
            let sent = if parameter.is_json { vec![value.to_string()] } else { texts_of(&value, parameter.is_joined) };
            draft.parameters.push((flag.flag.clone(), value));
            let target = match parameter.location {
                ParameterLocation::Path => {
                    let place = draft.path.iter_mut().find(|(name, _)| *name == flag.field.name);
                    if let Some((_, value)) = place {
                        *value = Some(sent.join(","));
                    }
                    continue;
                }
                ParameterLocation::Query => &mut draft.query,
                ParameterLocation::Header => &mut draft.headers,
            };
            target.extend(sent.into_iter().map(|text| (flag.field.name.clone(), text)));
        }
        draft.body = match &operation.body {
            None => None,
            Some(spec) => match spec.encoding {
                BodyEncoding::Json => body::json(&reader, spec, flags, matches, options)?.map(DraftBody::Json),
                BodyEncoding::Form => Some(DraftBody::Form(form(&reader, flags, matches)?)),
                BodyEncoding::Other(media_type) => {
                    let message =
                        format!("the body is {media_type}, which this version can't send; use the client's crate");
                    return Err(ValueError::new(message));
                }
            },
        };
        Ok(draft)
    }

    /// Returns the value of a parameter of the query.
    pub(crate) fn query_value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(parameter, _)| parameter == name).map(|(_, value)| value.as_str())
    }

    /// Sets a parameter of the query.
    pub(crate) fn set_query_value(&mut self, name: &str, value: String) {
        self.query.retain(|(parameter, _)| parameter != name);
        self.query.push((name.to_owned(), value));
    }

    /// Sets a parameter of the path that the command line leaves out.
    pub(crate) fn set_path_default(&mut self, name: &str, default: Option<&str>) {
        for (parameter, value) in &mut self.path {
            if parameter == name && value.is_none() {
                *value = default.map(str::to_owned);
            }
        }
    }

    /// Returns the parts of the path that have no value, or none that can be sent.
    pub(crate) fn path_violations(&self, flags: &OperationFlags<'_>) -> Vec<Violation> {
        let violation = |(name, value): &(String, Option<String>)| {
            let found = flags.flags.iter().find(|flag| flag.field.name == *name && flag.is_in(ParameterLocation::Path));
            let has_default = found.and_then(|flag| flag.parameter).is_some_and(|it| it.has_client_default);
            let fault = match value.as_deref() {
                Some("") => "is empty".to_owned(),
                Some(value) => format!("can't be used: {}", check_segment(value).err()?),
                None if has_default => "is missing, and neither the environment nor the profile has it".to_owned(),
                None => "is missing".to_owned(),
            };
            Some(Violation::of_path(found.map_or(name, |flag| &flag.flag), &fault))
        };
        self.path.iter().filter_map(violation).collect()
    }

    /// Returns what violates the spec in the request, its path aside.
    pub(crate) fn violations(&self, operation: &OperationSpec, flags: &OperationFlags<'_>) -> Vec<Violation> {
        let check = RequestCheck { schemas: operation.api.schemas(), flags };
        let mut violations = Vec::new();
        for flag in &flags.flags {
            let Some(parameter) = flag.parameter else { continue };
            match self.parameters.iter().find(|(name, _)| *name == flag.flag) {
                Some((_, value)) => violations.extend(check.parameter(&flag.flag, &flag.field.schema, value)),
                None if flag.field.required && !parameter.is_in_path() => {
                    violations.push(Violation::of_parameter(&flag.flag, "is missing"));
                }
                None => {}
            }
        }
        let Some(spec) = &operation.body else { return violations };
        let body = match &self.body {
            Some(DraftBody::Json(body)) => Cow::Borrowed(body),
            Some(DraftBody::Form(values)) => Cow::Owned(form_value(values)),
            None => return violations,
        };
        violations.extend(check.body(spec.schema, &body));
        violations
    }

    /// Fills in a request of a client, whose path parameters are all known.
    pub(crate) fn fill_in<'c, E: ErrorBody>(&self, mut request: RawRequest<'c, E>) -> RawRequest<'c, E> {
        for (_, value) in &self.path {
            request = request.path(value.as_deref().unwrap_or_default());
        }
        for (name, value) in &self.query {
            request = request.query(name, value);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        match &self.body {
            Some(DraftBody::Json(body)) => request.json(body),
            Some(DraftBody::Form(values)) => {
                request.form(values.iter().fold(MultipartForm::new(), |form, (name, value)| match value {
                    FormValue::Text(text) => form.text(name.clone(), Some(text)),
                    FormValue::File(file) => form.file(name.clone(), Some(&file.part)),
                }))
            }
            None => request,
        }
    }
}

impl FieldFlag<'_> {
    fn is_in(&self, location: ParameterLocation) -> bool {
        self.parameter.is_some_and(|parameter| parameter.location == location)
    }
}

/// Returns the names of the parameters of a path template.
pub(crate) fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name)
}

/// Returns a value as texts of a query: a list as one for each item, or as one with commas.
fn texts_of(value: &Value, is_joined: bool) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        Value::Array(items) if is_joined => vec![items.iter().map(text).collect::<Vec<_>>().join(",")],
        Value::Array(items) => items.iter().map(text).collect(),
        other => vec![text(other)],
    }
}

fn form(
    reader: &ValueReader<'_, '_>,
    flags: &OperationFlags<'_>,
    matches: &ArgMatches,
) -> Result<Vec<(String, FormValue)>, ValueError> {
    let mut values = Vec::new();
    for flag in flags.flags.iter().filter(|flag| flag.parameter.is_none()) {
        for text in flag.values(matches) {
            let value = match flag.field.kind {
                FieldKind::File => FormValue::File(
                    file(text, reader.input).map_err(|error| error.of_flag(&format!("--{}", flag.flag)))?,
                ),
                FieldKind::Secret => {
                    let secret = reader.secret(&text).map_err(|error| error.of_flag(&format!("--{}", flag.flag)))?;
                    FormValue::Text(secret.as_str().unwrap_or_default().to_owned())
                }
                _ => FormValue::Text(text),
            };
            values.push((flag.field.name.clone(), value));
        }
    }
    Ok(values)
}

fn file(source: String, input: &Input<'_>) -> Result<FormFile, ValueError> {
    let content = input.read(&source)?.ok_or_else(|| ValueError::new("give the file as `@FILE`"))?;
    let name = if content.name.is_empty() { "file".to_owned() } else { content.name };
    Ok(FormFile { part: FilePart::new(name, content.bytes), source })
}

/// Returns a form as the object that its schema describes, in which a file is a text.
fn form_value(values: &[(String, FormValue)]) -> Value {
    let text = |value: &FormValue| match value {
        FormValue::Text(text) => Value::from(text.as_str()),
        FormValue::File(_) => Value::from("file"),
    };
    values.iter().map(|(name, value)| (name.clone(), text(value))).collect::<Map<_, _>>().into()
}
