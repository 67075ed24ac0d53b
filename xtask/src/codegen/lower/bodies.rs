//! Request and response bodies: choice of the media type, and decoding of a success.

use heck::ToUpperCamelCase;
use serde_json::{Value, json};

use super::extensions::WEBSOCKET;
use super::keywords::{SUGGESTED_NAME, same_values};
use super::locations::{LOCATION, location, with_location};
use super::reader::{OperationReader, resolve};
use crate::codegen::ir::{Body, BodyKind, Example, Parameter, Part, Response, Success};
use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::{REF, component_name, join, object, text};
use crate::spec::names::Scope;

/// Media type of a multipart form.
pub const FORM: &str = "multipart/form-data";
const URL_ENCODED: &str = "application/x-www-form-urlencoded";
/// Kind of warnings about media types.
const OTHER_MEDIA: &str = "bodies with more than one media type";

/// Returns a media type without parameters, in lower case.
pub fn essence(media: &str) -> String {
    media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Returns `true` if a media type is JSON, by its name or its `+json` suffix.
pub fn is_json(media: &str) -> bool {
    let media = essence(media);
    media == "application/json" || media == "text/json" || media.ends_with("+json")
}

fn kind(media: &str) -> BodyKind {
    let name = essence(media);
    match name.as_str() {
        _ if is_json(media) => BodyKind::Json,
        FORM => BodyKind::Multipart,
        URL_ENCODED => BodyKind::UrlEncoded,
        _ if name.starts_with("text/") => BodyKind::Text,
        _ => BodyKind::Raw,
    }
}

/// Returns the rank of a media type; of several, the one with the lowest rank is used: JSON, forms, text, bytes.
fn rank(media: &str) -> u8 {
    match kind(media) {
        BodyKind::Json if essence(media) == "application/json" => 0,
        BodyKind::Json => 1,
        BodyKind::Multipart => 2,
        BodyKind::UrlEncoded => 3,
        BodyKind::Text => 4,
        BodyKind::Raw => 5,
    }
}

/// Reads the preferred media type of a body. The setters of its parts don't collide with those of the parameters
/// `beside`.
pub fn content(
    reader: &mut OperationReader<'_, '_>,
    holder: &Value,
    pointer: &str,
    beside: &[Parameter],
) -> Result<Option<Body>> {
    let document = reader.document;
    let mut all: Vec<(&String, &Value)> = object(holder, "content").collect();
    all.sort_by_key(|(media, _)| rank(media));
    let Some((media, content)) = all.first().copied() else { return Ok(None) };
    if all.len() > 1 && all.iter().any(|(other, _)| essence(other) != essence(media)) {
        let others: Vec<String> = all.iter().skip(1).map(|(other, _)| format!("`{other}`")).collect();
        let message = format!("`{media}` counts, and not {}", others.join(", "));
        reader.normaliser.warnings.push((OTHER_MEDIA, join(pointer, "content"), message));
    }
    let at = join(&join(pointer, "content"), media);
    let kind = kind(media);
    let schema = content.get("schema").cloned().unwrap_or_else(|| json!({}));
    let schema = if location(&schema).is_empty() { with_location(schema, &join(&at, "schema")) } else { schema };
    let plain = matches!(kind, BodyKind::Text | BodyKind::Raw);
    let mut form = if plain { json!({"type": "string"}) } else { reader.normaliser.schema(&schema)? };
    if let Some(map) = form.as_object_mut() {
        map.shift_remove("nullable");
    }
    let examples = examples(document, content, &at)?;
    let parts = if kind == BodyKind::Multipart { parts(reader, &form, content, &at, beside)? } else { Vec::new() };
    Ok(Some(Body { media: media.clone(), kind, required: true, schema: form, examples, parts }))
}

/// Reads the request body. It is required if the document says so, or says nothing and a property of it is required.
pub fn request(
    reader: &mut OperationReader<'_, '_>,
    pointer: &str,
    operation: &Value,
    parameters: &[Parameter],
) -> Result<Option<Body>> {
    let Some(request) = operation.get("requestBody") else { return Ok(None) };
    let at = join(pointer, "requestBody");
    let request = resolve(reader.document, request, &at)?;
    let Some(mut body) = content(reader, request, &at, parameters)? else {
        return Err(Diagnostic::at(
            &at,
            "the request body has no media type; describe one in the overlay, or remove the body",
        ));
    };
    let form = body.component().and_then(|name| reader.normaliser.form_of(name)).unwrap_or_else(|| body.schema.clone());
    let demands = form["required"].as_array().is_some_and(|required| !required.is_empty());
    body.required = request["required"].as_bool().unwrap_or(demands || body.kind == BodyKind::Multipart);
    if matches!(body.kind, BodyKind::Raw | BodyKind::Text) && body.media.contains('*') {
        body.media = "application/octet-stream".to_owned();
    }
    if body.kind == BodyKind::UrlEncoded && form.get("properties").is_none() && form["type"] != "object" {
        return Err(Diagnostic::at(&at, "a form is an object; write its schema as one in the overlay"));
    }
    Ok(Some(body))
}

/// Responses of an operation, and the decoding of its success.
pub struct OperationResponses {
    pub responses: Vec<Response>,
    pub success: Success,
    pub schema: Option<Value>,
    pub redirect: bool,
}

/// Reads the responses of an operation.
///
/// # Errors
///
/// `Diagnostic` if the operation becomes a WebSocket or answers with an event stream.
pub fn responses(
    reader: &mut OperationReader<'_, '_>,
    pointer: &str,
    method: &str,
    operation: &Value,
    id: &str,
) -> Result<OperationResponses> {
    let all: Vec<(&String, &Value)> =
        object(operation, "responses").filter(|(status, _)| !status.starts_with("x-")).collect();
    let at = join(pointer, "responses");
    let upgrade = all.iter().any(|(status, _)| *status == "101").then(|| join(&at, "101"));
    let marked = operation.get(WEBSOCKET).map(|_| join(pointer, WEBSOCKET));
    if let Some(at) = upgrade.or(marked) {
        return Err(Diagnostic::at(
            at,
            "the operation becomes a WebSocket, which no client here speaks; remove the operation in the overlay, or \
             leave it out with `--skip-refused`",
        ));
    }
    let begins = |digit: char| all.iter().any(|(status, _)| status.starts_with(digit));
    let redirect = !begins('2') && begins('3');
    let is_success = |status: &str| match (begins('2'), redirect) {
        (true, _) => status.starts_with('2'),
        (false, true) => status.starts_with('3'),
        (false, false) => status == "default",
    };
    let mut responses = Vec::new();
    for (status, response) in &all {
        let at = join(&at, status);
        let response = resolve(reader.document, response, &at)?;
        let success = is_success(status);
        let bodiless = matches!(status.as_str(), "204" | "205" | "304") || method == "head";
        let body = match success {
            true if bodiless => None,
            true => content(reader, response, &at, &[])?,
            // Errors are decoded as `ApiError`, so their schemas are not needed.
            false => error_body(reader.document, response, &at)?,
        };
        responses.push(Response { status: (*status).clone(), is_success: success, body });
    }
    // An event stream does not end, so a client can't wait for it.
    let streams = |response: &&Response| {
        response.is_success && response.body.as_ref().is_some_and(|body| essence(&body.media) == "text/event-stream")
    };
    if let Some(response) = responses.iter().find(streams) {
        return Err(Diagnostic::at(
            join(&join(&at, &response.status), "content"),
            "an event stream has no end to wait for; remove the operation in the overlay, or leave it out with \
             `--skip-refused`",
        ));
    }
    let (success, schema) = success(reader, &responses, &at, id)?;
    Ok(OperationResponses { responses, success, schema, redirect })
}

/// Reads the body of an error, of which only the examples are used.
fn error_body(document: &Value, response: &Value, pointer: &str) -> Result<Option<Body>> {
    let mut all: Vec<(&String, &Value)> = object(response, "content").collect();
    all.sort_by_key(|(media, _)| rank(media));
    let Some((media, content)) = all.first().copied() else { return Ok(None) };
    let at = join(&join(pointer, "content"), media);
    let examples = examples(document, content, &at)?;
    Ok(Some(Body {
        media: media.clone(),
        kind: kind(media),
        required: true,
        schema: json!({}),
        examples,
        parts: Vec::new(),
    }))
}

/// Reads the examples of a media type.
fn examples(document: &Value, content: &Value, at: &str) -> Result<Vec<Example>> {
    let mut examples = Vec::new();
    if content.get("example").is_some() {
        examples.push(Example { name: "example".into(), pointer: join(at, "example") });
    }
    for (name, example) in object(content, "examples") {
        let shown = join(&join(at, "examples"), name);
        let target = text(example, "$ref").and_then(|target| target.strip_prefix('#')).map(ToOwned::to_owned);
        if resolve(document, example, &shown)?.get("value").is_some() {
            examples.push(Example { name: name.clone(), pointer: join(&target.unwrap_or(shown), "value") });
        }
    }
    Ok(examples)
}

/// Chooses the decoding of the success. Different JSON bodies become a union, whatever their order.
fn success(
    reader: &mut OperationReader<'_, '_>,
    responses: &[Response],
    at: &str,
    id: &str,
) -> Result<(Success, Option<Value>)> {
    let successes: Vec<&Response> = responses.iter().filter(|response| response.is_success).collect();
    let bodies: Vec<(&str, &Body)> =
        successes.iter().filter_map(|response| Some((response.status.as_str(), response.body.as_ref()?))).collect();
    if successes.is_empty() {
        // No success is documented, so the raw body is returned.
        return Ok((Success::Raw, None));
    }
    let Some((_, first)) = bodies.first() else { return Ok((Success::Empty, None)) };
    if bodies.iter().all(|(_, body)| body.kind == BodyKind::Json) {
        let empty = bodies.len() < successes.len();
        let read = if empty { Success::JsonOrEmpty } else { Success::Json };
        let mut distinct: Vec<(&str, &Value)> = Vec::new();
        for (status, body) in &bodies {
            if !distinct.iter().any(|(_, known)| same_values(known, &body.schema)) {
                distinct.push((status, &body.schema));
            }
        }
        let [_] = distinct.as_slice() else {
            let mut titles = Scope::variants();
            let alternatives: Vec<Value> = distinct
                .iter()
                .map(|(status, schema)| {
                    let title = titles.camel(reason(status));
                    match component_name(schema) {
                        Some(_) => json!({"title": title, "allOf": [bare(schema)], LOCATION: at}),
                        None => {
                            let mut schema = (*schema).clone();
                            schema["title"] = title.into();
                            schema
                        }
                    }
                })
                .collect();
            let name = format!("{}Result", id.to_upper_camel_case());
            let union = json!({"oneOf": alternatives, LOCATION: at, SUGGESTED_NAME: name,
                "description": "The answer, by what it holds: the operation has several successes."});
            return Ok((read, Some(reader.normaliser.schema(&union)?)));
        };
        return Ok((read, Some(first.schema.clone())));
    }
    if bodies.iter().all(|(_, body)| body.kind == BodyKind::Text) {
        return Ok((Success::Text, None));
    }
    if bodies.len() > 1 && bodies.iter().any(|(_, body)| body.kind == BodyKind::Json) {
        let message = "the successes have different media types, so the body is handed over as it came".to_owned();
        reader.normaliser.warnings.push((OTHER_MEDIA, at.to_owned(), message));
    }
    Ok((Success::Raw, None))
}

fn bare(schema: &Value) -> Value {
    match component_name(schema) {
        Some(name) => json!({"$ref": format!("{REF}{name}")}),
        None => schema.clone(),
    }
}

fn reason(status: &str) -> &'static str {
    match status {
        "200" => "Ok",
        "201" => "Created",
        "202" => "Accepted",
        "203" => "NonAuthoritative",
        "206" => "PartialContent",
        "207" => "MultiStatus",
        _ => "Other",
    }
}

