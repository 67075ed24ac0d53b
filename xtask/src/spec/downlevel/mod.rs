//! Stage 4: rewrites OpenAPI 3.1 as 3.0.3, the version of the bundle.
//!
//! A constraint that 3.0.3 can't express is dropped, since the vendor validates it; a type that it can't express is
//! widened, with a warning. Anything else is an error.

mod references;

use serde_json::{Map, Value, json};

use crate::diagnostic::{Diagnostic, Result};
use crate::spec::document::{Document, METHODS, text};
use crate::spec::visit::{NodeKind, walk};

/// Keywords that are dropped: constraints and annotations that 3.0.3 does not have.
const DROPPED_KEYWORDS: [&str; 19] = [
    "if",
    "then",
    "else",
    "unevaluatedProperties",
    "unevaluatedItems",
    "propertyNames",
    "dependentSchemas",
    "dependentRequired",
    "dependencies",
    "contains",
    "minContains",
    "maxContains",
    "additionalItems",
    "contentMediaType",
    "contentSchema",
    "$comment",
    "$schema",
    "$defs",
    "definitions",
];
/// Keywords that identify a schema by something else than its location; they are refused.
const UNSUPPORTED_KEYWORDS: [&str; 7] =
    ["$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$vocabulary"];
const WIDENED: &str = "schemas with a wider form than the text's";

type Notes = Vec<(String, String)>;

/// Rewrites the document as OpenAPI 3.0.3.
///
/// # Errors
///
/// `Diagnostic` if 3.0.3 can't express a schema or security scheme, or if a reference has no target.
pub fn downlevel(mut document: Document) -> Result<Document> {
    let mut moved = Vec::new();
    let outcome = references::resolve_into_components(&mut document.value, &mut moved);
    for (pointer, from) in moved {
        if let Some(origin) = document.origin(&from) {
            document.origins.insert(pointer, origin);
        }
    }
    outcome.map_err(|diagnostic| document.with_origin(diagnostic))?;
    let webhooks: Vec<_> = document.origins.iter().filter(|(pointer, _)| pointer.starts_with("/webhooks/")).collect();
    let webhooks: Vec<_> =
        webhooks.into_iter().map(|(pointer, origin)| (format!("/x-{}", &pointer[1..]), origin.clone())).collect();
    document.origins.extend(webhooks);
    let mut notes = Notes::new();
    rewrite(&mut document.value, &mut notes).map_err(|diagnostic| document.with_origin(diagnostic))?;
    for (pointer, message) in notes {
        document.warn(WIDENED, &pointer, message);
    }
    Ok(document)
}

fn rewrite(document: &mut Value, notes: &mut Notes) -> Result<()> {
    match text(document, "openapi") {
        Some(version) if version.starts_with("3.0.") || version.starts_with("3.1.") => {}
        Some(version) => {
            return Err(Diagnostic::at(
                "/openapi",
                format!("version {version} is neither 3.0 nor 3.1; convert the document to 3.1 first"),
            ));
        }
        None => return Err(Diagnostic::at("/openapi", "no fragment says which version of OpenAPI it is")),
    }
    document["openapi"] = "3.0.3".into();
    for (pointer, key) in
        [("", "jsonSchemaDialect"), ("/info", "summary"), ("/info/license", "identifier"), ("/components", "pathItems")]
    {
        if let Some(Value::Object(map)) = document.pointer_mut(pointer) {
            map.shift_remove(key);
        }
    }
    if let Some(map) = document.as_object_mut()
        && let Some(webhooks) = map.shift_remove("webhooks")
    {
        map.insert("x-webhooks".into(), webhooks);
    }
    for root in ["paths", "x-webhooks"] {
        let items = document.get_mut(root).and_then(Value::as_object_mut).into_iter().flatten();
        for (_, item) in items {
            for (method, operation) in item.as_object_mut().into_iter().flatten() {
                if let Some(operation) = operation.as_object_mut().filter(|_| METHODS.contains(&method.as_str())) {
                    let undescribed = || json!({"default": {"description": "The answer is not described."}});
                    operation.entry("responses").or_insert_with(undescribed);
                }
            }
        }
    }
    if document.get("paths").is_none() {
        document["paths"] = json!({});
    }
    walk(document, "", NodeKind::Object, &mut |value, pointer, kind| match kind {
        NodeKind::Schema => schema(value, pointer, notes),
        NodeKind::Object if text(value, "type") == Some("mutualTLS") => Err(Diagnostic::at(
            pointer,
            "3.0.3 has no security scheme `mutualTLS`; remove it in the overlay, and give the client a certificate by \
             its own HTTP client",
        )),
        _ => Ok(()),
    })
}

