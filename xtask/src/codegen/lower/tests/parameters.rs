//! Serialization of parameters, and refusal of styles that are not supported.

use serde_json::{Value, json};

use super::{document, lower_value};
use crate::codegen::ir::ParameterStyle;

/// Lowers one parameter, with components that it may refer to.
fn read(parameter: &Value) -> Result<(ParameterStyle, Value), String> {
    let mut document = document(json!({"type": "object"}), json!({"type": "object"}));
    document["components"]["schemas"]["Object"] = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    document["components"]["schemas"]["Flag"] = json!({"allOf": [{"type": "boolean"}], "description": "A flag."});
    document["components"]["schemas"]["List"] =
        json!({"items": {"oneOf": [{"$ref": "#/components/schemas/Object"}, {"type": "boolean"}]}});
    let mut parameter = parameter.clone();
    parameter["name"] = "x".into();
    if parameter.get("in").is_none() {
        parameter["in"] = "query".into();
    }
    let list = document["paths"]["/ships/{ship_id}"]["post"]["parameters"].as_array_mut().expect("a list");
    list.push(parameter);
    let ir = lower_value(&document).map_err(|diagnostic| diagnostic.message().to_owned())?;
    let read = ir.operations[0].parameters.iter().find(|parameter| parameter.name == "x").expect("it is there");
    Ok((read.style, read.schema.clone()))
}

#[test]
fn a_value_is_written_by_what_it_is_and_not_by_how_it_is_described() {
    let text = json!({"type": "string"});
    for (parameter, style, schema) in [
        (json!({"schema": {"$ref": "#/components/schemas/Flag"}}), ParameterStyle::Single, json!({"type": "boolean"})),
        (
            json!({"content": {"application/json": {"schema": {"type": "object"}}}}),
            ParameterStyle::Single,
            text.clone(),
        ),
        (
            json!({"schema": {"type": "array", "items": {"type": "string", "format": "byte"}}}),
            ParameterStyle::Repeated,
            json!({"type": "array", "items": text}),
        ),
        (
            json!({"schema": {"$ref": "#/components/schemas/Object"}, "explode": false}),
            ParameterStyle::CommaObject,
            json!({"$ref": "#/components/schemas/Object"}),
        ),
    ] {
        let (read, mut form) = read(&parameter).expect("it can be written");
        super::super::locations::strip(&mut form);
        assert_eq!((read, form), (style, schema), "{parameter}");
    }
}

#[test]
fn the_keys_of_a_filter_have_other_names_than_its_methods() {
    let mut document = document(json!({"type": "object"}), json!({"type": "object"}));
    let list = document["paths"]["/ships/{ship_id}"]["post"]["parameters"].as_array_mut().expect("a list");
    let properties = json!({"new": {"type": "string"}, "default": {"type": "string"}, "field": {"type": "string"}, "type": {"type": "string"}});
    list.push(json!({"name": "filter", "in": "query", "content": {"application/json": {"schema": {"type": "object", "properties": properties}}}}));
    let ir = lower_value(&document).expect("it lowers");
    let names: Vec<&str> = ir.filters[0].fields.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["new_field", "default_field", "field_field", "type_"]);
}

#[test]
fn what_has_no_form_on_the_wire_is_refused() {
    let object = json!({"$ref": "#/components/schemas/Object"});
    for (parameter, expected) in [
        (json!({"schema": {"$ref": "#/components/schemas/List"}}), "a list of lists or objects"),
        (json!({"schema": {"type": "array", "items": {"type": "string", "format": "password"}}}), "a list of secrets"),
        (json!({"schema": {"oneOf": [object, {"type": "boolean"}]}}), "a value of several kinds"),
        (json!({"in": "header", "schema": object}), "an object"),
        (json!({"schema": object, "style": "pipeDelimited", "explode": false}), "an object"),
    ] {
        let message = read(&parameter).expect_err("it can't be written");
        assert!(message.starts_with(&format!("{expected} can't be written here")), "{parameter}: {message}");
    }
}
