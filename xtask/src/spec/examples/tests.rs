use serde_json::{Value, json};

use super::complete;
use super::direction::Direction;
use super::generator::example;

fn made(schema: &Value) -> Value {
    example(&json!({}), schema, "", Direction::Response).unwrap_or_default()
}

fn of_component(schemas: &Value, name: &str) -> Option<Value> {
    let document = json!({"components": {"schemas": schemas}});
    example(&document, &json!({"$ref": format!("#/components/schemas/{name}")}), "", Direction::Response)
}

#[test]
fn what_the_schema_shows_comes_first_if_it_fits() {
    for (schema, value) in [
        (json!({"type": "string", "example": "a", "default": "b"}), json!("a")),
        (json!({"type": "string", "examples": ["a", "b"], "default": "c"}), json!("a")),
        (json!({"type": "string", "default": "b", "enum": ["a", "b"]}), json!("b")),
        (json!({"type": "string", "enum": [null, "a"], "nullable": true}), json!("a")),
        (json!({"enum": [null]}), json!(null)),
        (json!({"const": 7}), json!(7)),
        (json!({"type": "string", "example": 7}), json!("example")),
        (json!({"type": "string", "example": null, "default": "", "nullable": true}), json!("example")),
        (json!({"type": "string", "enum": ["a", "bb"], "minLength": 2}), json!("bb")),
        (json!({"type": "string", "enum": ["a"], "minLength": 2}), json!(null)),
        (json!({"type": "object", "properties": {"a": {"type": "integer"}}, "example": {"a": "x"}}), json!({"a": 1})),
    ] {
        assert_eq!(made(&schema), value, "{schema}");
    }
}

#[test]
fn every_type_has_a_value() {
    for (schema, value) in [
        (json!({}), json!("example")),
        (json!(true), json!("example")),
        (json!({"type": "boolean"}), json!(true)),
        (json!({"type": "integer"}), json!(1)),
        (json!({"type": "number"}), json!(1.5)),
        (json!({"type": "string"}), json!("example")),
        (json!({"type": "null"}), json!(null)),
        (json!({"type": ["null", "integer"]}), json!(1)),
        (json!({"type": "array"}), json!(["example"])),
        (json!({"type": "array", "items": {"type": "integer"}, "minItems": 2}), json!([1, 2])),
        (json!({"type": "array", "maxItems": 0}), json!([])),
        (json!({"type": "object"}), json!({})),
        (json!({"type": "object", "additionalProperties": true}), json!({})),
        (json!({"additionalProperties": {"type": "integer"}}), json!({"example": 1})),
        (json!({"type": "object", "minProperties": 2}), json!({"example": "example", "example2": "example2"})),
        (json!({"type": "string", "nullable": true}), json!("example")),
        (json!({"minLength": 9}), json!("example e")),
        (json!({"minimum": 9}), json!(9.0)),
        (json!({"items": {}}), json!(["example"])),
        (json!({"required": ["user_id"]}), json!({"user_id": "exmple01"})),
    ] {
        assert_eq!(made(&schema), value, "{schema}");
    }
}

#[test]
fn a_format_comes_before_a_name_and_both_before_nothing() {
    for (schema, name, text) in [
        (json!({"type": "string", "format": "date"}), "email", "2026-02-04"),
        (json!({"type": "string", "format": "unheard-of"}), "email", "ana@acme.example"),
        (json!({"type": "array", "items": {"type": "string"}}), "emails", "ana@acme.example"),
        (json!({"type": "string"}), "kind", "example"),
    ] {
        let made = example(&json!({}), &schema, name, Direction::Request).unwrap_or_default();
        assert_eq!(made.get(0).unwrap_or(&made), text, "{schema}");
    }
}

#[test]
fn items_that_must_differ_do() {
    for (items, list) in [
        (json!({"type": "string"}), json!(["example", "example2", "example3"])),
        (json!({"type": "string", "format": "uuid"}).clone(), json!(null)),
        (json!({"enum": ["a", "b", "c"]}), json!(["a", "b", "c"])),
        (json!({"type": "integer", "multipleOf": 5}), json!([5, 10, 15])),
        (json!({"type": "object", "properties": {"a": {"type": "integer"}}}), json!([{"a": 1}, {"a": 2}, {"a": 3}])),
    ] {
        let schema = json!({"type": "array", "items": items, "minItems": 3, "uniqueItems": true});
        let made = made(&schema);
        assert_eq!(made.as_array().map(Vec::len), Some(3), "{made}");
        assert!(list.is_null() || made == list, "{made}");
    }
    let twice = json!({"type": "array", "items": {"enum": ["a", "a", "b"]}, "minItems": 2, "uniqueItems": true});
    assert_eq!(made(&twice), json!(["a", "b"]));
    assert_eq!(
        made(&json!({"type": "array", "items": {"type": "boolean"}, "minItems": 3, "uniqueItems": true})),
        json!(null)
    );
}

