//! Reads the operations and events of a document, and reduces them to what the generator takes.

use std::collections::BTreeMap;

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde_json::{Map, Value, json};

use super::API_ERROR;
use super::extensions::{evidence, rate_limits};
use crate::document::{METHODS, join, object, operations, text};
use crate::model::{Body, Event, Example, ListStyle, Operation, Parameter, Part, Place, RateLimit, Response, Success};
use crate::problem::{Problem, Result};

/// Where a parameter that is JSON has its schema.
const JSON_CONTENT: &str = "/content/application~1json";
/// The media type of a form with files.
pub const FORM: &str = "multipart/form-data";

pub struct Model {
    pub operations: Vec<Operation>,
    pub events: Vec<Event>,
}

/// Reads every operation.
pub fn read(document: &Value) -> Result<Model> {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut model = Model { operations: Vec::new(), events: Vec::new() };
    for (pointer, path, method, operation) in operations(document) {
        let id = text(operation, "operationId")
            .ok_or_else(|| Problem::at(&pointer, "the operation has no operationId; the overlay can give it one"))?;
        let name = id.to_snake_case();
        if let Some(first) = seen.insert(name.clone(), pointer.clone()) {
            return Err(Problem::at(
                join(&pointer, "operationId"),
                format!("both this and the one at {first} become `{name}`; rename one"),
            ));
        }
        model.operations.push(read_operation(document, &pointer, path, method, operation, name)?);
        model.events.extend(read_events(document, &pointer, operation)?);
    }
    Ok(model)
}

fn read_operation(
    document: &Value,
    pointer: &str,
    path: &str,
    method: &str,
    operation: &Value,
    id: String,
) -> Result<Operation> {
    let tag = match operation["tags"].as_array().map(Vec::as_slice) {
        Some([Value::String(tag)]) => tag.to_snake_case(),
        _ => return Err(Problem::at(join(pointer, "tags"), "an operation has exactly one tag")),
    };
    let evidence = match operation.get("x-evidence") {
        Some(value) => evidence(value, &join(pointer, "x-evidence"))?,
        None => return Err(Problem::at(pointer, "the operation has no `x-evidence`: say where it is known from")),
    };
    let mut limits = Vec::new();
    for (at, value) in [
        ("/x-rate-limit".to_owned(), document.get("x-rate-limit")),
        (join(pointer, "x-rate-limit"), operation.get("x-rate-limit")),
    ] {
        if let Some(value) = value {
            limits.extend(rate_limits(value, &at)?);
        }
    }
    let parameters = read_parameters(document, pointer, path, operation)?;
    check_limits(&limits, &parameters, pointer)?;
    let responses = read_responses(document, pointer, operation)?;
    let page = text(&operation["externalDocs"], "url")
        .or_else(|| evidence.iter().map(|e| e.source.as_str()).find(|source| source.starts_with("https://")))
        .map(|page| page.trim_end_matches(".md").to_owned());
    Ok(Operation {
        id,
        pointer: pointer.to_owned(),
        method: method.to_owned(),
        path: path.to_owned(),
        tag,
        summary: text(operation, "summary").unwrap_or_default().to_owned(),
        description: text(operation, "description").unwrap_or_default().to_owned(),
        page,
        parameters,
        body: read_request(document, pointer, operation)?,
        success: success(&responses, pointer)?,
        responses,
        idempotent: operation.get("x-idempotent").is_some() || ["get", "put", "delete", "head"].contains(&method),
        retry_never: operation.get("x-retry").is_some(),
        rate_limits: limits,
        evidence,
        authenticated: !operation["security"].as_array().is_some_and(Vec::is_empty),
        deprecated: operation["deprecated"] == true,
    })
}

fn check_limits(limits: &[RateLimit], parameters: &[Parameter], pointer: &str) -> Result<()> {
    for limit in limits {
        if let crate::model::Scope::Path(name) = &limit.scope
            && !parameters.iter().any(|p| p.place == Place::Path && p.name == *name)
        {
            return Err(Problem::at(join(pointer, "x-rate-limit"), format!("there is no path parameter `{name}`")));
        }
    }
    Ok(())
}

