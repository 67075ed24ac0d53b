//! Properties of generated examples that hold for any schema.

use api_bundle::Schemas;
use arbitrary::{Result, Unstructured};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::complete::complete;
use super::direction::Direction;
use super::generator::example;
use super::merged_schema::References;
use super::validation::ExampleValidator;
use crate::mutation::{mutate, odd_value};

/// Levels of nested schemas in a generated document.
const DEPTH: usize = 4;

/// Generates a schema of common keywords, which may contradict each other.
fn schema(bytes: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
    let mut map = Map::new();
    let kinds = ["string", "integer", "number", "boolean", "array", "object", "null"];
    if bytes.ratio(3, 4)? {
        let most = if depth == 0 { 3 } else { kinds.len() - 1 };
        map.insert("type".into(), kinds[bytes.int_in_range(0..=most)?].into());
    }
    for _ in 0..bytes.int_in_range(0..=4)? {
        let (key, value) = keyword(bytes, depth)?;
        map.insert(key.into(), value);
    }
    Ok(map.into())
}

fn keyword(bytes: &mut Unstructured<'_>, depth: usize) -> Result<(&'static str, Value)> {
    let small = bytes.int_in_range(0..=4)?;
    let inside = depth.saturating_sub(1);
    Ok(match bytes.int_in_range(0..=if depth == 0 { 17 } else { 27 })? {
        0 => ("minLength", small.into()),
        1 => ("maxLength", (small + 1).into()),
        2 => ("minimum", (small - 2).into()),
        3 => ("maximum", (small * 3).into()),
        4 => ("exclusiveMinimum", [json!(true), json!(false), json!(small), json!(0.25)][small as usize % 4].clone()),
        5 => ("exclusiveMaximum", [json!(true), json!(false), json!(small), json!(1e18)][small as usize % 4].clone()),
        6 => ("multipleOf", [json!(3), json!(0.5), json!(1), json!(0.01), json!(7)][small as usize].clone()),
        7 => {
            let patterns = ["^[a-z]+$", r"^\d{2,4}\Z", "^(a|bcd)*x?$", "{{", "(?=a)[ab]", r"\S", "^$"];
            ("pattern", (*bytes.choose(&patterns)?).into())
        }
        8 => (
            "enum",
            json!([null, "a", 2, 2.0, [1.0], "long text"])
                .as_array()
                .map_or(json!([]), |list| list.iter().skip(small as usize).cloned().collect()),
        ),
        9 => {
            let formats = ["date-time", "email", "uuid", "byte", "password", "int32", "ipv6", "odd"];
            ("format", (*bytes.choose(&formats)?).into())
        }
        10 => ("nullable", true.into()),
        11 => ("readOnly", true.into()),
        12 => ("writeOnly", true.into()),
        13 => ("default", odd_value(bytes)?),
        14 => ("example", odd_value(bytes)?),
        15 => ("$ref", format!("#/components/schemas/{}", ["A", "B", "C", "A", "B"][small as usize]).into()),
        16 => ("required", json!([["a"], ["b"], ["user_id"], ["properties"], ["kind"]][small as usize])),
        17 => ("const", odd_value(bytes)?),
        18 => ("properties", json!({"a": schema(bytes, inside)?, "properties": schema(bytes, inside)?})),
        19 => ("properties", json!({"kind": {"type": "string"}, "b": schema(bytes, inside)?})),
        20 => ("items", schema(bytes, inside)?),
        21 => ("allOf", json!([schema(bytes, inside)?, schema(bytes, inside)?])),
        22 => ("anyOf", json!([schema(bytes, inside)?, schema(bytes, inside)?])),
        23 => ("oneOf", json!([schema(bytes, inside)?, schema(bytes, inside)?, {"$ref": "#/components/schemas/A"}])),
        24 => ("not", schema(bytes, inside)?),
        25 => ("additionalProperties", [json!(false), json!(true), schema(bytes, inside)?][small as usize % 3].clone()),
        26 => (
            ["minItems", "maxItems", "minProperties", "maxProperties", "uniqueItems"][small as usize],
            match small {
                4 => true.into(),
                _ => small.into(),
            },
        ),
        _ => ("discriminator", json!({"propertyName": "kind", "mapping": {"first": "A"}})),
    })
}

fn document(bytes: &mut Unstructured<'_>) -> Result<(Value, Value)> {
    // The outermost one first, since the bytes run out.
    let outermost = schema(bytes, DEPTH)?;
    let [a, b, c] = [schema(bytes, DEPTH)?, schema(bytes, DEPTH)?, schema(bytes, 1)?];
    Ok((json!({"components": {"schemas": {"A": a, "B": b, "C": c}}}), outermost))
}

/// Checks that an example fits its schema, that it is deterministic, and that the quick validation agrees with the
/// library.
fn made_examples_fit(bytes: &[u8]) -> Result<()> {
    let mut bytes = Unstructured::new(bytes);
    let (document, schema) = document(&mut bytes)?;
    let validator = Schemas::of(&document).validator(&schema);
    for direction in [Direction::Request, Direction::Response] {
        let made = example(&document, &schema, "user_id", direction);
        assert_eq!(made, example(&document, &schema, "user_id", direction), "{schema} of {document}");

        if let (Some(made), Ok(validator)) = (made, &validator) {
            assert!(validator.is_valid(&made), "{made} does not fit {schema} of {document}");
        }
    }
    let quick = ExampleValidator::of(References::of(&document));
    for _ in 0..4 {
        let value = odd_value(&mut bytes)?;
        if let (true, Ok(validator)) = (quick.fits(&schema, &value), &validator) {
            assert!(validator.is_valid(&value), "{value} does not fit {schema} of {document}");
        }
    }
    Ok(())
}

/// Checks that a mutated document is completed without a panic, and that completing it again changes nothing.
fn odd_documents_are_completed(bytes: &[u8]) -> Result<()> {
    let mut bytes = Unstructured::new(bytes);
    let (mut document, schema) = document(&mut bytes)?;
    let content =
        json!({"content": {"application/json": {"schema": schema}, "text/plain": {"schema": {"type": "string"}}}});
    let operation = json!({"parameters": [{"name": "q", "in": "query", "schema": schema}], "requestBody": content,
        "responses": {"200": content}, "callbacks": {"done": {"{$url}": {"post": {"requestBody": content}}}}});
    document["paths"] = json!({"/ships": {"post": operation}});
    for _ in 0..bytes.int_in_range(0..=6)? {
        mutate(&mut document, &mut bytes)?;
    }
    let before = document.clone();
    let first = complete(&mut document, &|_| true);
    for pointer in ["/paths/~1ships/post/requestBody", "/paths/~1ships/post/responses/200"] {
        let place = format!("{pointer}/content/application~1json");
        let direction = if pointer.ends_with("200") { Direction::Response } else { Direction::Request };
        if let (Some(made), Some(schema)) =
            (document.pointer(&format!("{place}/examples/made/value")), before.pointer(&format!("{place}/schema")))
        {
            // The example does not depend on the cached ones.
            assert_eq!(Some(made), example(&before, schema, "", direction).as_ref(), "{schema} of {before}");
        }
    }
    let completed = document.clone();
    let second = complete(&mut document, &|_| true);
    assert_eq!((second.examples.len(), second.without), (0, first.without));
    assert_eq!(document, completed);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_made_fits(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        made_examples_fit(&bytes).expect("bytes never run out");
    }

    #[test]
    fn whatever_the_document_it_is_completed(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        odd_documents_are_completed(&bytes).expect("bytes never run out");
    }
}
