//! Normalisation of schemas to a closed set of forms that the generator supports well.
//!
//! A form is a string, number, integer, boolean, any JSON, a list or map of forms, or a reference to a component that
//! is an object with properties, a string enum, a union or an id. All other components are inlined.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::inheritance::{self, BASE};
use super::keywords::ANNOTATIONS;
use super::locations::{LOCATION, location};
use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::REF;

/// Maximum depth of `allOf` expansion inside one component, since a schema that is included twice at each level grows
/// exponentially.
const MAX_DEPTH: usize = 12;
pub const WIDENED: &str = "schemas with a wider type than the text's";

/// Warnings: kind, JSON pointer in the bundle, message.
pub type Warnings = Vec<(&'static str, String, String)>;

/// Normaliser of schemas; each component is normalised once.
pub struct Normaliser<'d> {
    pub(super) components: &'d Map<String, Value>,
    /// Name of each component in the document, which a discriminator may use.
    pub published: &'d BTreeMap<String, String>,
    done: BTreeMap<String, Value>,
    open: Vec<String>,
    /// Composed schemas being normalised.
    expanding: Vec<Value>,
    /// Nullable components: references to them are nullable too.
    nullable: BTreeSet<String>,
    pub warnings: Warnings,
}

impl<'d> Normaliser<'d> {
    pub fn new(components: &'d Map<String, Value>, published: &'d BTreeMap<String, String>) -> Self {
        Self {
            components,
            published,
            done: BTreeMap::new(),
            open: Vec::new(),
            expanding: Vec::new(),
            nullable: BTreeSet::new(),
            warnings: Warnings::new(),
        }
    }

    /// Returns the components with types of their own, and the warnings. References to other components are inlined.
    pub fn finish(self) -> (Map<String, Value>, Warnings) {
        let named: Map<String, Value> =
            self.done.iter().filter(|(_, schema)| is_named(schema)).map(|(n, s)| (n.clone(), s.clone())).collect();
        let mut written = Map::new();
        for (name, schema) in named {
            let mut schema = schema;
            write_out(&mut schema, &self.done, 0);
            written.insert(name, schema);
        }
        (written, self.warnings)
    }

    /// Inlines the references of a schema outside of the components.
    pub fn written_out(&self, mut schema: Value) -> Value {
        write_out(&mut schema, &self.done, 0);
        schema
    }

    /// Returns the form of a normalised component.
    pub fn form_of(&self, name: &str) -> Option<Value> {
        self.done.get(name).cloned()
    }

    /// Returns the component that is being normalised.
    pub fn current(&self) -> Option<&str> {
        self.open.last().map(String::as_str)
    }

    pub fn raw(&self, name: &str) -> Option<&'d Value> {
        self.components.get(name)
    }

    fn component(&mut self, name: &str) -> Result<()> {
        if self.done.contains_key(name) || self.open.iter().any(|open| open == name) {
            return Ok(());
        }
        let Some(raw) = self.components.get(name) else { return Ok(()) };
        self.open.push(name.to_owned());
        let outside = std::mem::take(&mut self.expanding);
        let outcome = self.component_form(name, raw);
        self.expanding = outside;
        self.open.pop();
        let mut form = outcome?;
        if form.as_object_mut().and_then(|map| map.shift_remove("nullable")).is_some_and(|nullable| nullable == true) {
            self.nullable.insert(name.to_owned());
        }
        if !is_named(&form) && replace_reference(&mut form, name) {
            self.warn(
                raw,
                format!("`{name}` contains itself without an object between: what is inside may be any JSON"),
            );
        }
        self.done.insert(name.to_owned(), form);
        Ok(())
    }

    fn component_form(&mut self, name: &str, raw: &'d Value) -> Result<Value> {
        if raw["x-path-id"] == true {
            return Ok(raw.clone());
        }
        let subtypes = inheritance::subtypes(self.components, name, raw);
        if subtypes.is_empty() {
            return self.schema(raw);
        }
        let mut map = raw.as_object().cloned().unwrap_or_default();
        let mut list: Vec<Value> = subtypes.iter().map(|child| json!({"$ref": format!("{REF}{child}")})).collect();
        // A value may also be of the base type.
        let mut own = map.clone();
        own.retain(|key, _| !matches!(key.as_str(), "discriminator" | "x-rust-name"));
        own.insert("title".into(), BASE.into());
        list.push(Value::Object(own));
        map.insert("oneOf".into(), list.into());
        self.schema(&Value::Object(map))
    }

    pub fn warn(&mut self, schema: &Value, message: String) {
        self.warnings.push((WIDENED, location(schema), message));
    }

    /// Normalises one schema.
    pub fn schema(&mut self, schema: &Value) -> Result<Value> {
        let Value::Object(map) = schema else { return Ok(json!({})) };
        if let Some((name, annotations)) = reference(map) {
            return self.reference(&name, annotations, schema);
        }
        if !map.contains_key("allOf") && !map.contains_key("$ref") {
            return self.form(map.clone());
        }
        if self.expanding.contains(schema) {
            let message = "the schema takes in itself by `allOf` further inside: there it may be any JSON";
            self.warn(schema, message.to_owned());
            return Ok(json!({LOCATION: location(schema)}));
        }
        if self.expanding.len() == MAX_DEPTH {
            let message = "what the schema takes in takes in more without end; write it out in the overlay";
            return Err(Diagnostic::at(location(schema), message));
        }
        self.expanding.push(schema.clone());
        // A nested schema may include its own component, since it is another value.
        let open = self.open.last().filter(|name| self.raw(name).is_some_and(|raw| location(raw) == location(schema)));
        let mut inside: Vec<String> = open.cloned().into_iter().collect();
        let form = self.flatten(schema, &mut inside).and_then(|flat| self.form(flat));
        self.expanding.pop();
        // An included enum has its location elsewhere.
        let here = location(schema);
        form.map_err(|diagnostic| match diagnostic.pointer() {
            Some(at) if !map.contains_key("enum") && at.starts_with(&format!("{here}/enum/")) => {
                Diagnostic::at(here, diagnostic.message())
            }
            _ => diagnostic,
        })
    }

    fn reference(&mut self, name: &str, annotations: Map<String, Value>, schema: &Value) -> Result<Value> {
        if !self.components.contains_key(name) {
            return Err(Diagnostic::at(
                location(schema),
                format!("there is no component `{name}`; add it, or write the schema here"),
            ));
        }
        self.component(name)?;
        let mut annotations = annotations;
        if self.nullable.contains(name) {
            annotations.insert("nullable".into(), true.into());
        }
        match self.done.get(name) {
            Some(form) if !is_named(form) => {
                let mut form = form.as_object().cloned().unwrap_or_default();
                // Its annotations are used unless the reference has its own.
                form.shift_remove("x-rust-name");
                for (key, value) in annotations {
                    form.insert(key, value);
                }
                Ok(Value::Object(form))
            }
            _ if annotations.keys().all(|key| key == LOCATION) => Ok(json!({"$ref": format!("{REF}{name}")})),
            _ => {
                annotations.insert("allOf".into(), json!([{"$ref": format!("{REF}{name}")}]));
                Ok(Value::Object(annotations))
            }
        }
    }
}

