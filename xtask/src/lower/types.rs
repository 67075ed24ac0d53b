//! Components: inline ones get names, unused ones go, and strings that are enums or ids are set apart.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase;
use serde_json::{Map, Value, json};

use super::names::rust_name;
use super::operations::Model;
use crate::document::{join, object, text};
use crate::features::EVENTS;
use crate::model::{Filter, OpenEnum, PathId, TypeUse};
use crate::problem::{Problem, Result};

const REF: &str = "#/components/schemas/";

/// Moves inline enums, objects and alternatives into components.
pub fn hoist(document: &mut Value) -> Result<()> {
    let mut made = Map::new();
    if let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") {
        for (name, schema) in schemas.iter_mut() {
            hoist_children(schema, name, &join("/components/schemas", name), &mut made)?;
        }
    }
    if let Some(Value::Object(paths)) = document.get_mut("paths") {
        for (path, item) in paths.iter_mut() {
            for (method, operation) in item.as_object_mut().into_iter().flatten() {
                let at = join(&join("/paths", path), method);
                hoist_operation(operation, &at, &mut made)?;
            }
        }
    }
    let schemas = &mut document["components"]["schemas"];
    for (name, schema) in made {
        if schemas.get(&name).is_some_and(|known| *known != schema) {
            return Err(Problem::at(
                join("/components/schemas", &name),
                format!("an inline schema would also become the Rust type `{name}`; give it an `x-rust-name`"),
            ));
        }
        schemas[&name] = schema;
    }
    Ok(())
}

fn hoist_operation(operation: &mut Value, at: &str, made: &mut Map<String, Value>) -> Result<()> {
    let id = text(operation, "operationId").unwrap_or_default().to_upper_camel_case();
    for parameter in operation["parameters"].as_array_mut().into_iter().flatten() {
        let name = format!("{id}{}", text(parameter, "name").unwrap_or_default().to_upper_camel_case());
        hoist_value(&mut parameter["schema"], &name, &join(at, "parameters"), made)?;
    }
    for pointer in ["/requestBody/content/application~1json/schema", "/responses/200/content/application~1json/schema"]
    {
        if let Some(schema) = operation.pointer_mut(pointer) {
            let name = rust_name(schema).unwrap_or(&id).to_owned();
            hoist_value(schema, &name, &format!("{at}{pointer}"), made)?;
        }
    }
    Ok(())
}

fn hoist_children(schema: &mut Value, parent: &str, at: &str, made: &mut Map<String, Value>) -> Result<()> {
    for (name, property) in schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
        let at = join(&join(at, "properties"), name);
        hoist_value(property, &format!("{parent}{}", name.to_upper_camel_case()), &at, made)?;
    }
    for key in ["items", "additionalProperties"] {
        if let Some(items) = schema.get_mut(key) {
            hoist_value(items, &format!("{parent}Item"), &join(at, key), made)?;
        }
    }
    if schema.get("anyOf").is_some() {
        return Err(Problem::at(
            join(at, "anyOf"),
            "`anyOf` has no good Rust type; write it as `oneOf` with a title for each alternative",
        ));
    }
    for (index, alternative) in list_mut(schema, "oneOf").enumerate() {
        let at = format!("{at}/oneOf/{index}");
        let title = text(alternative, "title")
            .ok_or_else(|| Problem::at(&at, "an alternative needs a `title`, which names its variant"))?
            .to_upper_camel_case();
        let Value::Object(map) = alternative else { continue };
        // The title stays outside, so that it names the variant and not the type.
        if map.contains_key("properties") {
            let mut inner = Value::Object(std::mem::take(map));
            hoist_value(&mut inner, &format!("{parent}{title}"), &at, made)?;
            *alternative = json!({"title": title, "allOf": [inner]});
        } else {
            hoist_children(alternative, &format!("{parent}{title}"), &at, made)?;
        }
    }
    for (index, part) in list_mut(schema, "allOf").enumerate() {
        hoist_children(part, parent, &format!("{at}/allOf/{index}"), made)?;
    }
    Ok(())
}

