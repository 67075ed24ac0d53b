mod composition;
mod constructs;
mod parameters;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::lower_value as lower_all;
use crate::codegen::ir::{ExactlyOne, Ir};
use crate::diagnostic::Result;
use crate::spec::document::{Document, Origin, Trust};

fn lower_value(value: &Value) -> Result<Ir> {
    lower_all(&Document { value: value.clone(), ..Document::default() }, &[], &mut Vec::new())
}

/// Lowers published text, and returns the warnings.
fn published(value: &Value) -> (Ir, Vec<String>) {
    let origin = Origin { file: "page.json".into(), pointer: String::new(), trust: Trust::Published };
    let document = Document { value: value.clone(), origins: [(String::new(), origin)].into(), ..Document::default() };
    let mut warnings = Vec::new();
    match lower_all(&document, &["default".to_owned()], &mut warnings) {
        Ok(ir) => (ir, warnings.into_iter().map(|(_, at, message)| format!("{at}: {message}")).collect()),
        Err(diagnostic) => panic!("{diagnostic}"),
    }
}

/// Returns a document with one operation whose request is `Request` and whose response is `Answer`.
fn document(request: Value, answer: Value) -> Value {
    json!({
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {"/ships/{ship_id}": {"post": {
            "operationId": "launch_ship",
            "tags": ["ships"],
            "x-evidence": [{"source": "https://ships.example", "seen": "2026-01-02", "level": "documented"}],
            "parameters": [{"name": "ship_id", "in": "path", "required": true, "schema": {"type": "string"}, "example": "s1"}],
            "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Request"}}}},
            "responses": {
                "200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}}},
                "400": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}}},
                "404": {"description": "", "content": {"application/json": {"schema": {"type": "string"}}}},
            },
        }}},
        "components": {"schemas": {"Request": request, "Answer": answer, "Fault": {"type": "object"}}},
    })
}

/// Returns a document with one operation that has these keys, and these components.
fn with(operation: Value, schemas: Value) -> Value {
    let mut document = document(json!({"type": "object"}), json!({"type": "object"}));
    let post = &mut document["paths"]["/ships/{ship_id}"]["post"];
    for (key, value) in operation.as_object().expect("an object") {
        post[key] = value.clone();
    }
    for (name, schema) in schemas.as_object().expect("an object") {
        document["components"]["schemas"][name] = schema.clone();
    }
    document
}

fn answer(schema: Value) -> Value {
    json!({"responses": {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}})
}

fn schemas(request: Value, answer: Value) -> Value {
    match lower_value(&document(request, answer)) {
        Ok(ir) => ir.document["components"]["schemas"].clone(),
        Err(diagnostic) => panic!("{diagnostic}"),
    }
}

#[test]
fn every_operation_has_one_success_and_one_error_type() {
    let ir = lower_value(&document(json!({"type": "object"}), json!({"type": "object"}))).expect("it lowers");
    let responses = &ir.document["paths"]["/launch_ship/{ship_id}"]["post"]["responses"];
    let statuses: Vec<&String> = responses.as_object().expect("an object").keys().collect();
    assert_eq!(statuses, ["200", "4XX", "5XX"]);
    assert_eq!(
        responses["4XX"]["content"]["application/json"]["schema"],
        json!({"$ref": "#/components/schemas/ApiError"})
    );
    // Only errors used it.
    assert_eq!(ir.document["components"]["schemas"].get("Fault"), None);
    let documented: Vec<&str> = ir.operations[0].responses.iter().map(|r| r.status.as_str()).collect();
    assert_eq!(documented, ["200", "400", "404"]);
}

