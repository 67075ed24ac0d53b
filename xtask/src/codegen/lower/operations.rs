//! Reading of operations and webhook events.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::bodies;
use super::extensions::{evidence, pagination, pattern, rate_limits, retry};
use super::locations::location;
use super::parameters;
use super::reader::{OperationReader, resolve};
use super::schemas::is_named;
use super::security;
use crate::codegen::ir::{Event, Operation, Parameter, ParameterLocation, RateLimit, RateLimitScope};
use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::{METHODS, REF, Trust, join, object, operations, text};
use crate::spec::names::{DEFAULT_TAG, Scope, camel, module, snake};

#[derive(Default)]
pub struct ParsedOperations {
    pub operations: Vec<Operation>,
    pub events: Vec<Event>,
    /// Components for inline event bodies.
    pub generated_components: BTreeMap<String, Value>,
}

impl OperationReader<'_, '_> {
    /// Reads all operations, callbacks and webhooks.
    pub fn read(&mut self) -> Result<ParsedOperations> {
        let mut parsed = ParsedOperations::default();
        let mut seen: BTreeMap<String, String> = BTreeMap::new();
        for (pointer, path, method, operation) in operations(self.document) {
            let id = self.operation_name(&pointer, path, method, operation, &mut seen)?;
            let operation_read = self.operation(&pointer, path, method, operation, id)?;
            parsed.operations.push(operation_read);
        }
        for (pointer, _, _, operation) in operations(self.document) {
            for (name, callback) in object(operation, "callbacks") {
                let at = join(&join(&pointer, "callbacks"), name);
                let callback = resolve(self.document, callback, &at)?;
                for (expression, item) in callback.as_object().into_iter().flatten() {
                    self.event(name, &join(&at, expression), item, &mut parsed)?;
                }
            }
        }
        for (name, item) in object(self.document, "x-webhooks") {
            self.event(name, &join("/x-webhooks", name), item, &mut parsed)?;
        }
        name_events(&mut parsed);
        Ok(parsed)
    }

    /// Returns the name of an operation: its id, or for published text without one its method and path.
    fn operation_name(
        &mut self,
        pointer: &str,
        path: &str,
        method: &str,
        operation: &Value,
        seen: &mut BTreeMap<String, String>,
    ) -> Result<String> {
        let published = self.bundle.trust(pointer) == Trust::Published;
        let wanted = match text(operation, "operationId") {
            Some(id) => id.to_owned(),
            None if published => default_operation_id(method, path),
            None => {
                return Err(Diagnostic::at(pointer, "the operation has no operationId; the overlay can give it one"));
            }
        };
        let name = snake(&wanted);
        let hand_written = self.bundle.trust(&join(pointer, "operationId")) != Trust::Published;
        if let Some(first) = seen.insert(name.clone(), pointer.to_owned())
            && hand_written
        {
            return Err(Diagnostic::at(
                join(pointer, "operationId"),
                format!("both this and the one at {first} become `{name}`; rename one"),
            ));
        }
        Ok(self.methods.snake(&wanted))
    }

    fn operation(
        &mut self,
        pointer: &str,
        path: &str,
        method: &str,
        operation: &Value,
        id: String,
    ) -> Result<Operation> {
        check_path(path, pointer)?;
        let tag = self.tag(operation);
        let evidence = match operation.get("x-evidence") {
            Some(value) => evidence(value, &join(pointer, "x-evidence"))?,
            None => {
                return Err(Diagnostic::at(pointer, "the operation has no `x-evidence`: say where it is known from"));
            }
        };
        let mut limits = Vec::new();
        for (at, value) in [
            ("/x-rate-limit".to_owned(), self.document.get("x-rate-limit")),
            (join(pointer, "x-rate-limit"), operation.get("x-rate-limit")),
        ] {
            if let Some(value) = value {
                limits.extend(rate_limits(value, &at)?);
            }
        }
        let authentication = security::read(self.document, pointer, operation)?;
        let parameters = parameters::read(self, pointer, path, operation, &authentication)?;
        check_rate_limits(&limits, &parameters, pointer)?;
        let body = bodies::request(self, pointer, operation, &parameters)?;
        let responses = bodies::responses(self, pointer, method, operation, &id)?;
        let page = text(&operation["externalDocs"], "url")
            .or_else(|| evidence.iter().map(|e| e.source.as_str()).find(|source| source.starts_with("https://")))
            .map(|page| page.trim_end_matches(".md").to_owned());
        Ok(Operation {
            pointer: pointer.to_owned(),
            method: method.to_owned(),
            path: path.to_owned(),
            tag,
            summary: text(operation, "summary").map_or_else(|| sentence_case(&id), ToOwned::to_owned),
            description: text(operation, "description").unwrap_or_default().to_owned(),
            page,
            parameters,
            body,
            success: responses.success,
            success_schema: responses.schema,
            redirect: responses.redirect,
            responses: responses.responses,
            server: security::server(self.document, pointer, operation)?,
            idempotent: operation.get("x-idempotent").is_some()
                || ["get", "put", "delete", "head", "options", "trace"].contains(&method),
            retry: retry(operation),
            result: text(operation, "x-result").map(ToOwned::to_owned),
            cooldown: match operation.get("x-cooldown") {
                Some(value) => Some(pattern(value, &join(pointer, "x-cooldown"))?),
                None => None,
            },
            rate_limits: limits,
            pagination: match operation.get("x-pagination") {
                Some(value) => Some(pagination(value, &join(pointer, "x-pagination"))?),
                None => None,
            },
            evidence,
            authenticated: authentication.authenticated,
            deprecated: operation["deprecated"] == true,
            id,
        })
    }

