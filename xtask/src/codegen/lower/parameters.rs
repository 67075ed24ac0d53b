//! Reading of parameters and their serialization styles.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::bodies::is_json;
use super::locations::{location, with_location};
use super::reader::{OperationReader, resolve};
use super::schemas::is_named;
use super::security::Authentication;
use crate::codegen::ir::{Parameter, ParameterLocation, ParameterStyle};
use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::{component_name, join, object, text};
use crate::spec::names::Scope;

/// Headers that OpenAPI excludes from parameters, and `User-Agent`, which the client sets.
const IGNORED_HEADERS: [&str; 4] = ["accept", "content-type", "authorization", "user-agent"];

/// Reads the parameters, in the order of the path template, then of the document.
pub fn read(
    reader: &mut OperationReader<'_, '_>,
    pointer: &str,
    path: &str,
    operation: &Value,
    authentication: &Authentication,
) -> Result<Vec<Parameter>> {
    let document = reader.document;
    let item = pointer.rsplit_once('/').map_or("", |(item, _)| item);
    let own = resolve_all(document, operation, pointer)?;
    let inherited =
        document.pointer(item).map(|shared| resolve_all(document, shared, item)).transpose()?.unwrap_or_default();
    let mut seen = BTreeSet::new();
    for (at, parameter) in &own {
        if !seen.insert(identity(parameter)) {
            return Err(Diagnostic::at(at, "the parameter stands there twice; remove one in the overlay"));
        }
    }
    let mut names = Scope::setters();
    let mut parameters = Vec::new();
    let inherited = inherited.into_iter().filter(|(_, parameter)| !seen.contains(&identity(parameter)));
    let all: Vec<(String, &Value)> = own.into_iter().chain(inherited).collect();
    // Path parameters get their names first.
    let (first, then): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, parameter)| parameter["in"] == "path");
    for (at, parameter) in first.into_iter().chain(then) {
        if let Some(parameter) = read_parameter(reader, &at, path, parameter, &mut names)? {
            parameters.push(parameter);
        }
    }
    for name in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
        if !parameters.iter().any(|p| p.location == ParameterLocation::Path && p.name == name) {
            return Err(Diagnostic::at(
                pointer,
                format!("path parameter `{name}` is not described; describe it in the overlay"),
            ));
        }
    }
    if let Some((header, scheme)) = &authentication.key {
        parameters.push(Parameter {
            name: header.clone(),
            rust: names.snake(header),
            location: ParameterLocation::Header,
            description: format!("Key of the security scheme `{scheme}`, which this operation asks for instead of the client's credential."),
            required: true,
            schema: json!({"type": "string", "format": "password"}),
            style: ParameterStyle::Single,
            example: Some("not-a-real-key".into()),
            client_default: None,
        });
    }
    parameters.sort_by_key(|p| {
        if p.location == ParameterLocation::Path { path.find(&format!("{{{}}}", p.name)) } else { Some(usize::MAX) }
    });
    Ok(parameters)
}

fn resolve_all<'d>(document: &'d Value, holder: &'d Value, pointer: &str) -> Result<Vec<(String, &'d Value)>> {
    let list = holder["parameters"].as_array().into_iter().flatten().enumerate();
    list.map(|(index, parameter)| {
        let at = format!("{pointer}/parameters/{index}");
        Ok((at.clone(), resolve(document, parameter, &at)?))
    })
    .collect()
}

fn identity(parameter: &Value) -> (String, String) {
    let name = text(parameter, "name").unwrap_or_default();
    let location = text(parameter, "in").unwrap_or_default();
    (location.to_owned(), if location == "header" { name.to_ascii_lowercase() } else { name.to_owned() })
}

