//! Stage 4: OpenAPI 3.1 to 3.0.3. What 3.0.3 can't say is an error. The result is the bundle.

use serde_json::{Map, Value, json};

use crate::document::{Document, operations, text};
use crate::problem::{Problem, Result};
use crate::visit::{Kind, walk};

/// Keywords of a schema for which 3.0.3 has no words.
const NO_WORDS: [&str; 22] = [
    "if",
    "then",
    "else",
    "prefixItems",
    "patternProperties",
    "unevaluatedProperties",
    "unevaluatedItems",
    "propertyNames",
    "dependentSchemas",
    "dependentRequired",
    "contains",
    "minContains",
    "maxContains",
    "$defs",
    "$id",
    "$schema",
    "$anchor",
    "$dynamicRef",
    "$dynamicAnchor",
    "$comment",
    "contentSchema",
    "definitions",
];

/// Rewrites the document as OpenAPI 3.0.3.
pub fn downlevel(mut document: Document) -> Result<Document> {
    rewrite(&mut document.value).map_err(|problem| document.blame(problem))?;
    Ok(document)
}

fn rewrite(document: &mut Value) -> Result<()> {
    match text(document, "openapi") {
        Some(version) if version.starts_with("3.0.") || version.starts_with("3.1.") => {}
        Some(version) => return Err(Problem::at("/openapi", format!("version {version} is neither 3.0 nor 3.1"))),
        None => return Err(Problem::at("/openapi", "no fragment says which version of OpenAPI it is")),
    }
    document["openapi"] = "3.0.3".into();
    refuse(document, "", &["webhooks", "jsonSchemaDialect"])?;
    if let Some(info) = document.get("info") {
        refuse(info, "/info", &["summary"])?;
    }
    if let Some(license) = document.pointer("/info/license") {
        refuse(license, "/info/license", &["identifier"])?;
    }
    if let Some(components) = document.get("components") {
        refuse(components, "/components", &["pathItems"])?;
    }
    if let Some((pointer, ..)) = operations(document).find(|(_, _, _, operation)| operation.get("responses").is_none())
    {
        return Err(Problem::at(pointer, "3.0.3 has no operation without `responses`; say what it answers"));
    }
    if document.get("paths").is_none() {
        document["paths"] = json!({});
    }
    walk(document, "", Kind::Object, &mut |value, pointer, kind| match kind {
        Kind::Schema => schema(value, pointer),
        Kind::Object if text(value, "type") == Some("mutualTLS") => {
            Err(Problem::at(pointer, "3.0.3 has no security scheme `mutualTLS`"))
        }
        _ => Ok(()),
    })
}

fn refuse(value: &Value, pointer: &str, keys: &[&str]) -> Result<()> {
    match keys.iter().find(|key| value.get(**key).is_some()) {
        Some(key) => Err(Problem::at(format!("{pointer}/{key}"), format!("3.0.3 has no `{key}`"))),
        None => Ok(()),
    }
}

fn schema(value: &mut Value, pointer: &str) -> Result<()> {
    match value {
        Value::Bool(true) => *value = json!({}),
        // `additionalProperties: false` is the one place where 3.0.3 has it.
        Value::Bool(false) if !pointer.ends_with("/additionalProperties") => *value = json!({"not": {}}),
        _ => {}
    }
    let Value::Object(map) = value else { return Ok(()) };
    refuse_keywords(map, pointer)?;
    types(map, pointer)?;
    null_alternative(map, pointer)?;
    constant(map, pointer)?;
    bounds(map, pointer)?;
    examples(map, pointer)?;
    encoding(map, pointer)?;
    reference(map);
    Ok(())
}

fn refuse_keywords(map: &Map<String, Value>, pointer: &str) -> Result<()> {
    match map.keys().find(|key| NO_WORDS.contains(&key.as_str())) {
        Some(key) => Err(Problem::at(
            format!("{pointer}/{key}"),
            format!("3.0.3 has no `{key}`; say it otherwise in the overlay, or remove it there"),
        )),
        None => Ok(()),
    }
}