/// The parameters in the order of the path template, then of the document. A `User-Agent` is sent with every call.
fn read_parameters(document: &Value, pointer: &str, path: &str, operation: &Value) -> Result<Vec<Parameter>> {
    let mut parameters = Vec::new();
    for (index, parameter) in operation["parameters"].as_array().into_iter().flatten().enumerate() {
        let at = format!("{pointer}/parameters/{index}");
        let parameter = resolve(document, parameter, &at)?;
        let name = text(parameter, "name").unwrap_or_default().to_owned();
        let place = match text(parameter, "in") {
            Some("path") => Place::Path,
            Some("query") => Place::Query,
            Some("header") => Place::Header,
            _ => return Err(Problem::at(at, "a parameter is in the path, the query or a header")),
        };
        if place == Place::Path && !path.contains(&format!("{{{name}}}")) {
            return Err(Problem::at(at, format!("the path has no `{{{name}}}`")));
        }
        if place == Place::Header && name.eq_ignore_ascii_case("user-agent") {
            continue;
        }
        let content = parameter.pointer(JSON_CONTENT);
        let json = content.is_some();
        let schema = content.map_or(&parameter["schema"], |content| &content["schema"]);
        let component = component(schema);
        if json && component.is_none() {
            return Err(Problem::at(at, format!("the schema of the JSON in parameter `{name}` must be a component")));
        }
        let schema = resolve(document, schema, &at)?;
        let description = text(parameter, "description").unwrap_or_default().to_owned();
        let list = (schema["type"] == "array").then(|| match parameter["explode"] {
            Value::Bool(false) => ListStyle::Comma,
            _ => ListStyle::Repeated,
        });
        let example = parameter
            .get("example")
            .or_else(|| content?.get("example"))
            .or_else(|| schema.get("example"))
            .cloned()
            .ok_or_else(|| Problem::at(&at, format!("parameter `{name}` has no example")))?;
        parameters.push(Parameter { name, place, description, component, list, json, example });
    }
    for name in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
        if !parameters.iter().any(|p| p.place == Place::Path && p.name == name) {
            return Err(Problem::at(pointer, format!("path parameter `{name}` is not described")));
        }
    }
    parameters
        .sort_by_key(|p| if p.place == Place::Path { path.find(&format!("{{{}}}", p.name)) } else { Some(usize::MAX) });
    Ok(parameters)
}

fn read_request(document: &Value, pointer: &str, operation: &Value) -> Result<Option<Body>> {
    let Some(request) = operation.get("requestBody") else { return Ok(None) };
    let at = join(pointer, "requestBody");
    let request = resolve(document, request, &at)?;
    let body = read_content(document, request, &at)?
        .ok_or_else(|| Problem::at(&at, "the request body has no media type with a schema"))?;
    if !["application/json", FORM].contains(&body.media.as_str()) {
        return Err(Problem::at(at, format!("a request of `{}` can't be sent yet", body.media)));
    }
    Ok(Some(body))
}

fn read_responses(document: &Value, pointer: &str, operation: &Value) -> Result<Vec<Response>> {
    let mut responses = Vec::new();
    for (status, response) in object(operation, "responses") {
        let at = join(&join(pointer, "responses"), status);
        let response = resolve(document, response, &at)?;
        if status.parse::<u16>().is_err() {
            return Err(Problem::at(at, "responses are listed by status; every other one is `ApiError` already"));
        }
        responses.push(Response { status: status.clone(), body: read_content(document, response, &at)? });
    }
    Ok(responses)
}

/// The first media type is the one that counts; others are for hand-written methods.
fn read_content(document: &Value, holder: &Value, pointer: &str) -> Result<Option<Body>> {
    let Some((media, content)) = object(holder, "content").next() else { return Ok(None) };
    let at = join(&join(pointer, "content"), media);
    let schema = content.get("schema").ok_or_else(|| Problem::at(&at, "the media type has no schema"))?;
    let mut examples = Vec::new();
    if content.get("example").is_some() {
        examples.push(Example { name: "example".into(), pointer: join(&at, "example") });
    }
    for (name, example) in object(content, "examples") {
        let at = join(&join(&at, "examples"), name);
        let example = resolve(document, example, &at)?;
        if example.get("value").is_none() {
            return Err(Problem::at(&at, "the example has no value"));
        }
        examples.push(Example { name: name.clone(), pointer: join(&at, "value") });
    }
    let parts = if media == FORM { read_parts(document, schema, content, &at)? } else { Vec::new() };
    Ok(Some(Body { media: media.clone(), component: component(schema), examples, parts }))
}

fn component(schema: &Value) -> Option<String> {
    text(schema, "$ref").and_then(|target| target.rsplit('/').next()).map(ToOwned::to_owned)
}

/// The parts of a form, which the generator knows nothing of.
fn read_parts(document: &Value, schema: &Value, content: &Value, pointer: &str) -> Result<Vec<Part>> {
    let schema = resolve(document, schema, pointer)?;
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let example = object(content, "examples").next().map(|(_, example)| &example["value"]);
    object(schema, "properties")
        .map(|(name, property)| {
            let component = component(property);
            let property = resolve(document, property, pointer)?;
            if property["type"] != "string" {
                return Err(Problem::at(pointer, format!("part `{name}` of the form is neither text nor file")));
            }
            let shown = example.and_then(|example| text(example, name));
            Ok(Part {
                name: name.clone(),
                description: text(property, "description").unwrap_or_default().to_owned(),
                component,
                binary: property["format"] == "binary",
                required: required.contains(&name.as_str()),
                example: shown
                    .ok_or_else(|| Problem::at(pointer, format!("part `{name}` of the form has no example")))?
                    .to_owned(),
            })
        })
        .collect()
}