fn read_parameter(
    reader: &mut OperationReader<'_, '_>,
    at: &str,
    path: &str,
    parameter: &Value,
    names: &mut Scope,
) -> Result<Option<Parameter>> {
    let Some(name) = text(parameter, "name").filter(|name| !name.is_empty()).map(ToOwned::to_owned) else {
        return Err(Diagnostic::at(at, "the parameter has no `name`; give it one in the overlay"));
    };
    let location = match text(parameter, "in") {
        Some("path") => ParameterLocation::Path,
        Some("query") => ParameterLocation::Query,
        Some("header") => ParameterLocation::Header,
        Some("cookie") => {
            return Err(Diagnostic::at(
                join(at, "in"),
                "a cookie can't be sent yet; remove the parameter in the overlay, and give `Cookie` as a header of the call",
            ));
        }
        _ => {
            return Err(Diagnostic::at(
                at,
                "a parameter is in the path, the query or a header; correct it in the overlay",
            ));
        }
    };
    if location == ParameterLocation::Path && !path.contains(&format!("{{{name}}}")) {
        return Err(Diagnostic::at(at, format!("the path has no `{{{name}}}`; remove the parameter in the overlay")));
    }
    if location == ParameterLocation::Header {
        if IGNORED_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            return Ok(None);
        }
        if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b)) {
            return Err(Diagnostic::at(
                join(at, "name"),
                "the name can't be that of a header; correct it in the overlay",
            ));
        }
    }
    let json_media = object(parameter, "content").next();
    let (schema, style) = match json_media {
        Some((media, content)) if is_json(media) => {
            (content.get("schema").cloned().unwrap_or_else(|| json!({})), Some(ParameterStyle::Json))
        }
        Some((media, _)) => {
            let at = join(&join(at, "content"), media);
            return Err(Diagnostic::at(
                at,
                format!("a parameter of `{media}` can't be written; give it a `schema` in the overlay"),
            ));
        }
        None => (parameter.get("schema").cloned().unwrap_or_else(|| json!({})), None),
    };
    let schema = if location_is_known(&schema) { schema } else { with_location(schema, &join(at, "schema")) };
    let form = reader.normaliser.schema(&schema)?;
    let (form, style) = match style {
        Some(ParameterStyle::Json) if resolved(reader, &form).get("properties").is_some() => {
            (form, ParameterStyle::Json)
        }
        // JSON other than an object with properties is passed as text.
        Some(_) => (json!({"type": "string"}), ParameterStyle::Single),
        None => serialization(reader, at, location, parameter, form)?,
    };
    let schema = without_annotations(form);
    let client_default = parameter.get("x-client-default").map(|_| {
        let id = component_name(&schema).filter(|_| resolved(reader, &schema)["x-path-id"] == true);
        id.filter(|_| location == ParameterLocation::Path).map(ToOwned::to_owned).ok_or_else(|| {
            let message = "only a parameter of the path with an `x-path-id` for schema can be left to the client; remove \
                           `x-client-default`";
            Diagnostic::at(join(at, "x-client-default"), message)
        })
    });
    Ok(Some(Parameter {
        client_default: client_default.transpose()?,
        rust: names.snake(&name),
        description: text(parameter, "description").unwrap_or_default().to_owned(),
        required: location == ParameterLocation::Path || parameter["required"] == true,
        example: example(reader.document, parameter, &schema),
        name,
        location,
        schema,
        style,
    }))
}

fn location_is_known(schema: &Value) -> bool {
    !location(schema).is_empty()
}

fn without_annotations(form: Value) -> Value {
    let Value::Object(mut map) = form else { return form };
    for key in ["description", "nullable", "title", "example", "default", "deprecated", "readOnly", "writeOnly"] {
        map.shift_remove(key);
    }
    match (map.len(), map.get("allOf").and_then(Value::as_array).and_then(|parts| parts.first())) {
        (1, Some(only)) | (2, Some(only)) if component_name(only).is_some() => only.clone(),
        _ => Value::Object(map),
    }
}

/// Returns the normal form of the component that a form refers to, or else the form itself.
fn resolved(reader: &OperationReader<'_, '_>, form: &Value) -> Value {
    component_name(form).and_then(|name| reader.normaliser.form_of(name)).unwrap_or_else(|| form.clone())
}

fn is_object(form: &Value) -> bool {
    form.get("properties").is_some() || form["type"] == "object"
}

/// Returns `true` for a scalar: string, number, boolean, string enum or id.
fn is_single(form: &Value) -> bool {
    form["x-path-id"] == true || matches!(text(form, "type"), Some("string" | "integer" | "number" | "boolean"))
}