#[test]
fn answers_are_relaxed_and_requests_are_not_filled_in() {
    let schema = json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "maxLength": 9, "pattern": "^a"},
            "fast": {"type": "boolean", "default": true, "description": "Speed"},
            "crew": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        },
        "required": ["name"],
        "additionalProperties": false,
    });
    let ir = schemas(schema.clone(), schema);
    let (request, answer) = (&ir["Request"], &ir["Answer"]);
    assert_eq!(request["additionalProperties"], false);
    assert_eq!(answer.get("additionalProperties"), None);
    assert_eq!(request["properties"]["fast"]["description"], "Speed. Left out, it counts as `true`.");
    assert_eq!(answer["properties"]["fast"]["description"], "Speed");
    for side in [request, answer] {
        assert_eq!(side["properties"]["name"], json!({"type": "string"}));
        assert_eq!(side["properties"]["fast"].get("default"), None);
        assert_eq!(side["properties"]["crew"], json!({"type": "array", "items": {"type": "string"}, "nullable": true}));
    }
}

#[test]
fn inline_enums_and_objects_become_components() {
    let schema = json!({"type": "object", "properties": {
        "tier": {"type": "string", "enum": ["one", ""], "x-rust-name": {"type": "Tier", "variants": {"": "Unset"}}, "nullable": true},
        "captain": {"type": "object", "properties": {"rank": {"type": "string", "enum": ["first"]}}},
    }});
    let ir = lower_value(&document(schema.clone(), schema)).expect("it lowers");
    let enums: Vec<(&str, Vec<&str>)> = ir
        .enums
        .iter()
        .map(|open| (open.name.as_str(), open.variants.iter().map(|(variant, _)| variant.as_str()).collect()))
        .collect();
    assert_eq!(
        enums,
        [("AnswerCaptainRank", vec!["First"]), ("RequestCaptainRank", vec!["First"]), ("Tier", vec!["One", "Unset"])]
    );
    assert_eq!(
        ir.document["components"]["schemas"]["Request"]["properties"]["tier"],
        json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/Tier"}]})
    );
    assert!(ir.types["RequestCaptain"].request && !ir.types["RequestCaptain"].response);
}