/// `type: [string, "null"]` becomes `type: string, nullable: true`.
fn types(map: &mut Map<String, Value>, pointer: &str) -> Result<()> {
    let at = format!("{pointer}/type");
    let Some(kind) = map.get("type") else { return Ok(()) };
    if kind == "null" {
        return Err(Problem::at(at, "3.0.3 has no type `null` of its own"));
    }
    let Value::Array(kinds) = kind else { return Ok(()) };
    let others: Vec<Value> = kinds.iter().filter(|kind| *kind != "null").cloned().collect();
    let nullable = others.len() < kinds.len();
    match <[Value; 1]>::try_from(others) {
        Ok([kind]) if !kind.is_string() => Err(Problem::at(at, "the name of a type is a text")),
        Ok([kind]) => {
            map["type"] = kind;
            if nullable {
                map.insert("nullable".into(), true.into());
            }
            Ok(())
        }
        Err(others) => Err(Problem::at(at, format!("3.0.3 allows one type, not {}", others.len()))),
    }
}

/// `anyOf: [X, {type: "null"}]` becomes `allOf: [X], nullable: true`.
fn null_alternative(map: &mut Map<String, Value>, pointer: &str) -> Result<()> {
    for key in ["anyOf", "oneOf"] {
        let Some(Value::Array(alternatives)) = map.get_mut(key) else { continue };
        let before = alternatives.len();
        alternatives.retain(|alternative| alternative != &json!({"type": "null"}));
        if alternatives.len() == before {
            continue;
        }
        if alternatives.len() == 1 && !map.contains_key("allOf") {
            if let Some(alternatives) = map.shift_remove(key) {
                map.insert("allOf".into(), alternatives);
            }
        } else if alternatives_empty(map, key) {
            return Err(Problem::at(format!("{pointer}/{key}"), "3.0.3 has no type `null` of its own"));
        }
        map.insert("nullable".into(), true.into());
    }
    Ok(())
}

fn alternatives_empty(map: &Map<String, Value>, key: &str) -> bool {
    map.get(key).and_then(Value::as_array).is_some_and(Vec::is_empty)
}

fn constant(map: &mut Map<String, Value>, pointer: &str) -> Result<()> {
    let Some(value) = map.shift_remove("const") else { return Ok(()) };
    if map.contains_key("enum") {
        return Err(Problem::at(format!("{pointer}/const"), "`const` beside `enum`; keep one"));
    }
    map.insert("enum".into(), json!([value]));
    Ok(())
}

/// `exclusiveMinimum: 3` becomes `minimum: 3, exclusiveMinimum: true`.
fn bounds(map: &mut Map<String, Value>, pointer: &str) -> Result<()> {
    for (exclusive, inclusive) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if !map.get(exclusive).is_some_and(Value::is_number) {
            continue;
        }
        if map.contains_key(inclusive) {
            return Err(Problem::at(
                format!("{pointer}/{exclusive}"),
                format!("3.0.3 can't have it beside `{inclusive}`; keep the narrower of the two"),
            ));
        }
        let bound = map.insert(exclusive.into(), true.into()).unwrap_or_default();
        map.insert(inclusive.into(), bound);
    }
    Ok(())
}

fn examples(map: &mut Map<String, Value>, pointer: &str) -> Result<()> {
    let Some(Value::Array(examples)) = map.get_mut("examples") else { return Ok(()) };
    if examples.len() > 1 || map.contains_key("example") {
        return Err(Problem::at(
            format!("{pointer}/examples"),
            "3.0.3 allows one example in a schema; move the others to the media type",
        ));
    }
    if let Some(Value::Array(examples)) = map.shift_remove("examples") {
        map.extend(examples.into_iter().map(|example| ("example".to_owned(), example)));
    }
    Ok(())
}