/// Reads the parts of a multipart form, which the generator does not support.
fn parts(
    reader: &OperationReader<'_, '_>,
    form: &Value,
    content: &Value,
    pointer: &str,
    beside: &[Parameter],
) -> Result<Vec<Part>> {
    let whole = component_name(form).and_then(|name| reader.normaliser.form_of(name)).unwrap_or_else(|| form.clone());
    let required: Vec<&str> = whole["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let example =
        content.get("example").or_else(|| object(content, "examples").find_map(|(_, example)| example.get("value")));
    let mut names = Scope::setters();
    for parameter in beside {
        names.take(&parameter.rust);
    }
    object(&whole, "properties")
        .map(|(name, property)| {
            let component = component_name(property);
            let target = component.and_then(|name| reader.normaliser.form_of(name)).unwrap_or_else(|| property.clone());
            let plain = matches!(text(&target, "type"), Some("string" | "integer" | "number" | "boolean"));
            if !plain {
                let at = match location(property) {
                    location if location.is_empty() => pointer.to_owned(),
                    location => location,
                };
                return Err(Diagnostic::at(
                    at,
                    format!("part `{name}` of the form is neither text nor file; write it as a text in the overlay"),
                ));
            }
            let shown = example.map(|example| &example[name]).filter(|shown| !shown.is_null());
            Ok(Part {
                name: name.clone(),
                rust: names.snake(name),
                description: text(property, "description").unwrap_or_default().to_owned(),
                component: component.map(ToOwned::to_owned),
                binary: target["type"] == "string" && target["format"] == "binary",
                required: required.contains(&name.as_str()),
                example: shown.map_or_else(
                    || "example".to_owned(),
                    |shown| shown.as_str().map_or_else(|| shown.to_string(), ToOwned::to_owned),
                ),
            })
        })
        .collect()
}