fn list_mut<'a>(schema: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> + use<'a> {
    schema.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten()
}

fn hoist_value(schema: &mut Value, name: &str, at: &str, made: &mut Map<String, Value>) -> Result<()> {
    let name = rust_name(schema).unwrap_or(name).to_owned();
    let is_enum = is_enum(schema);
    let is_object = schema.get("properties").is_some()
        || schema.get("oneOf").is_some()
        || schema.get("allOf").and_then(Value::as_array).is_some_and(|parts| parts.len() > 1);
    hoist_children(schema, &name, at, made)?;
    if !is_enum && !is_object {
        return Ok(());
    }
    let Value::Object(mut component) = schema.take() else { return Ok(()) };
    let mut stub = Map::new();
    for key in ["nullable", "description", "default"] {
        if let Some(value) = component.shift_remove(key) {
            stub.insert(key.into(), value);
        }
    }
    if let Some(description) = stub.get("description") {
        component.insert("description".into(), description.clone());
    }
    let target = json!({"$ref": format!("{REF}{name}")});
    *schema = if stub.is_empty() {
        target
    } else {
        stub.insert("allOf".into(), json!([target]));
        Value::Object(stub)
    };
    let component = Value::Object(component);
    match made.get(&name) {
        Some(known) if *known != component => Err(Problem::at(
            at,
            format!("two different inline schemas would become the Rust type `{name}`; give one an `x-rust-name`"),
        )),
        _ => {
            made.insert(name, component);
            Ok(())
        }
    }
}

fn is_enum(schema: &Value) -> bool {
    schema["type"] == "string" && schema["enum"].is_array()
}

/// Who uses each component: requests or responses, and which tags.
pub fn uses(document: &Value, model: &Model) -> BTreeMap<String, TypeUse> {
    let mut uses = BTreeMap::new();
    for operation in &model.operations {
        let Some(reduced) = document["paths"].get(&operation.path).and_then(|item| item.get(&operation.method)) else {
            let component = operation.success_response().and_then(|response| response.body.as_ref());
            if let Some(name) = component.and_then(|body| body.component.as_ref()) {
                spread(document, &json!({"$ref": format!("{REF}{name}")}), &operation.tag, false, &mut uses);
            }
            let parameters = operation.parameters.iter().filter_map(|parameter| parameter.component.as_ref());
            let parts = operation.parts().filter_map(|part| part.component.as_ref());
            for name in parameters.chain(parts) {
                spread(document, &json!({"$ref": format!("{REF}{name}")}), &operation.tag, true, &mut uses);
            }
            continue;
        };
        spread(document, &reduced["parameters"], &operation.tag, true, &mut uses);
        spread(document, &reduced["requestBody"], &operation.tag, true, &mut uses);
        spread(document, &reduced["responses"]["200"], &operation.tag, false, &mut uses);
    }
    for event in &model.events {
        if let Some(name) = &event.body.component {
            spread(document, &json!({"$ref": format!("{REF}{name}")}), EVENTS, false, &mut uses);
        }
    }
    uses
}

fn spread(document: &Value, value: &Value, tag: &str, request: bool, uses: &mut BTreeMap<String, TypeUse>) {
    match value {
        Value::Object(map) => {
            if let Some(name) = map.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix(REF)) {
                let used = uses.entry(name.to_owned()).or_default();
                let known = used.tags.contains(tag) && if request { used.request } else { used.response };
                used.tags.insert(tag.to_owned());
                if request {
                    used.request = true;
                } else {
                    used.response = true;
                }
                if !known {
                    spread(document, &document["components"]["schemas"][name], tag, request, uses);
                }
            }
            map.values().for_each(|value| spread(document, value, tag, request, uses));
        }
        Value::Array(list) => list.iter().for_each(|value| spread(document, value, tag, request, uses)),
        _ => {}
    }
}

/// Drops the components that no operation reaches.
pub fn keep_used(document: &mut Value, uses: &BTreeMap<String, TypeUse>) {
    if let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") {
        schemas.retain(|name, _| uses.contains_key(name));
    }
}

