//! Properties of downlevel and overlay that hold for any input, for proptest and `fuzz/`. Each panics if it is
//! violated.

use std::collections::BTreeSet;

use arbitrary::{Result, Unstructured};
use serde_json::{Map, Value, json};
use serde_json_path::JsonPath;

use super::document::{Document, Fragment, Trust, join};
use super::downlevel::downlevel;
use super::overlay::overlay;
use crate::mutation::{mutate, odd_text, odd_value};

/// Levels of nested schemas in a generated document.
const DEPTH: usize = 4;

fn document(value: Value) -> Document {
    Document { value, ..Document::default() }
}

/// Checks that a document of OpenAPI 3.1 is rewritten as one that a 3.0 parser reads and that rewriting again does not
/// change, or is refused with a pointer. A mutated document may also be refused.
pub fn downlevels(bytes: &[u8]) -> Result<()> {
    let mut bytes = Unstructured::new(bytes);
    let mut value = openapi(&mut bytes)?;
    let valid = bytes.ratio(2, 3)?;
    if !valid {
        for _ in 0..bytes.int_in_range(1..=4)? {
            mutate(&mut value, &mut bytes)?;
        }
    }
    match downlevel(document(value.clone())) {
        Err(diagnostic) => assert!(diagnostic.pointer().is_some(), "{diagnostic}: {value}"),
        Ok(done) => {
            assert_eq!(done.value["openapi"], "3.0.3");
            if valid && let Err(error) = serde_json::from_value::<openapiv3::OpenAPI>(done.value.clone()) {
                panic!("{error}: {value} became {}", done.value);
            }
            let again = downlevel(document(done.value.clone())).map(|again| again.value);
            assert_eq!(again.as_ref(), Ok(&done.value), "{value}");
        }
    }
    Ok(())
}

fn openapi(bytes: &mut Unstructured<'_>) -> Result<Value> {
    let mut operation = json!({"operationId": "launch_ship", "responses": {"200": {"description": "", "content": {
        "application/json": {"schema": schema(bytes, DEPTH)?}}}}});
    if bytes.arbitrary()? {
        operation["parameters"] = json!([{"in": "query", "name": "q", "schema": schema(bytes, DEPTH)?}]);
    }
    if bytes.arbitrary()? {
        operation["requestBody"] = json!({"content": {"application/json": {"schema": schema(bytes, DEPTH)?}}});
    }
    if bytes.ratio(1, 16)? {
        operation.as_object_mut().and_then(|operation| operation.remove("responses"));
    }
    let mut document = json!({"openapi": "3.1.0", "info": {"title": "Ships", "version": "1"},
        "paths": {"/ships": {"post": operation}}, "components": {"schemas": {"Ship": schema(bytes, DEPTH)?}}});
    let roots = [
        ("x-any", json!({"type": ["a", "b"]})),
        ("webhooks", json!({})),
        ("jsonSchemaDialect", json!("d")),
        ("tags", json!([{"name": "t"}])),
    ];
    let (key, value) = bytes.choose(&roots)?;
    if bytes.ratio(1, 4)? {
        document[*key] = value.clone();
    }
    if bytes.ratio(1, 8)? {
        document.as_object_mut().and_then(|document| document.remove("paths"));
    }
    Ok(document)
}

/// Generates a schema of keywords that 3.0 has too, writes differently, or lacks.
fn schema(bytes: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
    if depth == 0 || bytes.ratio(1, 8)? {
        let leaves = [json!({}), json!(true), json!(false), json!({"type": "null"}), json!({"type": "string"})];
        return Ok(bytes.choose(&leaves)?.clone());
    }
    let inside = depth - 1;
    let mut map = Map::new();
    let of_type: Option<(&str, Value)> = match bytes.int_in_range(0..=5)? {
        0 => Some(("string", "s".into())),
        1 => Some(("integer", 7.into())),
        2 => Some(("boolean", true.into())),
        3 => Some(("object", json!({}))),
        4 => Some(("array", json!([]))),
        _ => None,
    };
    let sample = of_type.as_ref().map_or(Value::Null, |(_, sample)| sample.clone());
    if let Some((name, _)) = &of_type {
        let kinds = [json!(name), json!([name]), json!([name, "null"]), json!([name, "number"])];
        map.insert("type".into(), kinds[bytes.choose_index(3)? + usize::from(bytes.ratio(1, 16)?)].clone());
    }
    if sample == json!([]) {
        map.insert("items".into(), schema(bytes, inside)?);
    }
    for _ in 0..bytes.int_in_range(0..=4)? {
        let (key, value) = match bytes.int_in_range(0..=19)? {
            0 => ("description", odd_text(bytes)?.into()),
            1 => ("properties", json!({"a": schema(bytes, inside)?, "const": schema(bytes, inside)?})),
            2 if sample == json!({}) || sample.is_null() => ("additionalProperties", schema(bytes, inside)?),
            3 => ("allOf", json!([schema(bytes, inside)?])),
            4 => ("anyOf", json!([schema(bytes, inside)?, {"type": "null"}])),
            5 => ("oneOf", json!([schema(bytes, inside)?, schema(bytes, inside)?, {"type": "null"}])),
            6 => ("anyOf", json!([{"type": "null"}])),
            7 => ("not", schema(bytes, inside)?),
            8 => ("$ref", "#/components/schemas/Ship".into()),
            9 if !sample.is_array() && !sample.is_object() => ("const", sample.clone()),
            10 if sample.is_string() || sample.is_number() => ("enum", json!([sample])),
            11 => ("examples", json!([odd_value(bytes)?])),
            12 => ("examples", json!([1, 2])),
            13 => ("exclusiveMinimum", 3.into()),
            14 => ("exclusiveMaximum", 9.into()),
            15 => ("minimum", 1.into()),
            16 => ("contentEncoding", (*bytes.choose(&["base64", "quoted-printable"])?).into()),
            17 => ("format", "byte".into()),
            18 => (*bytes.choose(&["if", "$defs", "prefixItems", "propertyNames"])?, json!({})),
            _ => ("readOnly", true.into()),
        };
        map.insert(key.into(), value);
    }
    Ok(map.into())
}

