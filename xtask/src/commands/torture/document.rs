//! Generation of OpenAPI 3.0 and 3.1 documents: unusual ones, most of them valid.

use serde_json::{Map, Value, json};

use super::choices::Choices;
use super::operations::SCHEMES;
use super::samples::{COMPONENTS, EVENTS, PATHS, TAGS};
use super::schemas::{DEEP, Schemas, escaped, long};
use crate::mutation::mutate;
use crate::spec::visit::{NodeKind, walk};

/// Generates the document for these bytes.
pub fn document(bytes: &[u8]) -> Value {
    let mut choices = Choices::new(bytes);
    let mut document = valid(&mut choices);
    if choices.one_in(6) {
        let whole = document.clone();
        corrupt(&mut document, &mut choices);
        // Anything but an object is refused before the stages.
        if !document.is_object() {
            return whole;
        }
    }
    document
}

fn valid(choices: &mut Choices<'_>) -> Value {
    let newer = choices.one_in(2);
    let mut components: Vec<String> = Vec::new();
    for _ in 0..2 + choices.below(8) {
        let name = *choices.pick(&COMPONENTS);
        if !components.iter().any(|known| known == name) {
            components.push(name.to_owned());
        }
    }
    let mut schemas = Schemas { choices, newer, components, objects: Vec::new(), made: 0 };
    let mut made = Map::new();
    for index in 0..schemas.components.len() {
        let component = schemas.component(index);
        made.insert(schemas.components[index].clone(), component);
    }
    schemas.made = schemas.components.len();
    let mut taken = Vec::new();
    let mut paths = Map::new();
    for _ in 0..1 + schemas.choices.below(5) {
        let path = *schemas.choices.pick(&PATHS);
        let item = schemas.path_item(path, &mut taken);
        paths.insert(path.into(), item);
    }
    let mut document = json!({
        "openapi": if newer { "3.1.0" } else { "3.0.3" },
        "info": {"title": long(schemas.choices), "version": "1"},
        "paths": paths,
    });
    servers(&mut document, schemas.choices);
    document["components"] = other_components(&mut schemas);
    document["components"]["schemas"] = made.into();
    if newer && schemas.choices.one_in(8) {
        let event = schemas.event();
        document["webhooks"] = json!({*schemas.choices.pick(&EVENTS): {"post": event}});
    }
    if newer && schemas.choices.one_in(8) {
        let item = schemas.path_item("/shared", &mut taken);
        document["components"]["pathItems"] = json!({"Shared": item});
        document["paths"]["/shared"] = json!({"$ref": "#/components/pathItems/Shared"});
    }
    if schemas.choices.one_in(3) {
        document["tags"] = json!([{"name": *schemas.choices.pick(&TAGS), "description": long(schemas.choices)}]);
    }
    add_deep_references(&mut document, choices);
    document
}

fn servers(document: &mut Value, choices: &mut Choices<'_>) {
    match choices.below(6) {
        0 => {}
        1 => document["servers"] = json!([{"url": "/v1"}]),
        2 => {
            document["servers"] = json!([{"url": "https://{region}.ships.example:{port}/v1",
                "variables": {"region": {"default": "eu"}, "port": {"default": "443", "enum": ["443", "8443"]}}}]);
        }
        _ => {
            document["servers"] = json!([{"url": "https://ships.example/v1/", "description": long(choices)}, {"url": "https://test.ships.example"}])
        }
    }
    match choices.below(4) {
        0 => {}
        1 => document["security"] = json!([{"bearer": []}, {"key": []}]),
        2 => document["security"] = json!([{}]),
        _ => document["security"] = json!([{"bearer": []}]),
    }
}

/// Generates the components other than schemas.
fn other_components(schemas: &mut Schemas<'_, '_>) -> Value {
    let mut schemes = Map::new();
    for name in SCHEMES {
        let scheme = match name {
            "bearer" => json!({"type": "http", "scheme": "Bearer", "bearerFormat": "JWT"}),
            "basic" => json!({"type": "http", "scheme": "basic"}),
            "oauth" => {
                json!({"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/t", "scopes": {"a": "b"}}}})
            }
            other => json!({"type": "apiKey", "in": "header", "name": format!("X-{other}")}),
        };
        schemes.insert(name.into(), scheme);
    }
    let content = schemas.content();
    let ship = schemas.response();
    let ship = if ship.get("$ref").is_some() { json!({"description": ""}) } else { ship };
    json!({
        "securitySchemes": schemes,
        "parameters": {
            "Page": {"name": "page", "in": "query", "schema": schemas.number()},
            "Alias": {"$ref": "#/components/parameters/Page"},
        },
        "requestBodies": {"Ship": {"content": content, "required": true}},
        "responses": {"Ship": ship, "Alias": {"$ref": "#/components/responses/Ship"}},
        "examples": {"Ship": {"summary": "A ship", "value": {"a": "b"}}},
        "headers": {"H": {"schema": {"type": "string"}}},
        "links": {"L": {"operationId": "get_ship"}},
    })
}