#[test]
fn a_pattern_is_matched_by_a_natural_text_or_by_one_that_is_derived() {
    for (schema, text) in [
        (json!({"type": "string", "pattern": "^.+$"}), "example"),
        (json!({"type": "string", "pattern": r"^\d{4}\Z"}), "1234"),
        (json!({"type": "string", "pattern": "^[A-Z]{2}-", "minLength": 6}), "AB-aaa"),
        (json!({"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"}), "2026-02-04"),
        (json!({"type": "string", "pattern": "{{"}), "example"),
        (json!({"allOf": [{"type": "string", "pattern": "^a"}, {"maxLength": 1}]}), "a"),
    ] {
        assert_eq!(made(&schema), text, "{schema}");
    }
    assert_eq!(made(&json!({"type": "string", "pattern": "^a$", "minLength": 2})), json!(null));
}

#[test]
fn each_side_leaves_out_what_the_other_one_sends() {
    let schema = json!({"type": "object", "properties": {
        "id": {"type": "string", "readOnly": true},
        "password": {"type": "string", "format": "password", "writeOnly": true},
        "number": {"type": "integer", "readOnly": true},
        "inside": {"$ref": "#/components/schemas/Inside"},
    }, "required": ["number"]});
    let document = json!({"components": {"schemas": {"Inside": {"readOnly": true, "type": "boolean"}}}});
    let of = |purpose| example(&document, &schema, "", purpose);
    // What is required stays, as the value would not fit without it.
    assert_eq!(of(Direction::Request), Some(json!({"password": "not-a-real-secret", "number": 1})));
    assert_eq!(of(Direction::Response), Some(json!({"id": "exmple01", "number": 1, "inside": true})));
    let shown =
        json!({"type": "array", "items": {"properties": {"id": {"readOnly": true}}}, "example": [{"id": 1, "a": 2}]});
    assert_eq!(example(&document, &shown, "", Direction::Request), Some(json!([{"a": 2}])));
    assert_eq!(example(&document, &shown, "", Direction::Response), Some(json!([{"id": 1, "a": 2}])));
}