#[test]
fn components_and_fields_are_named_as_the_spec_says() {
    let mut with_name = document(
        json!({"type": "object", "properties": {"name": {"type": "string"}}}),
        json!({"type": "object", "properties": {
        "1st": {"type": "string", "x-rust-name": "first"}}}),
    );
    with_name["components"]["schemas"]["Request"]["x-rust-name"] = "LaunchShip".into();
    let ir = lower_value(&with_name).expect("it lowers");
    assert_eq!(ir.types["LaunchShip"].pointer.as_deref(), Some("/components/schemas/Request"));
    let field = &ir.fields[&("Answer".to_owned(), "first".to_owned())];
    assert_eq!((field.rust.as_str(), field.wire.as_str()), ("first", "1st"));
    let body = &ir.document["paths"]["/launch_ship/{ship_id}"]["post"]["requestBody"];
    assert_eq!(body["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/LaunchShip");
}

#[test]
fn a_field_says_how_it_is_read_left_out_and_checked() {
    let ir = lower_value(&document(
        json!({"type": "object", "required": ["crew"], "properties": {
            "crew": {"type": "array", "default": [], "items": {"type": "string"}},
            "guests": {"type": "array", "default": [], "items": {"type": "string"}},
            "plan": {"type": "string", "format": "byte", "x-plan-limit": "file_bytes"},
            "owner": {"type": "string", "format": "email", "maxLength": 99},
            "site": {"type": "string", "format": "uri"},
            "deck-plan": {"type": "string"},
        }, "x-exactly-one": {"name": "drawing", "of": ["plan", "deck-plan"]}}),
        json!({"type": "object", "properties": {
            "nome": {"type": "string", "x-accessor": "name"},
            "speed": {"type": "integer", "x-debug": true},
            "tier": {"x-accessor": "tier", "allOf": [{"type": "string", "enum": ["one"]}]},
        }}),
    ))
    .expect("it lowers");
    let field = |ty: &str, name: &str| &ir.fields[&(ty.to_owned(), name.to_owned())];
    assert!(field("Request", "crew").default_empty && !field("Request", "guests").default_empty);
    assert_eq!(field("Answer", "nome").accessor.as_deref(), Some("name"));
    assert_eq!(field("Answer", "tier").accessor.as_deref(), Some("tier"));
    assert!(field("Answer", "speed").shown && !field("Answer", "nome").shown);
    let of =
        [("plan", "Plan"), ("deck_plan", "DeckPlan")].map(|(field, variant)| (field.to_owned(), variant.to_owned()));
    let group = ExactlyOne { member: "drawing".to_owned(), ty: "RequestDrawing".to_owned(), of: of.to_vec() };
    assert_eq!(ir.exactly_one, BTreeMap::from([("Request".to_owned(), group)]));
    assert!(ir.has_constraints("Request"));
    let limits = |field: &str| {
        let limits = &ir.constraints[&("Request".to_owned(), field.to_owned())];
        limits.iter().map(|limit| limit.variant).collect::<Vec<_>>()
    };
    assert_eq!(
        (limits("plan"), limits("owner"), limits("site")),
        (vec!["FileBytes"], vec!["MaxLength", "Email"], vec!["Url"])
    );
    assert!(!ir.document.to_string().contains("x-"), "{}", ir.document);
}

#[test]
fn a_state_of_an_enum_is_a_method_and_forgets_a_value_that_is_gone() {
    let mut document = document(
        json!({"type": "object"}),
        json!({"type": "object", "properties": {"state": {"$ref": "#/components/schemas/State"}}}),
    );
    document["components"]["schemas"]["State"] = json!({"type": "string", "enum": ["sunk", "afundado", "afloat"],
        "x-states": {"sunk": ["sunk", "afundado", "lost"], "docked": ["docked"]}});
    let ir = lower_value(&document).expect("it lowers");
    let text = crate::codegen::tables::enums(&ir.enums);
    assert!(
        text.contains("pub fn is_sunk(&self) -> bool {\n        matches!(self, Self::Sunk | Self::Afundado)"),
        "{text}"
    );
    assert!(text.contains("/// Returns `true` for `sunk` and `afundado`; `false` for a value"), "{text}");
    assert!(!text.contains("docked"), "{text}");
}

#[test]
fn what_an_answer_means_is_a_row_of_the_operation_table() {
    for (keys, expected, again) in [
        (json!({}), ["RetryRule::ByIdempotency", "result: None"], "after 429, 503"),
        (json!({"x-retry": "never"}), ["RetryRule::ConnectErrorsOnly", "result: None"], "if not connected"),
        (
            json!({"x-retry": "rate-limited", "x-result": "/id"}),
            ["RetryRule::RateLimited", "result: Some(\"/id\")"],
            "after 429",
        ),
        (
            json!({"x-cooldown": {"status": 429, "pointer": "/code", "value": "wait"}}),
            [
                "RetryRule::ByIdempotency",
                "cooldown: Some(ResponsePattern { status: 429, pointer: Some(\"/code\"), value: Some(\"wait\") })",
            ],
            "after 429, 503",
        ),
    ] {
        let ir = lower_value(&with(keys, json!({}))).expect("it lowers");
        let row = crate::codegen::tables::operations(&ir);
        for part in expected {
            assert!(row.contains(part), "{part} in {row}");
        }
        let table = crate::codegen::operations_table::table(&ir);
        assert!(table.contains(&format!(" | {again} | ")), "{again} in {table}");
    }
}

#[test]
fn faults_are_found_before_the_generator_trips_over_them() {
    let object = json!({"type": "object"});
    let change = |pointer: &str, value: Value| {
        let mut changed = document(object.clone(), object.clone());
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        changed.pointer_mut(parent).expect("it is there")[key.replace("~1", "/")] = value;
        changed
    };
    let operation = "/paths/~1ships~1{ship_id}/post";
    let answer = "/components/schemas/Answer";
    for (document, expected) in [
        (change(&format!("{operation}/operationId"), Value::Null), format!("at {operation}: the operation has no operationId")),
        (change(&format!("{operation}/x-evidence"), Value::Null), format!("at {operation}/x-evidence: ")),
        (change(&format!("{operation}/x-evidence"), json!([{"source": "s", "seen": "yesterday", "level": "observed"}])), format!("at {operation}/x-evidence: `x-evidence` must be a list")),
        (change(&format!("{operation}/x-evidence"), json!([{"source": "s", "seen": "2026-01-02", "level": "observed", "disagree": "x"}])), format!("at {operation}/x-evidence: `x-evidence` must be a list")),
        (change(&format!("{operation}/x-surprise"), json!(1)), format!("at {operation}/x-surprise: unknown extension `x-surprise`")),
        (change(&format!("{operation}/x-retry"), json!("often")), format!("at {operation}/x-retry: `x-retry` must be `never` or `rate-limited`, or be left out")),
        (change(&format!("{operation}/x-result"), json!("id")), format!("at {operation}/x-result: `x-result` must be the JSON pointer of a text")),
        (change(&format!("{operation}/x-cooldown"), json!({"status": 429, "value": "wait"})), format!("at {operation}/x-cooldown: an answer is described as")),
        (change(&format!("{operation}/x-cooldown"), json!({"pointer": "/code"})), format!("at {operation}/x-cooldown: an answer is described as")),
        (change(&format!("{operation}/x-rate-limit"), json!([{"requests": 1, "per": "5", "scope": "credential"}])), format!("at {operation}/x-rate-limit: ")),
        (change(&format!("{operation}/x-pagination"), json!({"style": "scroll"})), format!("at {operation}/x-pagination: `x-pagination` has a style")),
        (change(&format!("{operation}/x-pagination"), json!({"style": "page"})), format!("at {operation}/x-pagination: `x-pagination` must say where the items are")),
        (
            change(&format!("{operation}/x-pagination"), json!({"style": "page", "items": "/a", "total": "/b"})),
            format!("at {operation}/x-pagination: `x-pagination` can't have this `total`; it has "),
        ),
        (
            change(&format!("{operation}/x-pagination"), json!({"style": "link", "items": "/a", "next": "/b"})),
            format!("at {operation}/x-pagination: `x-pagination` must name the parameter"),
        ),
        (
            change(&format!("{operation}/x-pagination"), json!({"style": "cursor", "items": "/a", "parameter": "after"})),
            format!("at {operation}/x-pagination: `x-pagination` must say where `next` is"),
        ),
        (
            change(&format!("{answer}/properties"), json!({"on": {"type": "string", "x-accessor": "isOn"}})),
            format!("at {answer}/properties/on/x-accessor: `x-accessor` must be the name of a method"),
        ),
        (
            change(&format!("{answer}/properties"), json!({"on": {"type": "string", "x-plan-limit": "pages"}})),
            format!("at {answer}/properties/on/x-plan-limit: `x-plan-limit` must be `file_bytes`"),
        ),
        (
            change(&format!("{answer}/properties"), json!({"on": {"type": "string", "format": "password", "x-debug": true}})),
            format!("at {answer}/properties/on/x-debug: `x-debug` is for numbers, ids, and texts"),
        ),
        (
            change(&format!("{answer}/properties"), json!({"on": {"type": "string", "format": "email", "x-debug": true}})),
            format!("at {answer}/properties/on/x-debug: `x-debug` is for numbers, ids, and texts"),
        ),
        (
            change(&format!("{answer}/properties"), json!({"on": {"type": "string", "x-debug": false}})),
            format!("at {answer}/properties/on/x-debug: `x-debug` must be `true`"),
        ),
        (
            change(&format!("{answer}/properties"), json!({"on": {"type": "string", "x-states": {"on": ["yes"]}}})),
            format!("at {answer}/properties/on/x-states: `x-states` stands in a schema with an `enum`"),
        ),
        (
            change(&format!("{answer}/properties"), json!({"on": {"enum": ["yes"], "x-states": {"isOn": ["yes"]}}})),
            format!("at {answer}/properties/on/x-states: `x-states` must be `{{signed: "),
        ),
        (
            change(&format!("{answer}/properties"), json!({"on": {"enum": ["yes"], "x-states": {"on": "yes"}}})),
            format!("at {answer}/properties/on/x-states: `x-states` must be `{{signed: "),
        ),
        (change(&format!("{operation}/parameters"), json!([])), format!("at {operation}: path parameter `ship_id` is not described")),
        (change(&format!("{answer}/x-evidence"), json!([])), format!("at {answer}/x-evidence: unknown extension")),
        (change(&format!("{answer}/$ref"), json!("#/components/schemas/Nobody")), format!("at {answer}/$ref: `#/components/schemas/Nobody` leads nowhere")),
        (
            change(&format!("{answer}/properties"), json!({"on": {"type": "string", "enum": ["a", true]}})),
            format!("at {answer}/properties/on/enum/1: the value `true` is no text; remove it in the overlay"),
        ),
        (
            change(&format!("{answer}/properties"), json!({"1st": {"type": "string", "x-rust-name": "First"}})),
            format!("at {answer}/properties/1st: `First` is no name for a field here"),
        ),
        (change(&format!("{answer}/allOf"), json!([{"$ref": "#/components/schemas/Answer"}, {"type": "object"}])), format!("at {answer}: `Answer` takes in itself by `allOf`")),
        (
            change(&format!("{operation}/parameters/0/style"), json!("matrix")),
            format!("at {operation}/parameters/0/style: the style `matrix` can't be written here"),
        ),
        (
            change(&format!("{operation}/parameters/0/in"), json!("cookie")),
            format!("at {operation}/parameters/0/in: a cookie can't be sent yet"),
        ),
        (
            change(&format!("{operation}/responses"), json!({"101": {"description": ""}})),
            format!("at {operation}/responses/101: the operation becomes a WebSocket"),
        ),
        (
            change(&format!("{operation}/security"), json!([{"Key": []}])),
            format!("at {operation}/security: there is no security scheme `Key`"),
        ),
        (
            change(&format!("{operation}/servers"), json!([{"url": "/v2"}])),
            format!("at {operation}/servers/0: `/v2` is no whole address"),
        ),
        (
            change(&format!("{answer}/properties"), json!({
                "a": {"type": "string", "enum": ["x"], "x-rust-name": "Same"},
                "b": {"type": "string", "enum": ["y"], "x-rust-name": "Same"}})),
            format!("at {answer}/properties/b: two different inline schemas would become the Rust type `Same`"),
        ),
        (
            change("/servers", json!([{"url": "https://a.example", "x-rust-name": "live one"}])),
            "at /servers/0/x-rust-name: `x-rust-name` must be the name of a variant".to_owned(),
        ),
        (
            change("/components/securitySchemes", json!({"Key": {"x-rust-name": "ApiKey"}})),
            "at /components/securitySchemes/Key/x-rust-name: `x-rust-name` must be the name of a setter".to_owned(),
        ),
        (
            change("/components/securitySchemes", json!({"Key": {"x-env": "ships key"}})),
            "at /components/securitySchemes/Key/x-env: `x-env` must be the name of an environment variable".to_owned(),
        ),
        (change("/x-webhook", json!({"name": "event", "key": "x"})), "at /x-webhook: `x-webhook` must be `{name: event, id: id}`".to_owned()),
        (change("/x-error", json!({})), "at /x-error: `x-error` must say where".to_owned()),
        (change("/x-error", json!({"reason": "/a"})), "at /x-error/reason: `x-error` has `message`, ".to_owned()),
        (change("/x-error", json!({"message": "a"})), "at /x-error/message: a place of an error body is".to_owned()),
        (
            change("/x-error", json!({"message": {"at": "/a", "type": "integer"}})),
            "at /x-error/message: a place of an error body is".to_owned(),
        ),
        (change("/x-error", json!({"extras": ["log"]})), "at /x-error/extras: what is written by hand".to_owned()),
        (
            change("/paths/~1other", json!({"get": {"operationId": "launchShip"}})),
            "at /paths/~1other/get/operationId: both this and the one at /paths/~1ships~1{ship_id}/post become `launch_ship`".to_owned(),
        ),
    ] {
        let found = match lower_value(&document) {
            Ok(_) => panic!("not refused: {expected}"),
            Err(diagnostic) => diagnostic.to_string(),
        };
        assert!(found.starts_with(&expected), "expected {expected}\nfound    {found}");
    }
}