/// Returns the referenced component and the annotations beside it, if there is nothing else.
fn reference(map: &Map<String, Value>) -> Option<(String, Map<String, Value>)> {
    let mut annotations = map.clone();
    let target = match (annotations.shift_remove("$ref"), annotations.shift_remove("allOf")) {
        (Some(Value::String(target)), None) => target,
        (None, Some(Value::Array(parts))) => match parts.as_slice() {
            [only] => {
                let only = only.as_object()?;
                if only.keys().any(|key| key != "$ref" && key != LOCATION && !ANNOTATIONS.contains(&key.as_str())) {
                    return None;
                }
                only.get("$ref")?.as_str()?.to_owned()
            }
            _ => return None,
        },
        _ => return None,
    };
    // A type beside a reference repeats that of the component.
    annotations.retain(|key, _| key != "type" || map.contains_key("$ref"));
    if map.contains_key("$ref") {
        annotations.retain(|key, _| ANNOTATIONS.contains(&key.as_str()));
    }
    annotations
        .keys()
        .all(|key| ANNOTATIONS.contains(&key.as_str()))
        .then(|| (target.trim_start_matches(REF).to_owned(), annotations))
}

/// Returns `true` if a form has a type of its own.
pub fn is_named(form: &Value) -> bool {
    form.get("properties").is_some()
        || form.get("oneOf").is_some()
        || form.get("enum").is_some()
        || form["x-path-id"] == true
}

/// Replaces references to a component by any JSON. Returns `true` if there were some.
fn replace_reference(form: &mut Value, name: &str) -> bool {
    match form {
        Value::Object(map) => {
            let refers = |map: &Map<String, Value>| {
                map.get("$ref")
                    .and_then(Value::as_str)
                    .and_then(|t| t.strip_prefix(REF))
                    .is_some_and(|found| found == name)
            };
            let wraps = map
                .get("allOf")
                .and_then(Value::as_array)
                .is_some_and(|parts| parts.iter().any(|part| part.as_object().is_some_and(refers)));
            if refers(map) || wraps {
                map.retain(|key, _| key != "$ref" && key != "allOf");
                return true;
            }
            let replaced = map.values_mut().filter_map(|value| replace_reference(value, name).then_some(())).count();
            replaced > 0
        }
        Value::Array(list) => {
            list.iter_mut().filter_map(|value| replace_reference(value, name).then_some(())).count() > 0
        }
        _ => false,
    }
}

/// Inlines the references to components without a type of their own.
fn write_out(form: &mut Value, done: &BTreeMap<String, Value>, depth: usize) {
    let Value::Object(map) = form else {
        if let Value::Array(list) = form {
            list.iter_mut().for_each(|value| write_out(value, done, depth));
        }
        return;
    };
    if let Some((name, annotations)) = reference(map)
        && let Some(alias) = done.get(&name).filter(|alias| !is_named(alias))
    {
        let mut written = if depth > 16 { Map::new() } else { alias.as_object().cloned().unwrap_or_default() };
        written.shift_remove("x-rust-name");
        written.extend(annotations);
        *map = written;
        let mut value = Value::Object(std::mem::take(map));
        write_out(&mut value, done, depth + 1);
        *form = value;
        return;
    }
    for (key, value) in map.iter_mut() {
        match (key.as_str(), value) {
            // Keys of `properties` are names and not keywords.
            ("properties", Value::Object(properties)) => {
                properties.values_mut().for_each(|property| write_out(property, done, depth));
            }
            ("enum" | "example" | "default" | "x-rust-name" | "x-union", _) => {}
            (_, value) => write_out(value, done, depth),
        }
    }
}