#[test]
fn parts_that_hold_together_are_merged() {
    let base =
        json!({"Base": {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id", "kind"]}});
    let both = json!({"allOf": [
        {"$ref": "#/components/schemas/Base"},
        {"properties": {"id": {"minimum": 5}, "kind": {"type": "string", "enum": ["x"]}}},
    ]});
    let document = json!({"components": {"schemas": base}});
    assert_eq!(example(&document, &both, "", Direction::Response), Some(json!({"id": 5, "kind": "x"})));
    assert_eq!(made(&json!({"allOf": [{"type": "number"}, {"type": "integer"}]})), json!(1));
    assert_eq!(made(&json!({"allOf": [{"type": "string"}, {"type": "integer"}]})), json!(null));
    let closed = json!({"allOf": [
        {"properties": {"a": {"type": "integer"}}, "additionalProperties": false},
        {"properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}},
    ]});
    assert_eq!(made(&closed), json!({"a": 1}));
}

#[test]
fn the_first_alternative_that_can_be_made_is_taken() {
    for (schema, value) in [
        (json!({"oneOf": [{"type": "integer"}, {"type": "string"}]}), json!(1)),
        (json!({"anyOf": [{"type": "null"}, {"type": "string"}]}), json!("example")),
        (json!({"oneOf": [{"type": "null"}]}), json!(null)),
        (json!({"oneOf": [{"type": "number"}, {"type": "integer", "minimum": 3}, {"type": "string"}]}), json!(1.5)),
        (json!({"oneOf": [{"type": "integer"}, {"type": "number"}, {"type": "string"}]}), json!(1.5)),
        (json!({"oneOf": [false, {"type": "string"}]}), json!("example")),
        (
            json!({"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
                "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}),
            json!({"a": 1}),
        ),
        (json!({"type": "integer", "not": {"enum": [1, 2]}}), json!(3)),
        (json!({"oneOf": [{"type": "integer"}, {"type": "integer"}]}), json!(null)),
    ] {
        assert_eq!(made(&schema), value, "{schema}");
    }
}

#[test]
fn an_object_has_exactly_one_field_of_a_group() {
    let schema = json!({"type": "object", "x-exactly-one": {"name": "sign", "of": ["b", "a"]}, "properties": {
        "a": {"type": "boolean"}, "b": {"type": "boolean"}, "c": {"type": "boolean"},
    }});
    assert_eq!(made(&schema), json!({"b": true, "c": true}));
}

#[test]
fn a_discriminator_names_the_alternative() {
    let kind = json!({"type": "object", "properties": {"kind": {"type": "string"}}, "required": ["kind"]});
    let mut schemas = json!({"Cat": kind, "Dog": kind, "Pet": {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}],
        "discriminator": {"propertyName": "kind", "mapping": {"dog": "Dog", "cat": "#/components/schemas/Cat"}}}});
    assert_eq!(of_component(&schemas, "Pet"), Some(json!({"kind": "cat"})));
    schemas["Pet"]["discriminator"] = json!({"propertyName": "kind"});
    assert_eq!(of_component(&schemas, "Pet"), Some(json!({"kind": "Cat"})));
    schemas["Cat"]["properties"]["kind"]["enum"] = json!(["tabby"]);
    assert_eq!(of_component(&schemas, "Pet"), Some(json!({"kind": "tabby"})));
    schemas["Cat"]["properties"] = json!({});
    assert_eq!(of_component(&schemas, "Pet"), Some(json!({"kind": "Cat"})));
    let inherited = json!({
        "Pet": {"type": "object", "properties": {"kind": {"type": "string"}},
            "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}}},
        "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"lives": {"type": "integer"}}}]},
    });
    assert_eq!(of_component(&inherited, "Cat"), Some(json!({"kind": "cat", "lives": 1})));
    assert_eq!(of_component(&inherited, "Pet"), Some(json!({"kind": "example"})));
}

#[test]
fn circles_end_where_they_can() {
    let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let schemas = json!({
        "Tree": {"type": "object", "properties": {"id": {"type": "integer"}, "parent": to("Tree"),
            "children": {"type": "array", "items": to("Tree")}}, "required": ["children"]},
        "Endless": {"type": "object", "properties": {"next": to("Endless")}, "required": ["next"]},
        "Loop": to("Loop"),
        "Ping": {"allOf": [to("Pong")]},
        "Pong": {"oneOf": [to("Ping"), {"type": "integer"}]},
        "Map": {"type": "object", "additionalProperties": to("Map")},
        "List": {"oneOf": [{"type": "array", "items": to("List"), "minItems": 1}, {"type": "string"}]},
    });
    assert_eq!(of_component(&schemas, "Tree"), Some(json!({"id": 1, "children": []})));
    assert_eq!(of_component(&schemas, "Map"), Some(json!({})));
    assert_eq!(of_component(&schemas, "List"), Some(json!("example")));
    for endless in ["Endless", "Loop", "Ping", "Pong", "Missing"] {
        assert_eq!(of_component(&schemas, endless), None, "{endless}");
    }
}

#[test]
fn what_was_made_before_is_used_again_only_where_it_is_the_same() {
    let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let holder = |name: &str, schema: &Value| json!({"type": "object", "properties": {name: schema}});
    let outer = holder("outer", &to("Outer"));
    let inner = holder("deep", &holder("inner", &to("Inner")));
    let keys = |required: &[&str]| json!({"type": "object", "required": required, "properties": {"id": to("Key")}});
    let schemas = json!({
        "Inner": holder("outer", &to("Outer")),
        "Outer": holder("inner", &to("Inner")),
        "OuterFirst": {"type": "object", "properties": {"a": outer, "b": inner}},
        "InnerFirst": {"type": "object", "properties": {"b": inner, "a": outer}},
        "Text": {"type": "string"},
        "Place": holder("inside", &json!({"type": "object", "properties": {"email": to("Text"), "city": to("Text")}})),
        "Key": {"type": "string", "readOnly": true},
        "Keys": {"type": "object", "properties": {"a": keys(&["id"]), "b": keys(&[])}},
    });
    // An `Outer` in an `Inner` has no `Inner`, and the other way round, whichever was made first.
    let both = json!({"a": {"outer": {"inner": {}}}, "b": {"deep": {"inner": {"outer": {}}}}});
    assert_eq!(of_component(&schemas, "OuterFirst"), Some(both.clone()));
    assert_eq!(of_component(&schemas, "InnerFirst"), Some(both));
    let place = json!({"inside": {"email": "ana@acme.example", "city": "Campinas"}});
    assert_eq!(of_component(&schemas, "Place"), Some(place));
    let document = json!({"components": {"schemas": schemas}});
    let keys = json!({"a": {"id": "exmple01"}, "b": {}});
    assert_eq!(example(&document, &to("Keys"), "", Direction::Request), Some(keys));
}

#[test]
fn a_deep_or_wide_schema_has_an_example_of_some_size() {
    let mut schemas = json!({});
    for number in 0..200 {
        let next = json!({"$ref": format!("#/components/schemas/S{}", number + 1)});
        let properties: serde_json::Map<String, Value> = (0..10).map(|at| (format!("p{at}"), next.clone())).collect();
        schemas[format!("S{number}")] = json!({"type": "object", "properties": properties});
    }
    schemas["S200"] = json!({"type": "string"});
    let made = of_component(&schemas, "S0").expect("an example").to_string();
    assert!(made.len() < 20_000, "{}", made.len());
    for number in 0..200 {
        let required: Vec<String> = (0..10).map(|at| format!("p{at}")).collect();
        schemas[format!("S{number}")]["required"] = json!(required);
    }
    assert_eq!(of_component(&schemas, "S0"), None);
}

#[test]
fn odd_documents_are_survived() {
    for schema in [
        json!(null),
        json!([]),
        json!("text"),
        json!(false),
        json!({"$ref": 7}),
        json!({"$ref": "#/nowhere"}),
        json!({"$ref": "other.yaml#/A"}),
        json!({"type": 7}),
        json!({"type": "unheard-of"}),
        json!({"type": "string", "minLength": "3"}),
        json!({"type": "string", "minLength": -1}),
        json!({"type": "string", "pattern": 7}),
        json!({"type": "object", "required": true}),
        json!({"type": "array", "items": [{}]}),
        json!({"type": "array", "minItems": 1e300}),
        json!({"type": "object", "minProperties": 1e18}),
        json!({"type": "integer", "multipleOf": "3"}),
        json!({"type": "integer", "minimum": 1e300, "maximum": 1e299}),
        json!({"oneOf": []}),
        json!({"oneOf": {}}),
        json!({"enum": []}),
        json!({"allOf": 7}),
    ] {
        assert_eq!(example(&schema, &schema, "", Direction::Request), None, "{schema}");
    }
    assert_eq!(made(&json!({"type": "integer", "minimum": 1e20})), json!(1e20));
}

#[test]
fn rare_keywords_are_left_to_the_library() {
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "dependentRequired": {"a": ["b"]}});
    assert_eq!(made(&schema), json!({"a": "example", "b": "example"}));
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}, "dependentRequired": {"a": ["c"]}});
    assert_eq!(made(&schema), json!({}));
}

