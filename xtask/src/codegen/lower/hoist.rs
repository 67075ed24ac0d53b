//! Hoisting: inline enums, objects and unions become components.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase;
use serde_json::{Map, Value, json};

use super::keywords::{SUGGESTED_NAME, is_string_enum, same_values};
use super::locations::location;
use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::{REF, component_name, rust_name, text};
use crate::spec::names::{Scope, snake};

/// Conversion of inline schemas to components.
pub struct Hoist<'s> {
    /// Existing and new components.
    schemas: Map<String, Value>,
    scope: &'s mut Scope,
    /// JSON pointer in the bundle, by component.
    pub pointers: BTreeMap<String, String>,
}

/// Converts inline enums, objects and unions to components. Returns their JSON pointers in the bundle.
pub fn hoist(document: &mut Value, scope: &mut Scope) -> Result<BTreeMap<String, String>> {
    let schemas = document["components"]["schemas"].as_object().cloned().unwrap_or_default();
    let mut hoist = Hoist { schemas, scope, pointers: BTreeMap::new() };
    let names: Vec<String> = hoist.schemas.keys().cloned().collect();
    for name in names {
        let Some(mut schema) = hoist.schemas.get(&name).cloned() else { continue };
        hoist.children(&mut schema, &name)?;
        hoist.schemas.insert(name, schema);
    }
    if let Some(Value::Object(paths)) = document.get_mut("paths") {
        for (_, item) in paths.iter_mut() {
            for (_, operation) in item.as_object_mut().into_iter().flatten() {
                hoist.operation(operation)?;
            }
        }
    }
    document["components"]["schemas"] = Value::Object(hoist.schemas);
    Ok(hoist.pointers)
}

impl Hoist<'_> {
    fn operation(&mut self, operation: &mut Value) -> Result<()> {
        let id = text(operation, "operationId").unwrap_or_default().to_upper_camel_case();
        for parameter in operation["parameters"].as_array_mut().into_iter().flatten() {
            let name = format!("{id}{}", text(parameter, "name").unwrap_or_default().to_upper_camel_case());
            self.value(&mut parameter["schema"], &name)?;
        }
        for holder in ["/requestBody/content", "/responses/200/content"] {
            for (_, content) in operation.pointer_mut(holder).and_then(Value::as_object_mut).into_iter().flatten() {
                let name = text(&content["schema"], SUGGESTED_NAME).unwrap_or(&id).to_owned();
                self.value(&mut content["schema"], &name)?;
            }
        }
        Ok(())
    }

    fn children(&mut self, schema: &mut Value, parent: &str) -> Result<()> {
        for (name, property) in schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
            self.value(property, &format!("{parent}{}", snake(name).to_upper_camel_case()))?;
        }
        for key in ["items", "additionalProperties"] {
            if let Some(items) = schema.get_mut(key) {
                self.value(items, &format!("{parent}Item"))?;
            }
        }
        for alternative in list_mut(schema, "oneOf") {
            let title = text(alternative, "title").unwrap_or_default().to_upper_camel_case();
            let Value::Object(map) = alternative else { continue };
            // The title stays outside, so that it names the variant and not the type.
            map.shift_remove("title");
            let mut inner = Value::Object(std::mem::take(map));
            self.value(&mut inner, &format!("{parent}{title}"))?;
            *alternative = match component_name(&inner) {
                Some(name) => json!({"title": title, "allOf": [{"$ref": format!("{REF}{name}")}]}),
                None => {
                    inner["title"] = title.into();
                    inner
                }
            };
        }
        Ok(())
    }

    fn value(&mut self, schema: &mut Value, name: &str) -> Result<()> {
        let explicit = rust_name(schema).map(ToOwned::to_owned);
        let wanted = explicit
            .clone()
            .or_else(|| text(schema, SUGGESTED_NAME).map(ToOwned::to_owned))
            .unwrap_or_else(|| name.to_owned());
        let has_type = is_string_enum(schema) || schema.get("properties").is_some() || schema.get("oneOf").is_some();
        self.children(schema, if has_type { &wanted } else { name })?;
        if !has_type {
            return Ok(());
        }
        let at = location(schema);
        let Value::Object(mut component) = schema.take() else { return Ok(()) };
        component.shift_remove(SUGGESTED_NAME);
        let mut stub = Map::new();
        for key in ["nullable", "description", "default", "readOnly", "writeOnly", "x-accessor"] {
            if let Some(value) = component.shift_remove(key) {
                stub.insert(key.into(), value);
            }
        }
        if let Some(description) = stub.get("description") {
            component.insert("description".into(), description.clone());
        }
        let name = self.component(&wanted, explicit.is_some(), Value::Object(component), at)?;
        let target = json!({"$ref": format!("{REF}{name}")});
        *schema = if stub.is_empty() {
            target
        } else {
            stub.insert("allOf".into(), json!([target]));
            Value::Object(stub)
        };
        Ok(())
    }

    /// Adds a component, or returns the existing one with the same name and schema.
    fn component(&mut self, wanted: &str, explicit: bool, component: Value, at: String) -> Result<String> {
        if let Some(known) = self.schemas.get(wanted) {
            if same_values(known, &component) {
                return Ok(wanted.to_owned());
            }
            if explicit {
                return Err(Diagnostic::at(
                    at,
                    format!(
                        "two different inline schemas would become the Rust type `{wanted}`; give one another `x-rust-name`"
                    ),
                ));
            }
        }
        let name = if explicit && self.scope.take(wanted) {
            wanted.to_owned()
        } else if explicit {
            return Err(Diagnostic::at(
                at,
                format!("`{wanted}` is the name of another type in the crate; give it another `x-rust-name`"),
            ));
        } else {
            self.scope.camel(wanted)
        };
        self.pointers.insert(name.clone(), at);
        self.schemas.insert(name.clone(), component);
        Ok(name)
    }
}

fn list_mut<'a>(schema: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> + use<'a> {
    schema.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten()
}