/// Checks that actions change exactly what their targets select, and that one which selects nothing is refused.
pub fn overlays(bytes: &[u8]) -> Result<()> {
    let mut bytes = Unstructured::new(bytes);
    let mut value = json!({"a": {"b": [0, {"x": 1}, [2]], "x": 1}, "list": [{"x": 1, "a": {}}, {"x": 2}, 1, []]});
    for _ in 0..bytes.int_in_range(0..=3)? {
        mutate(&mut value, &mut bytes)?;
    }
    for _ in 0..bytes.int_in_range(1..=4)? {
        let target = target(&mut bytes)?;
        let action = match bytes.int_in_range(0..=7)? {
            0 => json!({"target": target}),
            1 => odd_value(&mut bytes)?,
            2..=4 => json!({"target": target, "remove": true}),
            _ => json!({"target": target, "update": update(&mut bytes)?}),
        };
        match one_action(value.clone(), &action) {
            Some(done) => value = done,
            None => return Ok(()),
        }
    }
    Ok(())
}

/// Generates a target. Its length is limited, since a long query can take exponential time and only the authors of
/// specs write them.
fn target(bytes: &mut Unstructured<'_>) -> Result<String> {
    const SEGMENTS: [&str; 16] = [
        ".a",
        ".b",
        ".x",
        ".list",
        ".*",
        "..x",
        "..a",
        "[0]",
        "[-1]",
        "[0, 0]",
        "[2, 0]",
        "[::-1]",
        "[1:]",
        "[?@.x == 1]",
        "['a', 'list']",
        "..*",
    ];
    if bytes.ratio(1, 16)? {
        return odd_text(bytes).map(|text| text.chars().take(12).collect());
    }
    let mut target = "$".to_owned();
    for _ in 0..bytes.int_in_range(0..=3)? {
        target.push_str(bytes.choose(&SEGMENTS)?);
    }
    Ok(target)
}

fn update(bytes: &mut Unstructured<'_>) -> Result<Value> {
    let mut update = json!({"a": {"new": 1}, "b": [9]});
    mutate(&mut update, bytes)?;
    Ok(update)
}

/// Applies one action and compares the result with a naive implementation; `None` if it is refused.
fn one_action(value: Value, action: &Value) -> Option<Value> {
    let file = Fragment {
        file: "overlay.yaml".into(),
        value: json!({"overlay": "1.0.0", "actions": [action]}),
        trust: Trust::Overlay,
    };
    let path = action["target"].as_str().and_then(|target| JsonPath::parse(target).ok());
    let picked: BTreeSet<String> = path
        .map(|path| path.query_located(&value).locations().map(|place| place.to_json_pointer()).collect())
        .unwrap_or_default();
    match overlay(document(value.clone()), Some(&file)) {
        Err(diagnostic) => {
            assert!(diagnostic.pointer().is_some_and(|at| at.starts_with("/actions/0")), "{diagnostic}");
            let removal = action["remove"] == true && action.get("update").is_none();
            assert!(!removal || picked.is_empty() || picked.contains(""), "{action} of {value}: {diagnostic}");
            None
        }
        Ok(done) => {
            assert!(!picked.is_empty(), "{action} picks nothing of {value}");
            match action.get("update") {
                None => assert_eq!(done.value, without(&value, "", &picked), "{action} of {value}"),
                Some(update) => {
                    let most = count(&value) + picked.len() * count(update);
                    assert!(count(&done.value) <= most, "{action} of {value} grew to {}", done.value);
                }
            }
            Some(done.value)
        }
    }
}

fn without(value: &Value, pointer: &str, picked: &BTreeSet<String>) -> Value {
    let kept = |key: &str, inside: &Value| {
        let at = join(pointer, key);
        (!picked.contains(&at)).then(|| without(inside, &at, picked))
    };
    match value {
        Value::Object(map) => {
            map.iter().filter_map(|(key, inside)| Some((key.clone(), kept(key, inside)?))).collect::<Map<_, _>>().into()
        }
        Value::Array(list) => {
            list.iter().enumerate().filter_map(|(index, inside)| kept(&index.to_string(), inside)).collect()
        }
        other => other.clone(),
    }
}

/// Returns the number of values, the value itself included.
fn count(value: &Value) -> usize {
    match value {
        Value::Object(map) => 1 + map.values().map(count).sum::<usize>(),
        Value::Array(list) => 1 + list.iter().map(count).sum::<usize>(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_document_is_rewritten_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..192)) {
            downlevels(&bytes).expect("bytes never run out");
        }

        #[test]
        fn an_action_does_what_it_says_or_is_refused(bytes in proptest::collection::vec(any::<u8>(), 0..96)) {
            overlays(&bytes).expect("bytes never run out");
        }
    }
}