fn with(value: &Value) -> Value {
    json!({"made": {"summary": "Made from the schema; not the vendor's.", "x-made": true, "value": value}})
}

#[test]
fn every_body_and_parameter_without_an_example_gets_one() {
    let number = json!({"schema": {"type": "integer"}});
    let body = json!({"content": {"application/json": number}});
    let item = json!({"post": {"requestBody": body, "responses": {"200": body}}});
    let parameter = json!({"name": "user_email", "in": "query", "schema": {"type": "string"}});
    let filter = json!({"name": "q", "in": "query", "content": {"application/json": number}});
    let operation = json!({"parameters": [parameter, filter], "requestBody": body, "responses": {"200": body},
        "callbacks": {"done": {"{$url}": item}}});
    let mut document = json!({
        "paths": {"/a~b": {"parameters": [parameter], "put": operation}},
        "x-webhooks": {"sent": item},
        "components": {
            "requestBodies": {"A": body}, "responses": {"A": body}, "parameters": {"A": parameter},
            "callbacks": {"A": {"{$url}": item}},
        },
    });
    let made = complete(&mut document, &|_| true);
    let json_media = "content/application~1json";
    let numbers = [
        "/paths/~1a~0b/put/requestBody/",
        "/paths/~1a~0b/put/responses/200/",
        "/paths/~1a~0b/put/parameters/1/",
        "/paths/~1a~0b/put/callbacks/done/{$url}/post/requestBody/",
        "/x-webhooks/sent/post/requestBody/",
        "/components/requestBodies/A/",
        "/components/responses/A/",
        "/components/callbacks/A/{$url}/post/requestBody/",
    ];
    for pointer in numbers {
        assert_eq!(document.pointer(&format!("{pointer}{json_media}/examples")), Some(&with(&json!(1))), "{pointer}");
    }
    let texts = ["/paths/~1a~0b/parameters/0", "/paths/~1a~0b/put/parameters/0", "/components/parameters/A"];
    for pointer in texts {
        assert_eq!(
            document.pointer(&format!("{pointer}/examples")),
            Some(&with(&json!("ana@acme.example"))),
            "{pointer}"
        );
    }
    assert_eq!((made.examples.len(), made.without), (numbers.len() + texts.len(), Vec::new()));
    let before = document.clone();
    assert_eq!(complete(&mut document, &|_| true).examples, Vec::<String>::new());
    assert_eq!(document, before);
}

