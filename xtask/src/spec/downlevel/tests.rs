use super::*;
use crate::spec::document::{Origin, Trust};

fn downleveled(schema: Value) -> std::result::Result<Value, String> {
    let mut document = json!({"openapi": "3.1.0", "components": {"schemas": {"S": schema}}});
    rewrite(&mut document, &mut Notes::new()).map_err(|diagnostic| diagnostic.to_string())?;
    Ok(document["components"]["schemas"]["S"].clone())
}

#[test]
fn a_webhook_keeps_its_place_in_the_file() {
    let origin = Origin { file: "a.json".into(), pointer: "/webhooks/sunk".into(), trust: Trust::Published };
    let value = json!({"openapi": "3.1.0", "webhooks": {"sunk": {"post": {}}}});
    let document = Document { value, origins: [(origin.pointer.clone(), origin)].into(), ..Document::default() };
    let done = downlevel(document).expect("it is rewritten");
    let diagnostic = done.with_origin(Diagnostic::at("/x-webhooks/sunk/post", "m"));
    assert_eq!(diagnostic.to_string(), "a.json at /webhooks/sunk/post: m");
}

#[test]
fn a_path_item_that_is_referred_to_is_blamed_where_it_stands() {
    let origin = Origin { file: "a.json".into(), pointer: String::new(), trust: Trust::Published };
    let value = json!({
        "openapi": "3.1.0",
        "paths": {"/a": {"$ref": "#/components/pathItems/A"}},
        "components": {"pathItems": {"A": {"get": {"requestBody": {"content": {"a/b": {
            "schema": {"$ref": "#/components/schemas/B/items"}}}}}}}},
    });
    let document = Document { value, origins: [(String::new(), origin)].into(), ..Document::default() };
    let diagnostic = downlevel(document).expect_err("it leads nowhere").to_string();
    let expected = "a.json at /components/pathItems/A/get/requestBody/content/a~1b/schema/$ref: ";
    assert!(diagnostic.starts_with(expected), "{diagnostic}");
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
        (
            json!({"type": ["string", "integer"], "description": "d"}),
            json!({"description": "d", "anyOf": [{"type": "string"}, {"type": "integer"}]}),
        ),
        (
            json!({"type": ["string", "integer"], "enum": ["a", 1, 2]}),
            json!({"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "integer", "enum": [1, 2]}]}),
        ),
        (json!({"type": "null"}), json!({"nullable": true, "enum": [null]})),
        (json!({"if": {}, "then": {}, "type": "string"}), json!({"type": "string"})),
        (json!({"prefixItems": [{}], "type": "array"}), json!({"type": "array", "items": {}})),
        (
            json!({"patternProperties": {"^x": {"type": "string"}}, "additionalProperties": false}),
            json!({"additionalProperties": {"type": "string"}}),
        ),
        (json!({"examples": [1, 2]}), json!({"example": 1})),
        (json!({"minimum": 1, "exclusiveMinimum": 2}), json!({"minimum": 2, "exclusiveMinimum": true})),
        (json!({"minimum": 3, "exclusiveMinimum": 2}), json!({"minimum": 3})),
        (json!({"contentMediaType": "image/png"}), json!({})),
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
        assert_eq!(downleveled(from.clone()).expect("it has words"), to, "{from}");
    }
}

#[test]
fn what_has_no_words_is_an_error_with_its_pointer() {
    for (from, at) in [
        (json!({"type": [["string"]]}), "/type: the name of a type is a text"),
        (json!({"const": 1, "enum": [2]}), "/const: "),
        (json!({"items": {"$id": "a"}}), "/items/$id: 3.0.3 has no `$id`; write the schema as a component"),
    ] {
        let error = downleveled(from.clone()).expect_err("it has no words");
        assert!(error.starts_with(&format!("at /components/schemas/S{at}")), "{from}: {error}");
    }
}

#[test]
fn a_document_says_which_version_it_is() {
    for (document, expected) in [
        (json!({}), "at /openapi: no fragment says which version of OpenAPI it is"),
        (
            json!({"openapi": "2.0"}),
            "at /openapi: version 2.0 is neither 3.0 nor 3.1; convert the document to 3.1 first",
        ),
    ] {
        let mut document = document;
        assert_eq!(rewrite(&mut document, &mut Notes::new()).expect_err("refused").to_string(), expected);
    }
}

#[test]
fn webhooks_are_an_extension_and_an_answer_need_not_be_described() {
    let mut document = json!({"openapi": "3.1.0", "webhooks": {"paused": {"post": {}}}, "paths": {"/a": {"get": {}}}});
    rewrite(&mut document, &mut Notes::new()).expect("it has words");
    assert_eq!(document.get("webhooks"), None);
    for operation in [&document["x-webhooks"]["paused"]["post"], &document["paths"]["/a"]["get"]] {
        assert!(operation["responses"]["default"]["description"].is_string(), "{operation}");
    }
}
