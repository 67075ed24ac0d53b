//! Completion of a document: adds generated examples where there are none.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::direction::Direction;
use super::generator::ExampleGenerator;
use crate::spec::document::{METHODS, join, object, text};

/// Maximum length of a chain of references.
const MAX_CHAIN: usize = 64;

/// Examples that were added to a document.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct GeneratedExamples {
    /// JSON pointers of the media types and parameters that got an example.
    pub examples: Vec<String>,
    /// JSON pointers of those for which none could be generated.
    pub without: Vec<String>,
}

/// Adds an example to each body and parameter that has none and whose pointer is `wanted`. Bodies other than JSON,
/// forms and texts are skipped.
///
/// A webhook delivery is sent by the API, so its example has the properties of a response.
pub fn complete(document: &mut Value, wanted: &dyn Fn(&str) -> bool) -> GeneratedExamples {
    let mut stage = Completion {
        generator: ExampleGenerator::of(document),
        known: HashMap::new(),
        found: Vec::new(),
        without: Vec::new(),
    };
    stage.document(document);
    let Completion { found, without, .. } = stage;
    let without = without.into_iter().filter(|pointer| wanted(pointer)).collect();
    let mut made = GeneratedExamples { examples: Vec::new(), without };
    for (pointer, value) in found.into_iter().filter(|(pointer, _)| wanted(pointer)) {
        let Some(Value::Object(holder)) = document.pointer_mut(&pointer) else { continue };
        let mut example = json!({"summary": "Made from the schema; not the vendor's.", "x-made": true});
        // Moved, as it may be large.
        example["value"] = value;
        let mut examples = Map::new();
        examples.insert("made".to_owned(), example);
        holder.insert("examples".to_owned(), Value::Object(examples));
        made.examples.push(pointer);
    }
    made
}

struct Completion<'d> {
    generator: ExampleGenerator<'d>,
    /// Cached example of a component, by reference, field name and direction.
    known: HashMap<(&'d str, &'d str, Direction), Option<Value>>,
    found: Vec<(String, Value)>,
    without: Vec<String>,
}

impl<'d> Completion<'d> {
    fn document(&mut self, document: &'d Value) {
        for (path, item) in object(document, "paths") {
            self.path_item(item, &join("/paths", path));
        }
        for (name, item) in object(document, "x-webhooks") {
            self.deliveries(item, &join("/x-webhooks", name));
        }
        let components = &document["components"];
        for (name, request) in object(components, "requestBodies") {
            self.content(request, &join("/components/requestBodies", name), "", Direction::Request);
        }
        for (name, response) in object(components, "responses") {
            self.content(response, &join("/components/responses", name), "", Direction::Response);
        }
        for (name, parameter) in object(components, "parameters") {
            self.parameter(parameter, &join("/components/parameters", name));
        }
        for (name, callback) in object(components, "callbacks") {
            self.callback(callback, &join("/components/callbacks", name));
        }
    }

    fn path_item(&mut self, item: &'d Value, pointer: &str) {
        self.parameters(item, pointer);
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let pointer = join(pointer, method);
            self.parameters(operation, &pointer);
            if let Some(request) = operation.get("requestBody") {
                self.content(request, &join(&pointer, "requestBody"), "", Direction::Request);
            }
            for (status, response) in object(operation, "responses") {
                self.content(response, &join(&join(&pointer, "responses"), status), "", Direction::Response);
            }
            for (name, callback) in object(operation, "callbacks") {
                self.callback(callback, &join(&join(&pointer, "callbacks"), name));
            }
        }
    }

    fn callback(&mut self, callback: &'d Value, pointer: &str) {
        for (expression, item) in callback.as_object().into_iter().flatten() {
            self.deliveries(item, &join(pointer, expression));
        }
    }

    fn deliveries(&mut self, item: &'d Value, pointer: &str) {
        for method in METHODS {
            if let Some(request) = item.get(method).and_then(|operation| operation.get("requestBody")) {
                self.content(request, &join(&join(pointer, method), "requestBody"), "", Direction::Response);
            }
        }
    }

    fn parameters(&mut self, holder: &'d Value, pointer: &str) {
        for (index, parameter) in holder.get("parameters").and_then(Value::as_array).into_iter().flatten().enumerate() {
            self.parameter(parameter, &format!("{pointer}/parameters/{index}"));
        }
    }

    fn parameter(&mut self, parameter: &'d Value, pointer: &str) {
        if has_example(parameter) {
            return;
        }
        let name = text(parameter, "name").unwrap_or_default();
        match parameter.get("schema") {
            Some(schema) if self.shows(schema) => {}
            Some(schema) => self.add(schema, pointer.to_owned(), name, Direction::Request, Shape::Any),
            None => self.content(parameter, pointer, name, Direction::Request),
        }
    }

    /// Returns `true` if the schema or its target has an example.
    fn shows(&self, mut schema: &'d Value) -> bool {
        for _ in 0..MAX_CHAIN {
            if schema.get("example").is_some() {
                return true;
            }
            match text(schema, "$ref").and_then(|reference| self.generator.references.target(reference)) {
                Some(target) => schema = target,
                None => break,
            }
        }
        false
    }

    /// Adds examples to the media types of a body, or of the parameter with this name.
    fn content(&mut self, holder: &'d Value, pointer: &str, name: &'d str, direction: Direction) {
        for (media, content) in object(holder, "content") {
            let Some(shape) = Shape::of(media) else { continue };
            let Some(schema) = content.get("schema").filter(|_| !has_example(content)) else { continue };
            if name.is_empty() || !self.shows(schema) {
                self.add(schema, join(&join(pointer, "content"), media), name, direction, shape);
            }
        }
    }

    fn add(&mut self, schema: &'d Value, pointer: String, name: &'d str, direction: Direction, shape: Shape) {
        let value = match schema.get("$ref").and_then(Value::as_str).filter(|_| is_alone(schema)) {
            None => self.generator.generate(schema, name, direction),
            Some(reference) => {
                let generate = || self.generator.generate(schema, name, direction);
                self.known.entry((reference, name, direction)).or_insert_with(generate).clone()
            }
        };
        match value {
            Some(value) if shape != Shape::Text || value.is_string() => self.found.push((pointer, value)),
            _ => self.without.push(pointer),
        }
    }
}

/// Values that an example of a body may have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Any,
    Text,
}

impl Shape {
    fn of(media: &str) -> Option<Self> {
        let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media.as_str() {
            // Some servers call JSON plain text.
            "application/json" | "text/json" | "text/plain" => Some(Self::Any),
            "application/x-www-form-urlencoded" | "multipart/form-data" => Some(Self::Any),
            json if json.ends_with("+json") => Some(Self::Any),
            text if text.starts_with("text/") => Some(Self::Text),
            _ => None,
        }
    }
}

/// Returns `true` if a reference has no siblings.
fn is_alone(schema: &Value) -> bool {
    schema.as_object().is_some_and(|map| map.len() == 1)
}

fn has_example(holder: &Value) -> bool {
    let several = holder.get("examples");
    let none = several.is_none_or(|several| match several {
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        other => other.is_null(),
    });
    holder.get("example").is_some() || !none
}