fn schema(value: &mut Value, pointer: &str, notes: &mut Notes) -> Result<()> {
    match value {
        Value::Bool(true) => *value = json!({}),
        // `additionalProperties: false` is the one place where 3.0.3 has it.
        Value::Bool(false) if !pointer.ends_with("/additionalProperties") => *value = json!({"not": {}}),
        _ => {}
    }
    let Value::Object(map) = value else { return Ok(()) };
    if let Some(key) = map.keys().find(|key| UNSUPPORTED_KEYWORDS.contains(&key.as_str())) {
        return Err(Diagnostic::at(
            format!("{pointer}/{key}"),
            format!(
                "3.0.3 has no `{key}`; write the schema as a component, and `$ref: \"#/components/schemas/NAME\"` here"
            ),
        ));
    }
    for key in DROPPED_KEYWORDS {
        map.shift_remove(key);
    }
    let mut note = |message: &str| notes.push((pointer.to_owned(), message.to_owned()));
    patterns(map, &mut note);
    tuple(map, &mut note);
    types(map, pointer, &mut note)?;
    null_alternative(map);
    constant(map, pointer)?;
    bounds(map);
    examples(map);
    encoding(map);
    reference(map);
    Ok(())
}

/// Rewrites `patternProperties` as `additionalProperties`.
fn patterns(map: &mut Map<String, Value>, note: &mut dyn FnMut(&str)) {
    let Some(Value::Object(patterns)) = map.shift_remove("patternProperties") else { return };
    let others = map.get("additionalProperties").filter(|others| **others != false);
    let mut schemas = patterns.into_iter().map(|(_, schema)| schema);
    match (schemas.next(), schemas.next(), others) {
        (Some(only), None, None) => {
            map.insert("additionalProperties".into(), only);
        }
        _ => {
            note("names that differ by pattern: their values may be any JSON here");
            map.insert("additionalProperties".into(), json!({}));
        }
    }
}

/// Rewrites a tuple as a list of any values.
fn tuple(map: &mut Map<String, Value>, note: &mut dyn FnMut(&str)) {
    let by_place = map.get("items").is_some_and(Value::is_array);
    if map.shift_remove("prefixItems").is_some() || by_place {
        note("a list whose items differ by place: they may be any JSON here");
        map.insert("items".into(), json!({}));
    }
}

/// Rewrites `type: [string, "null"]` as `type: string, nullable: true`, and several types as `anyOf`.
fn types(map: &mut Map<String, Value>, pointer: &str, note: &mut dyn FnMut(&str)) -> Result<()> {
    const TYPES: [&str; 6] = ["string", "number", "integer", "boolean", "array", "object"];
    let Some(kind) = map.get("type") else { return Ok(()) };
    let kinds: Vec<Value> = match kind {
        Value::Array(kinds) => kinds.clone(),
        kind => vec![kind.clone()],
    };
    let mut names: Vec<String> = Vec::new();
    let mut nullable = false;
    for kind in kinds {
        match kind.as_str() {
            Some("null") => nullable = true,
            Some("file") => {
                map.entry("format").or_insert_with(|| "binary".into());
                names.push("string".to_owned());
            }
            Some(name) if TYPES.contains(&name) => names.push(name.to_owned()),
            Some(name) => note(&format!("`{name}` is no type: the value may be any JSON here")),
            None => {
                return Err(Diagnostic::at(format!("{pointer}/type"), "the name of a type is a text; write it as one"));
            }
        }
    }
    names.dedup();
    if nullable {
        map.insert("nullable".into(), true.into());
    }
    match names.as_slice() {
        [] => {
            map.shift_remove("type");
            if nullable && map.get("enum").is_none() {
                map.insert("enum".into(), json!([null]));
            }
        }
        [one] => {
            map.insert("type".into(), one.as_str().into());
        }
        several => {
            // A keyword counts for values of its own type only, so each alternative can have them all.
            let mut inner = Map::new();
            for key in ["enum", "format", "items", "properties", "required", "additionalProperties"] {
                if let Some(value) = map.shift_remove(key) {
                    inner.insert(key.into(), value);
                }
            }
            map.shift_remove("type");
            let alternatives: Vec<Value> = several.iter().map(|name| Value::Object(of_type(name, &inner))).collect();
            if map.contains_key("anyOf") {
                let wrapped = json!([{"anyOf": alternatives}]);
                match map.get_mut("allOf").and_then(Value::as_array_mut) {
                    Some(parts) => parts.extend(wrapped.as_array().cloned().unwrap_or_default()),
                    None => {
                        map.insert("allOf".into(), wrapped);
                    }
                }
            } else {
                map.insert("anyOf".into(), alternatives.into());
            }
        }
    }
    Ok(())
}