/// Returns the serialization style, by `style` and `explode` with their defaults.
fn serialization(
    reader: &mut OperationReader<'_, '_>,
    at: &str,
    location: ParameterLocation,
    parameter: &Value,
    form: Value,
) -> Result<(Value, ParameterStyle)> {
    let default = if location == ParameterLocation::Query { "form" } else { "simple" };
    let style = text(parameter, "style").unwrap_or(default);
    let explode = parameter["explode"].as_bool().unwrap_or(style == "form");
    let form = scalar_form(reader, form);
    let whole = resolved(reader, &form);
    let refused = |what: &str| {
        let key = if parameter.get("style").is_some() { "style" } else { "schema" };
        Err(Diagnostic::at(
            join(at, key),
            format!("{what}; write the parameter as a text in the overlay, or remove it there"),
        ))
    };
    match (location, style) {
        (ParameterLocation::Query, "form" | "spaceDelimited" | "pipeDelimited" | "deepObject")
        | (ParameterLocation::Path | ParameterLocation::Header, "simple") => {}
        (_, style) => return refused(&format!("the style `{style}` can't be written here")),
    }
    if form["type"] == "array" {
        let mut items = scalar_form(reader, form["items"].clone());
        if !is_single(&resolved(reader, &items)) {
            return refused("a list of lists or objects can't be written here");
        }
        match text(&items, "format") {
            Some("password") => return refused("a list of secrets can't be written here"),
            Some("byte" | "binary") => items = json!({"type": "string"}),
            _ => {}
        }
        let list = match (style, explode) {
            ("form", true) => ParameterStyle::Repeated,
            ("spaceDelimited", false) => ParameterStyle::Space,
            ("pipeDelimited", false) => ParameterStyle::Pipe,
            ("spaceDelimited" | "pipeDelimited", true) => ParameterStyle::Repeated,
            _ => ParameterStyle::Comma,
        };
        return Ok((json!({"type": "array", "items": without_annotations(items)}), list));
    }
    if is_object(&whole) {
        return match (location, style, explode) {
            (ParameterLocation::Query, "deepObject", _) => Ok((form, ParameterStyle::DeepObject)),
            (ParameterLocation::Query, "form", true) => Ok((form, ParameterStyle::ExplodedObject)),
            (ParameterLocation::Query, "form", false) => Ok((form, ParameterStyle::CommaObject)),
            _ => refused("an object can't be written here"),
        };
    }
    if !is_single(&whole) {
        return refused("a value of several kinds can't be written here");
    }
    Ok((form, ParameterStyle::Single))
}

/// Returns a string form for any JSON and for alternatives of scalars, which the caller serializes.
fn scalar_form(reader: &OperationReader<'_, '_>, form: Value) -> Value {
    let normal = component_name(&form)
        .map(ToOwned::to_owned)
        .map_or_else(|| form.clone(), |name| reader.normaliser.form_of(&name).unwrap_or_default());
    let alternatives: Vec<Value> = normal["oneOf"].as_array().cloned().unwrap_or_default();
    let is_plain = |reader: &OperationReader<'_, '_>, alternative: &Value| {
        let target = component_name(alternative).and_then(|name| reader.normaliser.form_of(name));
        let target = target.as_ref().unwrap_or(alternative);
        matches!(text(target, "type"), Some("string" | "integer" | "number" | "boolean"))
    };
    let is_list = |alternative: &Value| alternative["type"] == "array" && is_plain(reader, &alternative["items"]);
    let is_text = !alternatives.is_empty() && alternatives.iter().all(|alternative| is_plain(reader, alternative));
    // A value or a list of values becomes a list.
    if !is_text && !alternatives.is_empty() && alternatives.iter().all(|a| is_plain(reader, a) || is_list(a)) {
        return json!({"type": "array", "items": {"type": "string"}});
    }
    let is_any = !is_named(&normal) && normal.get("type").is_none() && component_name(&normal).is_none();
    if is_text || is_any { json!({"type": "string"}) } else { form }
}

/// Returns the example of the document.
fn example(document: &Value, parameter: &Value, schema: &Value) -> Option<Value> {
    let content = object(parameter, "content").next().map(|(_, content)| content);
    let several = |holder: &Value| {
        object(holder, "examples").find_map(|(_, example)| resolve(document, example, "").ok()?.get("value").cloned())
    };
    let of_schema =
        component_name(schema).and_then(|name| document["components"]["schemas"].get(name)).unwrap_or(schema);
    parameter
        .get("example")
        .cloned()
        .or_else(|| several(parameter))
        .or_else(|| content?.get("example").cloned())
        .or_else(|| several(content?))
        .or_else(|| parameter["schema"].get("example").cloned())
        .or_else(|| of_schema.get("example").cloned())
}
