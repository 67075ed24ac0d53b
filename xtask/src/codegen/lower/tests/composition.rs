//! Schemas that include others by `allOf`, or contain themselves.

use serde_json::{Value, json};

use super::{answer, lower_value, published, with};
use crate::codegen::ir::Decoding;

#[test]
fn what_a_schema_takes_in_is_one_object() {
    let schemas = json!({
        "Base": {"type": "object", "properties": {"name": {"type": "string"}, "note": {"type": "string"}}, "required": ["note"]},
        "Ship": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"type": "object", "properties": {"speed": {"type": "integer"}}}],
            "required": ["name"]},
    });
    let (ir, _) = published(&with(answer(json!({"$ref": "#/components/schemas/Ship"})), schemas));
    let ship = &ir.document["components"]["schemas"]["Ship"];
    assert_eq!(ship["required"], json!(["name", "note"]));
    assert_eq!(ship["properties"]["name"], json!({"type": "string"}));
    assert_eq!(ship["properties"]["speed"], json!({"type": "integer", "nullable": true}));
}

#[test]
fn a_schema_that_contains_itself_ends() {
    let schemas = json!({
        "Tree": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
        "Base": {"type": "object", "properties": {"kind": {"type": "string"}}, "required": ["kind"],
            "discriminator": {"propertyName": "kind"}},
        "Heir": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Base"},
            "tree": {"$ref": "#/components/schemas/Tree"}}}]},
    });
    let (ir, notes) = published(&with(answer(json!({"$ref": "#/components/schemas/Base"})), schemas));
    let base = &ir.unions["Base"];
    let values = vec![("Heir".into(), "Heir".into()), ("Base".into(), "Base".into())];
    assert_eq!(base.decoding, Decoding::ByProperty { property: "kind".into(), values });
    assert!(notes.iter().any(|note| note.starts_with("/components/schemas/Tree: `Tree` contains itself")), "{notes:?}");
}

#[test]
fn what_takes_in_itself_further_inside_ends() {
    // Each inline schema holds the next one, and none of them is a component.
    let ship = json!({"type": "object", "properties": {"next": {"allOf": [
        {"$ref": "#/components/schemas/Ship"}, {"properties": {"distance": {"type": "integer"}}}]}}});
    // The only alternative is the schema itself.
    let odd = json!({"oneOf": [{"$ref": "#/components/schemas/Odd"}]});
    let body = json!({"type": "object", "properties": {"ship": {"$ref": "#/components/schemas/Ship"},
        "odd": {"allOf": [{"$ref": "#/components/schemas/Odd"}, {"properties": {"a": {"type": "string"}}}]}}});
    let (ir, notes) = published(&with(answer(body), json!({"Ship": ship, "Odd": odd})));
    let schemas = &ir.document["components"]["schemas"];
    assert_eq!(schemas["ShipNext"]["properties"]["distance"]["type"], "integer");
    assert!(notes.iter().any(|note| note.contains("takes in itself by `allOf` further inside")), "{notes:?}");
}

#[test]
fn a_value_that_does_not_fit_is_blamed_where_it_stands_or_where_it_is_taken_in() {
    let rank = json!({"type": "string", "enum": ["first"]});
    let refused = |schema: Value| match lower_value(&with(answer(schema), json!({"Rank": rank}))) {
        Ok(_) => panic!("it was accepted"),
        Err(diagnostic) => diagnostic.to_string(),
    };
    let taken_in = refused(json!({"type": "object", "allOf": [{"enum": ["first"]}]}));
    let schema = "at /paths/~1ships~1{ship_id}/post/responses/200/content/application~1json/schema";
    assert!(taken_in.starts_with(&format!("{schema}: the value ")), "{taken_in}");
    let own = refused(json!({"type": "object", "enum": ["first"]}));
    assert!(own.starts_with(&format!("{schema}/enum/0: the value ")), "{own}");
}

#[test]
fn what_is_joined_keeps_a_place_of_the_text() {
    let first = json!({"type": "object", "properties": {"rank": {"type": "object"}}});
    let second = json!({"allOf": [{"$ref": "#/components/schemas/First"}, {"properties": {"rank": {"allOf": [{"enum": ["a"]}]}}}]});
    let third = json!({"allOf": [{"$ref": "#/components/schemas/Second"}], "required": ["rank"]});
    let body = json!({"$ref": "#/components/schemas/Third"});
    let document = with(answer(body), json!({"First": first, "Second": second, "Third": third}));
    match lower_value(&document) {
        Ok(_) => panic!("it was accepted"),
        Err(diagnostic) => {
            let at = diagnostic.pointer().expect("a location");
            assert_eq!(at, "/components/schemas/Second/allOf/1/properties/rank");
            assert!(document.pointer(at).is_some());
        }
    }
}

#[test]
fn alternatives_that_double_with_each_level_come_to_an_end() {
    let port = json!({"anyOf": [{"$ref": "#/components/schemas/Port"}, {"$ref": "#/components/schemas/Port"}]});
    let twice = |name: &str| {
        let part = json!({"$ref": format!("#/components/schemas/{name}")});
        json!({"allOf": [part, part]})
    };
    let outcome = lower_value(&with(answer(twice("Twice")), json!({"Port": port, "Twice": twice("Port")})));
    assert!(outcome.is_ok_and(|ir| ir.operations.len() == 1));
}

#[test]
fn what_takes_in_ever_more_is_refused() {
    let ship = json!({"oneOf": [{"anyOf": [{"$ref": "#/components/schemas/Fleet"}], "properties": {"a": {}}}],
        "properties": {"a": {"nullable": true}}});
    let fleet = json!({"oneOf": [{"$ref": "#/components/schemas/Ship"}, {"properties": {"b": {"properties": {"c": {"allOf": [
        {"$ref": "#/components/schemas/Ship"}, {"required": ["a"]}]}}}}}]});
    let body = json!({"$ref": "#/components/schemas/Ship"});
    match lower_value(&with(answer(body), json!({"Ship": ship, "Fleet": fleet}))) {
        Ok(_) => panic!("it was accepted"),
        Err(diagnostic) => assert!(
            diagnostic.message().starts_with("what the schema takes in takes in more without end; ")
                && diagnostic.pointer().is_some_and(|at| at.starts_with("/components/schemas/")),
            "{diagnostic}"
        ),
    }
}