#[test]
fn what_has_an_example_keeps_it() {
    let mut document = json!({"paths": {"/a": {"get": {"parameters": [
        {"name": "a", "schema": {"type": "string"}, "example": null},
        {"name": "a", "schema": {"type": "string"}, "examples": {"one": {"value": "x"}}},
        {"name": "a", "schema": {"$ref": "#/components/schemas/Shown"}},
        {"name": "a", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Shown"}}}},
        {"$ref": "#/components/parameters/A"},
    ], "responses": {"200": {"content": {
        "application/json": {"schema": {"type": "string"}, "example": "x"},
        "application/xml": {"schema": {"type": "string"}},
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        "*/*": {"schema": {}},
        "text/plain": {},
    }}}}}}, "components": {"schemas": {"Shown": {"type": "string", "example": "x"}}}});
    let before = document.clone();
    assert_eq!(complete(&mut document, &|_| true), super::GeneratedExamples::default());
    assert_eq!(document, before);
}

#[test]
fn the_media_type_decides_what_is_shown() {
    let form = json!({"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}});
    let mut document = json!({"paths": {"/a": {"post": {"requestBody": {"content": {
        "multipart/form-data": {"schema": form, "examples": {}},
        "application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": {"id": {"type": "string"}}}},
        "application/problem+json; charset=utf-8": {"schema": {"type": "integer"}},
        "text/csv": {"schema": {"type": "string"}},
        "text/html": {"schema": {"type": "object"}},
        "text/plain": {"schema": {"type": "object"}},
        "application/json": {"schema": {"oneOf": []}},
    }}}}}});
    let made = complete(&mut document, &|_| true);
    let content = &document["paths"]["/a"]["post"]["requestBody"]["content"];
    for (media, value) in [
        ("multipart/form-data", json!({"file": "text of a file"})),
        ("application/x-www-form-urlencoded", json!({"id": "exmple01"})),
        ("application/problem+json; charset=utf-8", json!(1)),
        ("text/csv", json!("example")),
        ("text/plain", json!({})),
    ] {
        assert_eq!(content[media]["examples"], with(&value), "{media}");
    }
    assert_eq!(made.examples.len(), 5);
    let at = "/paths/~1a/post/requestBody/content/";
    assert_eq!(made.without, [format!("{at}text~1html"), format!("{at}application~1json")]);
}

#[test]
fn long_chains_and_wide_choices_are_given_up() {
    let to = |number: usize| json!({"$ref": format!("#/components/schemas/S{number}")});
    let chains: [fn(Value) -> Value; 5] = [
        |next| json!({"oneOf": [next]}),
        |next| json!({"allOf": [next, {"type": "object"}]}),
        |next| next,
        |next| json!({"type": "object", "required": ["a"], "properties": {"a": {"anyOf": [next, next, {"allOf": [next, next]}]}}}),
        |next| json!({"type": "array", "minItems": 3, "items": {"oneOf": [{"type": "null"}, next, {"not": next}]}}),
    ];
    for chain in chains {
        let mut schemas = json!({});
        for number in 0..3000 {
            schemas[format!("S{number}")] = chain(to(number + 1));
        }
        assert_eq!(of_component(&schemas, "S0"), None);
    }
}