fn of_type(name: &str, all: &Map<String, Value>) -> Map<String, Value> {
    let mut map = Map::from_iter([("type".to_owned(), Value::from(name))]);
    for (key, value) in all {
        let fits = match key.as_str() {
            "format" => !matches!(name, "array" | "object" | "boolean"),
            "items" => name == "array",
            "properties" | "required" | "additionalProperties" => name == "object",
            _ => true,
        };
        let value = match (key.as_str(), value) {
            ("enum", Value::Array(values)) => values.iter().filter(|value| is_of_type(value, name)).cloned().collect(),
            _ => value.clone(),
        };
        if fits && value != json!([]) {
            map.insert(key.clone(), value);
        }
    }
    map
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        _ => value.is_object(),
    }
}

/// Rewrites `anyOf: [X, {type: "null"}]` as `allOf: [X], nullable: true`.
fn null_alternative(map: &mut Map<String, Value>) {
    for key in ["anyOf", "oneOf"] {
        let Some(Value::Array(alternatives)) = map.get_mut(key) else { continue };
        let before = alternatives.len();
        alternatives.retain(|alternative| !is_null(alternative));
        if alternatives.len() == before {
            continue;
        }
        let left = alternatives.len();
        if left == 0 {
            map.shift_remove(key);
            map.entry("enum").or_insert_with(|| json!([null]));
        } else if left == 1
            && !map.contains_key("allOf")
            && let Some(alternatives) = map.shift_remove(key)
        {
            map.insert("allOf".into(), alternatives);
        }
        map.insert("nullable".into(), true.into());
    }
}

/// Returns `true` if a schema accepts `null` only.
fn is_null(schema: &Value) -> bool {
    let alternatives = |key: &str| {
        let list = schema[key].as_array();
        list.is_some_and(|list| !list.is_empty() && list.iter().all(is_null))
    };
    schema["type"] == "null"
        || schema["type"] == json!(["null"])
        || schema["enum"] == json!([null])
        || schema.get("const") == Some(&Value::Null)
        || alternatives("anyOf")
        || alternatives("oneOf")
}

fn constant(map: &mut Map<String, Value>, pointer: &str) -> Result<()> {
    let Some(value) = map.shift_remove("const") else { return Ok(()) };
    if map.get("enum").and_then(Value::as_array).is_some_and(|values| !values.contains(&value)) {
        return Err(Diagnostic::at(
            format!("{pointer}/const"),
            "`const` is no value of the `enum` beside it; keep one",
        ));
    }
    map.insert("enum".into(), json!([value]));
    Ok(())
}

/// Rewrites `exclusiveMinimum: 3` as `minimum: 3, exclusiveMinimum: true`. Of two bounds the narrower one is kept.
fn bounds(map: &mut Map<String, Value>) {
    for (exclusive, inclusive, sign) in [("exclusiveMinimum", "minimum", 1.0), ("exclusiveMaximum", "maximum", -1.0)] {
        let Some(bound) = map.get(exclusive).and_then(Value::as_f64) else { continue };
        match map.get(inclusive).and_then(Value::as_f64) {
            Some(other) if other * sign > bound * sign => {
                map.shift_remove(exclusive);
            }
            _ => {
                let bound = map.insert(exclusive.into(), true.into()).unwrap_or_default();
                map.insert(inclusive.into(), bound);
            }
        }
    }
}

/// Keeps the first of `examples` as `example`, of which 3.0.3 has one.
fn examples(map: &mut Map<String, Value>) {
    let Some(examples) = map.get("examples").and_then(Value::as_array) else { return };
    let first = examples.first().cloned();
    map.shift_remove("examples");
    if let Some(first) = first {
        map.entry("example").or_insert(first);
    }
}

/// Rewrites `contentEncoding: base64` as `format: byte`.
fn encoding(map: &mut Map<String, Value>) {
    if map.shift_remove("contentEncoding").is_some_and(|encoding| encoding == "base64") {
        map.entry("format").or_insert_with(|| "byte".into());
    }
}

/// Wraps a `$ref` that has siblings in `allOf`, since 3.0.3 ignores siblings.
fn reference(map: &mut Map<String, Value>) {
    if map.len() > 1
        && let Some(target) = map.shift_remove("$ref")
    {
        let mut all = vec![json!({"$ref": target})];
        if let Some(Value::Array(others)) = map.shift_remove("allOf") {
            all.extend(others);
        }
        map.insert("allOf".into(), all.into());
    }
}

#[cfg(test)]
mod tests;