    /// Returns the module of the first tag. Tags that differ in spelling only are one.
    fn tag(&mut self, operation: &Value) -> String {
        let tag = operation["tags"].as_array().into_iter().flatten().find_map(Value::as_str).unwrap_or(DEFAULT_TAG);
        let wanted = module(tag);
        if let Some(known) = self.by_tag.get(&wanted) {
            return known.clone();
        }
        let given = self.tags.snake(&wanted);
        self.by_tag.insert(wanted, given.clone());
        given
    }

    fn event(&mut self, name: &str, pointer: &str, item: &Value, parsed: &mut ParsedOperations) -> Result<()> {
        for (method, operation) in
            item.as_object().into_iter().flatten().filter(|(key, _)| METHODS.contains(&key.as_str()))
        {
            let at = join(pointer, method);
            let request = join(&at, "requestBody");
            let body = match operation.get("requestBody") {
                Some(body) => bodies::content(self, resolve(self.document, body, &request)?, &request, &[])?,
                None => None,
            };
            let Some(mut body) = body else {
                return Err(Diagnostic::at(
                    at,
                    "the event has no body; describe it in the overlay, or remove the event there",
                ));
            };
            if body.component().is_none() {
                if !is_named(&body.schema) {
                    return Err(Diagnostic::at(
                        request,
                        "the body of an event is an object; write it as one in the overlay, or remove the event there",
                    ));
                }
                let component = self.renamed.scope.camel(&format!("{}_event", camel(name)));
                self.renamed.pointers.insert(component.clone(), location(&body.schema));
                parsed.generated_components.insert(component.clone(), std::mem::take(&mut body.schema));
                body.schema = json!({"$ref": format!("{REF}{component}")});
            }
            let summary = text(operation, "summary").or_else(|| text(operation, "description")).unwrap_or_default();
            let known = parsed.events.iter().find(|event| event.name == name);
            match known {
                Some(event) if event.body.component() == body.component() => {}
                Some(_) => {
                    return Err(Diagnostic::at(
                        at,
                        format!("another event is called `{name}` and has another body; rename one in the overlay"),
                    ));
                }
                None => parsed.events.push(Event {
                    name: name.to_owned(),
                    variant: String::new(),
                    summary: summary.to_owned(),
                    body,
                }),
            }
        }
        Ok(())
    }
}

fn name_events(parsed: &mut ParsedOperations) {
    let mut names = Scope::variants();
    names.reserve("NAMES");
    for event in &mut parsed.events {
        event.variant = names.camel(&event.name);
    }
}

/// Derives an operation id from method and path, such as `get_ships_by_ship_id`.
pub fn default_operation_id(method: &str, path: &str) -> String {
    let sentence_case: Vec<String> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| segment.replace('{', " by ").replace('}', " "))
        .collect();
    snake(&format!("{method} {}", sentence_case.join(" ")))
}

fn sentence_case(id: &str) -> String {
    let text = id.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Refuses a path template that is not valid in a URL or in generated code.
fn check_path(path: &str, pointer: &str) -> Result<()> {
    let at = pointer.rsplit_once('/').map_or(pointer, |(item, _)| item);
    let fault = |what: &str| Err(Diagnostic::at(at, format!("the path {what}; write it otherwise in the overlay")));
    if !path.starts_with('/') {
        return fault("does not begin with a slash");
    }
    if path.contains(['?', '#', '\\', '"', '`'])
        || path.contains(char::is_whitespace)
        || path.chars().any(char::is_control)
    {
        return fault("holds a character that is no part of a path");
    }
    let mut names = BTreeSet::new();
    let mut rest = path;
    while let Some((literal, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { return fault("has a brace that is not closed") };
        if literal.contains('}') || name.contains('{') || name.is_empty() {
            return fault("has braces that do not hold a name each");
        }
        if !names.insert(name) {
            return fault(&format!("has the parameter `{name}` twice"));
        }
        rest = after;
    }
    if rest.contains('}') { fault("has a brace that was not opened") } else { Ok(()) }
}

fn check_rate_limits(limits: &[RateLimit], parameters: &[Parameter], pointer: &str) -> Result<()> {
    for limit in limits {
        if let RateLimitScope::Path(name) = &limit.scope
            && !parameters.iter().any(|p| p.location == ParameterLocation::Path && p.name == *name)
        {
            return Err(Diagnostic::at(join(pointer, "x-rate-limit"), format!("there is no path parameter `{name}`")));
        }
    }
    Ok(())
}