/// Points placeholder references to arbitrary schemas of the document.
fn add_deep_references(document: &mut Value, choices: &mut Choices<'_>) {
    let mut pointers = Vec::new();
    let outcome = walk(document, "", NodeKind::Object, &mut |value, pointer, kind| {
        if kind == NodeKind::Schema && value.is_object() && value["$ref"] != DEEP {
            pointers.push(pointer.to_owned());
        }
        Ok(())
    });
    debug_assert!(outcome.is_ok(), "the visitor never fails");
    retarget(document, &pointers, choices);
}

fn retarget(value: &mut Value, pointers: &[String], choices: &mut Choices<'_>) {
    match value {
        Value::Object(map) => {
            if map.get("$ref").is_some_and(|target| target == DEEP) {
                map.insert("$ref".into(), format!("#{}", choices.pick(pointers)).into());
            }
            map.values_mut().for_each(|inside| retarget(inside, pointers, choices));
        }
        Value::Array(list) => list.iter_mut().for_each(|inside| retarget(inside, pointers, choices)),
        _ => {}
    }
}

/// Adds one error to a document.
fn corrupt(document: &mut Value, choices: &mut Choices<'_>) {
    let Some((path, method)) =
        crate::spec::document::operations(document).next().map(|(_, path, method, _)| (path.clone(), method.clone()))
    else {
        return;
    };
    let operation = &mut document["paths"][&path][&method];
    match choices.below(24) {
        0 => operation["parameters"] = json!([{"in": "query"}]),
        1 => operation["parameters"] = json!([{"name": "a", "in": "body", "schema": {"type": "string"}}]),
        2 => operation["parameters"] = json!({"name": "a"}),
        3 => operation["responses"] = json!({"ok": {"description": ""}}),
        4 => operation["responses"] = json!({"200": {"$ref": "#/components/responses/Nothing"}}),
        5 => operation["responses"] = json!({"200": {"description": "", "content": {"text/event-stream": {}}}}),
        6 => operation["requestBody"] = json!({"$ref": "#/components/requestBodies/Nothing"}),
        7 => operation["requestBody"] = json!({"content": {}}),
        8 => operation["security"] = json!([{"nothing": []}]),
        9 => operation["servers"] = json!([{"url": "{host}/v1"}]),
        10 => document["openapi"] = "2.0".into(),
        11 => {
            document["components"]["securitySchemes"]["query"] = json!({"type": "apiKey", "in": "query", "name": "key"})
        }
        12 => document["components"]["responses"]["Ship"] = json!({"$ref": "#/components/responses/Alias"}),
        13 => document["paths"]["no-slash"] = json!({"get": {"responses": {}}}),
        14 => document["paths"]["/{open"] = json!({"get": {"responses": {}}}),
        15 => document["paths"]["/{a}/{a}"] = json!({"get": {"responses": {}}}),
        16 => document["webhooks"] = json!({"odd": {"post": {"requestBody": {"content": {"text/plain": {}}}}}}),
        17 => {
            let name = document["components"]["schemas"]
                .as_object()
                .and_then(|all| all.keys().next().cloned())
                .unwrap_or_default();
            let target = format!("#/components/schemas/{}", escaped(&name));
            document["components"]["schemas"][&name] = choices
                .pick(&[
                    json!({"$ref": target}),
                    json!({"allOf": [{"$ref": target}]}),
                    json!({"type": "array", "items": {"$ref": target}}),
                    json!({"type": "object", "additionalProperties": {"$ref": target}}),
                    json!({"oneOf": [{"$ref": target}, {"type": "string"}]}),
                    json!({"$ref": "other.yaml#/a"}),
                ])
                .clone();
        }
        18 => drop(document.as_object_mut().and_then(|map| map.shift_remove("openapi"))),
        19 => document["components"]["schemas"]["Deep"] = (0..60).fold(json!({}), |inside, _| json!({"items": inside})),
        _ => {
            // Bytes that have run out count as zeros.
            let _ = mutate(document, &mut choices.0);
        }
    }
}
