//! Request that is complete but for the credential.

use api_runtime::{ErrorBody, FilePart, MultipartForm, RawRequest};
use clap::ArgMatches;
use serde_json::Value;

use super::check::{self, Violation};
use super::input::Input;
use super::value_error::ValueError;
use super::{body, value};
use crate::command::{FieldFlag, OperationFlags, SharedOptions};
use crate::spec::{FieldKind, OperationSpec, ParameterLocation};

/// Request of an operation, from the command line.
pub(crate) struct RequestDraft {
    /// Parameters of the path, in its order; `None` for one that the client may have a value of.
    pub(crate) path: Vec<(String, Option<String>)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Option<DraftBody>,
}

/// Body of a request.
pub(crate) enum DraftBody {
    Json(Value),
    Form(Vec<(String, FormValue)>),
}

/// Field of a form.
#[derive(Clone)]
pub(crate) enum FormValue {
    Text(String),
    File(FilePart),
}

impl RequestDraft {
    /// Makes the request that the command line asks for.
    pub(crate) fn read(
        operation: &OperationSpec,
        matches: &ArgMatches,
        options: &SharedOptions,
        input: &Input<'_>,
    ) -> Result<Self, ValueError> {
        let flags = OperationFlags::of(operation);
        let mut draft = Self { path: Vec::new(), query: Vec::new(), headers: Vec::new(), body: None };
        for name in path_parameters(operation.row.path) {
            let flag = flags.flags.iter().find(|flag| flag.field.name == name && flag.is_in(ParameterLocation::Path));
            draft.path.push((name.to_owned(), flag.and_then(|flag| flag.values(matches).pop())));
        }
        let schemas = operation.api.schemas();
        for flag in &flags.flags {
            let Some(parameter) = flag.parameter.filter(|parameter| !parameter.is_in_path()) else { continue };
            let texts = flag.values(matches);
            if texts.is_empty() {
                continue;
            }
            let value = value::parse_all(schemas, &flag.field.schema, &texts, input);
            let value = value.map_err(|error| error.of_flag(&format!("--{}", flag.flag)))?;
            let sent = if parameter.is_json { vec![value.to_string()] } else { texts_of(&value, parameter.is_joined) };
            let target = if flag.is_in(ParameterLocation::Header) { &mut draft.headers } else { &mut draft.query };
            target.extend(sent.into_iter().map(|text| (flag.field.name.clone(), text)));
        }
        draft.body = match &operation.body {
            None => None,
            Some(body) if body.is_form => Some(DraftBody::Form(form(&flags, matches, input)?)),
            Some(body) => body::json(schemas, body, &flags, matches, options, input)?.map(DraftBody::Json),
        };
        Ok(draft)
    }

    /// Sets a parameter of the path that the command line leaves out.
    pub(crate) fn set_path_default(&mut self, name: &str, default: Option<&str>) {
        for (parameter, value) in &mut self.path {
            if parameter == name && value.is_none() {
                *value = default.map(str::to_owned);
            }
        }
    }

    /// Returns the first parameter of the path without a value.
    pub(crate) fn missing_path_parameter(&self) -> Option<&str> {
        self.path.iter().find(|(_, value)| value.is_none()).map(|(name, _)| name.as_str())
    }

    /// Returns what violates the spec in the request.
    pub(crate) fn violations(&self, operation: &OperationSpec) -> Vec<Violation> {
        let Some(spec) = &operation.body else { return Vec::new() };
        match &self.body {
            Some(DraftBody::Json(body)) => check::violations(operation.api.schemas(), spec.schema, body),
            Some(DraftBody::Form(values)) => {
                let missing = spec
                    .fields
                    .iter()
                    .filter(|field| field.required && values.iter().all(|(name, _)| *name != field.name));
                missing
                    .map(|field| Violation {
                        pointer: String::new(),
                        message: format!("{:?} is a required property", field.name),
                    })
                    .collect()
            }
            None if spec.required => {
                vec![Violation { pointer: String::new(), message: "the operation needs a body".to_owned() }]
            }
            None => Vec::new(),
        }
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
                    FormValue::File(file) => form.file(name.clone(), Some(file)),
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
    flags: &OperationFlags<'_>,
    matches: &ArgMatches,
    input: &Input<'_>,
) -> Result<Vec<(String, FormValue)>, ValueError> {
    let mut values = Vec::new();
    for flag in flags.flags.iter().filter(|flag| flag.parameter.is_none()) {
        for text in flag.values(matches) {
            let value = match flag.field.kind {
                FieldKind::File => {
                    let fault = |error: ValueError| error.of_flag(&format!("--{}", flag.flag));
                    let content = input.read(&text).map_err(fault)?;
                    let content = content.ok_or_else(|| fault(ValueError::new("give the file as `@FILE`")))?;
                    let name = if content.name.is_empty() { "file".to_owned() } else { content.name };
                    FormValue::File(FilePart::new(name, content.bytes))
                }
                _ => FormValue::Text(text),
            };
            values.push((flag.field.name.clone(), value));
        }
    }
    Ok(values)
}