/// `contentEncoding: base64` becomes `format: byte`.
fn encoding(map: &mut Map<String, Value>, pointer: &str) -> Result<()> {
    for key in ["contentEncoding", "contentMediaType"] {
        let Some(value) = map.get(key) else { continue };
        if key == "contentEncoding" && value == "base64" && !map.contains_key("format") {
            map.shift_remove(key);
            map.insert("format".into(), "byte".into());
        } else {
            return Err(Problem::at(format!("{pointer}/{key}"), format!("3.0.3 has no `{key}`")));
        }
    }
    Ok(())
}

/// In 3.0.3, what stands beside `$ref` is ignored.
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
mod tests {
    use super::*;

    fn lowered(schema: Value) -> std::result::Result<Value, String> {
        let mut document = json!({"openapi": "3.1.0", "components": {"schemas": {"S": schema}}});
        rewrite(&mut document).map_err(|problem| problem.to_string())?;
        Ok(document["components"]["schemas"]["S"].clone())
    }

    #[test]
    fn what_has_other_words_is_translated() {
        for (from, to) in [
            (json!({"type": ["string", "null"]}), json!({"type": "string", "nullable": true})),
            (json!({"type": ["string"]}), json!({"type": "string"})),
            (json!({"type": "string", "nullable": true}), json!({"type": "string", "nullable": true})),
            (json!({"const": "a"}), json!({"enum": ["a"]})),
            (json!({"exclusiveMinimum": 3}), json!({"exclusiveMinimum": true, "minimum": 3})),
            (json!({"examples": [1]}), json!({"example": 1})),
            (json!({"contentEncoding": "base64"}), json!({"format": "byte"})),
            (json!({"properties": {"a": true}}), json!({"properties": {"a": {}}})),
            (json!({"additionalProperties": false}), json!({"additionalProperties": false})),
            (
                json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
                json!({"allOf": [{"type": "string"}], "nullable": true}),
            ),
            (
                json!({"properties": {"a": {"$ref": "#/components/schemas/S", "description": "d"}}}),
                json!({"properties": {"a": {"description": "d", "allOf": [{"$ref": "#/components/schemas/S"}]}}}),
            ),
            (
                json!({"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}),
                json!({"oneOf": [{"type": "string"}, {"type": "integer"}], "nullable": true}),
            ),
        ] {
            assert_eq!(lowered(from.clone()).expect("it has words"), to, "{from}");
        }
    }

    #[test]
    fn what_has_no_words_is_an_error_with_its_pointer() {
        for (from, at) in [
            (json!({"type": ["string", "integer"]}), "/type: 3.0.3 allows one type, not 2"),
            (json!({"type": "null"}), "/type: 3.0.3 has no type `null`"),
            (json!({"type": [["string"]]}), "/type: the name of a type is a text"),
            (json!({"if": {}}), "/if: 3.0.3 has no `if`"),
            (json!({"prefixItems": []}), "/prefixItems: "),
            (json!({"examples": [1, 2]}), "/examples: "),
            (json!({"minimum": 1, "exclusiveMinimum": 2}), "/exclusiveMinimum: "),
            (json!({"contentMediaType": "image/png"}), "/contentMediaType: "),
            (json!({"items": {"$defs": {}}}), "/items/$defs: "),
        ] {
            let error = lowered(from.clone()).expect_err("it has no words");
            assert!(error.starts_with(&format!("at /components/schemas/S{at}")), "{from}: {error}");
        }
    }

    #[test]
    fn a_document_says_which_version_it_is() {
        for (document, expected) in [
            (json!({}), "at /openapi: no fragment says which version of OpenAPI it is"),
            (json!({"openapi": "2.0"}), "at /openapi: version 2.0 is neither 3.0 nor 3.1"),
            (json!({"openapi": "3.1.0", "webhooks": {}}), "at /webhooks: 3.0.3 has no `webhooks`"),
            (
                json!({"openapi": "3.1.0", "paths": {"/a": {"get": {}}}}),
                "at /paths/~1a/get: 3.0.3 has no operation without `responses`; say what it answers",
            ),
        ] {
            let mut document = document;
            assert_eq!(rewrite(&mut document).expect_err("refused").to_string(), expected);
        }
    }
}