fn success(responses: &[Response], pointer: &str) -> Result<Success> {
    let mut kinds = responses.iter().filter(|r| r.status.starts_with('2')).map(|response| match &response.body {
        None => Success::Empty,
        Some(body) if body.media == "application/json" => Success::Json,
        Some(body) if body.media.starts_with("text/") => Success::Text,
        Some(_) => Success::Raw,
    });
    let at = join(pointer, "responses");
    let first = kinds.next().ok_or_else(|| Problem::at(&at, "no success is described"))?;
    if kinds.all(|kind| kind == first) {
        Ok(first)
    } else {
        Err(Problem::at(at, "the successes have different forms; give them one"))
    }
}

fn read_events(document: &Value, pointer: &str, operation: &Value) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    for (name, callback) in object(operation, "callbacks") {
        let at = join(&join(pointer, "callbacks"), name);
        for (expression, item) in callback.as_object().into_iter().flatten() {
            let at = join(&join(&join(&at, expression), "post"), "requestBody");
            let body = read_content(document, &item["post"]["requestBody"], &at)?
                .ok_or_else(|| Problem::at(&at, "the event has no body"))?;
            if body.component.is_none() {
                return Err(Problem::at(at, "the body of an event is a component"));
            }
            let summary =
                text(&item["post"], "summary").or_else(|| text(&item["post"], "description")).unwrap_or_default();
            events.push(Event { name: name.clone(), summary: summary.to_owned(), body });
        }
    }
    Ok(events)
}

/// Follows a reference to a parameter, response, body, example or schema.
fn resolve<'a>(document: &'a Value, value: &'a Value, pointer: &str) -> Result<&'a Value> {
    match text(value, "$ref") {
        None => Ok(value),
        Some(target) => target
            .strip_prefix('#')
            .and_then(|target| document.pointer(target))
            .ok_or_else(|| Problem::at(pointer, format!("`{target}` leads nowhere"))),
    }
}

/// Leaves each operation one success and one error type, and nothing that the generator would trip over.
pub fn reduce(document: &mut Value, model: &Model) {
    let mut paths = Map::new();
    for operation in model.operations.iter().filter(|operation| operation.generated()) {
        let Some(full) = document.pointer(&operation.pointer) else { continue };
        let parameters: Vec<Value> = operation
            .parameters
            .iter()
            .filter_map(|wanted| {
                let all = full["parameters"].as_array().into_iter().flatten();
                let mut resolved = all.filter_map(|parameter| resolve(document, parameter, "").ok());
                resolved.find(|parameter| parameter["name"] == wanted.name.as_str()).cloned()
            })
            .map(|parameter| {
                json!({"name": parameter["name"], "in": parameter["in"],
                "schema": parameter.pointer(JSON_CONTENT).map_or(&parameter["schema"], |content| &content["schema"]),
                "required": parameter["in"] == "path" || parameter["required"] == true})
            })
            .collect();
        let error = json!({"description": "", "content": {"application/json": {
            "schema": {"$ref": format!("#/components/schemas/{API_ERROR}")}}}});
        let mut reduced = json!({
            "operationId": operation.id,
            "tags": [operation.tag],
            "parameters": parameters,
            "responses": {"200": reduced_success(document, full, operation), "4XX": error, "5XX": error},
        });
        if operation.body.is_some() {
            let request = resolve(document, &full["requestBody"], "").unwrap_or(&full["requestBody"]);
            let mut schema = request["content"]["application/json"]["schema"].clone();
            name_inline(&mut schema, &operation.id.to_upper_camel_case());
            reduced["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": schema}}});
        }
        let item = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        item[&operation.method] = reduced;
    }
    debug_assert!(
        paths.values().all(|item| item.as_object().is_some_and(|i| i.keys().all(|k| METHODS.contains(&k.as_str()))))
    );
    *document = json!({
        "openapi": document["openapi"],
        "info": document["info"],
        "paths": paths,
        "components": {"schemas": document["components"]["schemas"]},
    });
}

fn reduced_success(document: &Value, full: &Value, operation: &Operation) -> Value {
    match operation.success {
        Success::Empty => json!({"description": ""}),
        Success::Text | Success::Raw => {
            json!({"description": "", "content": {"application/octet-stream": {"schema": {"type": "string"}}}})
        }
        Success::Json => {
            let status = operation.success_response().map_or("200", |r| &r.status);
            let response = resolve(document, &full["responses"][status], "").unwrap_or(&Value::Null);
            let mut schema = response["content"]["application/json"]["schema"].clone();
            name_inline(&mut schema, &format!("{}Result", operation.id.to_upper_camel_case()));
            json!({"description": "", "content": {"application/json": {"schema": schema}}})
        }
    }
}

fn name_inline(schema: &mut Value, name: &str) {
    if let Value::Object(map) = schema
        && !map.contains_key("$ref")
    {
        map.entry("x-rust-name").or_insert_with(|| name.into());
    }
}