/// The fields that `x-rust-name` names: properties that are plain values, not types of their own.
pub fn field_names(document: &Value) -> BTreeMap<(String, String), String> {
    let mut names = BTreeMap::new();
    for (ty, schema) in object(&document["components"], "schemas") {
        for (wire, property) in object(schema, "properties") {
            if let Some(name) = rust_name(property) {
                names.insert((ty.clone(), wire.clone()), name.to_owned());
            }
        }
    }
    names
}

/// Types that the generator does not write.
#[derive(Default)]
pub struct Apart {
    pub enums: Vec<OpenEnum>,
    pub ids: Vec<PathId>,
    pub filters: Vec<Filter>,
}

/// Takes enums, ids and filters out of the types that the generator writes: they have types of their own.
pub fn set_apart(document: &mut Value, uses: &mut BTreeMap<String, TypeUse>, model: &Model) -> Result<Apart> {
    let mut apart = Apart::default();
    let parameters = model.operations.iter().flat_map(|operation| &operation.parameters);
    let json: Vec<&String> = parameters.filter(|p| p.json).filter_map(|p| p.component.as_ref()).collect();
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else { return Ok(apart) };
    for (name, schema) in schemas.iter_mut() {
        let description = text(schema, "description").unwrap_or_default().to_owned();
        let tags = uses.get(name).map(|used| used.tags.clone()).unwrap_or_default();
        if is_enum(schema) {
            apart.enums.push(OpenEnum { name: name.clone(), description, variants: variants(name, schema)?, tags });
        } else if schema["x-path-id"] == true {
            apart.ids.push(PathId { name: name.clone(), description });
        } else if json.contains(&name) {
            let fields = object(schema, "properties")
                .map(|(wire, property)| (wire.clone(), text(property, "description").unwrap_or_default().to_owned()));
            apart.filters.push(Filter { name: name.clone(), description, fields: fields.collect(), tags });
        } else {
            continue;
        }
        *schema = json!({"type": "string"});
        uses.remove(name);
    }
    Ok(apart)
}

fn variants(name: &str, schema: &Value) -> Result<Vec<(String, String)>> {
    let at = join("/components/schemas", name);
    let given: BTreeMap<&str, &str> = object(&schema["x-rust-name"], "variants")
        .filter_map(|(value, variant)| Some((value.as_str(), variant.as_str()?)))
        .collect();
    let values: Vec<&str> = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if let Some(stray) = given.keys().find(|value| !values.contains(value)) {
        return Err(Problem::at(
            at,
            format!("`x-rust-name` names the variant of `{stray}`, which is no value of the enum"),
        ));
    }
    let mut variants: Vec<(String, String)> = Vec::new();
    for value in values {
        let variant = given.get(value).map_or_else(|| value.to_upper_camel_case(), |variant| (*variant).to_owned());
        let usable = syn::parse_str::<syn::Ident>(&variant).is_ok() && variant != "Unknown" && variant != "KNOWN";
        if !usable || variants.iter().any(|(known, _)| *known == variant) {
            return Err(Problem::at(
                at,
                format!(
                    "the value `{value}` gives no name of its own for a variant; give one with `x-rust-name: {{type, variants}}`"
                ),
            ));
        }
        variants.push((variant, value.to_owned()));
    }
    Ok(variants)
}

/// The generator would silently make one type of two.
pub fn check_names(document: &Value, apart: &Apart) -> Result<()> {
    for (name, _) in object(&document["components"], "schemas") {
        let at = join("/components/schemas", name);
        if *name != name.to_upper_camel_case()
            && !apart.enums.iter().any(|e| e.name == *name)
            && !apart.ids.iter().any(|i| i.name == *name)
        {
            return Err(Problem::at(
                at,
                format!("`{name}` would become `{}`; give it that name with `x-rust-name`", name.to_upper_camel_case()),
            ));
        }
        if name == super::API_ERROR || name == "Error" || name == "Result" || name == "Option" {
            return Err(Problem::at(
                at,
                format!("`{name}` is the name of another type in the crate; give it an `x-rust-name`"),
            ));
        }
    }
    Ok(())
}
