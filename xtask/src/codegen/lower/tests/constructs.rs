//! Constructs that vendors publish, one by one.

use serde_json::{Value, json};

use super::{answer, document, published, with};
use crate::codegen::ir::{Decoding, ParameterStyle, Success};

#[test]
fn a_component_without_a_type_of_its_own_is_written_out() {
    let schemas = json!({
        "Ship": {"type": "object", "properties": {"name": {"$ref": "#/components/schemas/Name"},
            "crew": {"$ref": "#/components/schemas/Crew"}, "rank": {"$ref": "#/components/schemas/Rank"}}},
        "Name": {"type": "string", "maxLength": 9, "description": "A name."},
        "Crew": {"type": "array", "items": {"$ref": "#/components/schemas/Name"}},
        "Rank": {"type": "integer", "enum": [1, 2], "nullable": true},
        "Again": {"$ref": "#/components/schemas/Ship"},
    });
    let (ir, _) = published(&with(answer(json!({"$ref": "#/components/schemas/Again"})), schemas));
    let found = &ir.document["components"]["schemas"];
    let names: Vec<&String> = found.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["Request", "Ship", "ApiError"].iter().filter(|n| **n != "Request").collect::<Vec<_>>());
    assert_eq!(
        found["Ship"]["properties"]["name"],
        json!({"type": "string", "description": "A name.", "nullable": true})
    );
    assert_eq!(found["Ship"]["properties"]["crew"]["items"]["type"], "string");
    assert_eq!(
        found["Ship"]["properties"]["rank"],
        json!({"type": "integer", "description": "One of `1`, `2`.", "nullable": true})
    );
}

#[test]
fn alternatives_are_told_apart_by_what_the_text_says() {
    let boat = |extra: Value| json!({"type": "object", "properties": {"kind": extra, "oars": {"type": "integer"}}, "required": ["kind", "oars"]});
    let one = |value: &str| json!({"type": "string", "enum": [value]});
    let both = json!([{"$ref": "#/components/schemas/Boat"}, {"$ref": "#/components/schemas/Raft"}]);
    for (union, boat_schema, raft, expected) in [
        (
            json!({"oneOf": both, "discriminator": {"propertyName": "kind", "mapping": {"b": "#/components/schemas/Boat"}}}),
            boat(json!({"type": "string"})),
            boat(json!({"type": "string"})),
            Decoding::ByProperty {
                property: "kind".into(),
                values: vec![("b".into(), "Boat".into()), ("raft".into(), "Raft".into())],
            },
        ),
        (
            json!({"anyOf": both}),
            boat(one("boat")),
            boat(one("raft")),
            Decoding::ByProperty {
                property: "kind".into(),
                values: vec![("boat".into(), "Boat".into()), ("raft".into(), "Raft".into())],
            },
        ),
        (
            json!({"oneOf": both}),
            boat(json!({"type": "string"})),
            json!({"type": "object", "properties": {"logs": {"type": "integer"}}}),
            Decoding::FirstMatch,
        ),
        (
            json!({"oneOf": both}),
            json!({"type": "object", "properties": {"oars": {"type": "integer"}}}),
            json!({"type": "object", "properties": {"logs": {"type": "integer"}}}),
            Decoding::BestMatch,
        ),
    ] {
        let mut document =
            with(answer(json!({"$ref": "#/components/schemas/Vessel"})), json!({"Vessel": union, "Boat": boat_schema}));
        document["components"]["schemas"]["raft"] = raft;
        document = serde_json::from_str(&document.to_string().replace("schemas/Raft", "schemas/raft")).expect("JSON");
        let (ir, _) = published(&document);
        let vessel = &ir.unions["Vessel"];
        assert_eq!(vessel.decoding, expected);
        assert_eq!(vessel.variants, ["Boat", "Raft"]);
    }
}

#[test]
fn plain_alternatives_are_one_value() {
    for (schema, expected) in [
        (json!({"oneOf": [{"type": "string", "enum": ["a"]}, {"type": "string", "enum": ["b"]}]}), "$ref"),
        (json!({"anyOf": [{"type": "string"}, {"type": "string", "format": "date-time"}]}), "string"),
        (json!({"oneOf": [{"type": "integer"}, {"type": "number"}]}), "number"),
        (json!({"anyOf": [{"type": "string"}]}), "string"),
        (json!({"type": "string", "anyOf": [{"minLength": 3}, {"maxLength": 1}]}), "string"),
    ] {
        let ship = json!({"Ship": {"type": "object", "properties": {"p": schema}, "required": ["p"]}});
        let (ir, _) = published(&with(answer(json!({"$ref": "#/components/schemas/Ship"})), ship));
        let found = &ir.document["components"]["schemas"]["Ship"]["properties"]["p"];
        assert!(found.get(expected).is_some() || found["type"] == expected, "{schema} became {found}");
    }
}

#[test]
fn parameters_are_written_as_their_style_says() {
    let list = json!({"type": "array", "items": {"type": "integer"}});
    let object = json!({"type": "object", "properties": {"status": {"type": "string"}}});
    let parameter = |name: &str, schema: &Value, more: Value| {
        let mut parameter = json!({"in": "query", "name": name, "schema": schema});
        parameter.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        parameter
    };
    let parameters = json!([
        {"in": "path", "name": "ship_id", "required": true, "schema": {"type": "string"}},
        parameter("a", &list, json!({})),
        parameter("b", &list, json!({"explode": false})),
        parameter("c", &list, json!({"style": "pipeDelimited", "explode": false})),
        parameter("d", &list, json!({"style": "spaceDelimited", "explode": false})),
        parameter("e", &object, json!({"style": "deepObject"})),
        parameter("f", &object, json!({})),
        parameter("g", &json!({}), json!({})),
        parameter("h", &json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}), json!({})),
        parameter("ship_id", &json!({"type": "string"}), json!({})),
        parameter("send", &json!({"type": "boolean"}), json!({})),
        {"in": "header", "name": "X-Fields", "schema": list},
        {"in": "header", "name": "Accept", "schema": {"type": "string"}},
    ]);
    let (ir, _) = published(&with(json!({"parameters": parameters}), json!({})));
    let found: Vec<(&str, ParameterStyle)> =
        ir.operations[0].parameters.iter().map(|p| (p.rust.as_str(), p.style)).collect();
    assert_eq!(
        found,
        [
            ("ship_id", ParameterStyle::Single),
            ("a", ParameterStyle::Repeated),
            ("b", ParameterStyle::Comma),
            ("c", ParameterStyle::Pipe),
            ("d", ParameterStyle::Space),
            ("e", ParameterStyle::DeepObject),
            ("f", ParameterStyle::ExplodedObject),
            ("g", ParameterStyle::Single),
            ("h", ParameterStyle::Single),
            ("ship_id_2", ParameterStyle::Single),
            ("send_parameter", ParameterStyle::Single),
            ("x_fields", ParameterStyle::Comma),
        ]
    );
    assert!(
        ["g", "h"].iter().all(|name| {
            ir.operations[0].parameters.iter().any(|p| p.rust == *name && p.schema["type"] == "string")
        })
    );
}

#[test]
fn parameters_of_a_path_item_are_those_of_its_operations() {
    let mut document = with(json!({}), json!({}));
    document["paths"]["/ships/{ship_id}"]["parameters"] = json!([
        {"in": "header", "name": "X-Reason", "required": true, "schema": {"type": "string"}},
        {"in": "path", "name": "ship_id", "required": true, "schema": {"type": "integer"}},
    ]);
    let (ir, _) = published(&document);
    let parameters = &ir.operations[0].parameters;
    assert_eq!(parameters.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["ship_id", "X-Reason"]);
    assert_eq!(parameters[0].schema["type"], "string", "the operation's own counts");
    assert!(parameters[1].required);
}

#[test]
fn a_success_is_decided_by_all_that_is_described() {
    let json_of = |schema: Value| json!({"description": "", "content": {"application/json": {"schema": schema}}});
    let ship = || json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let empty = json!({"description": ""});
    let of = |media: &str| json!({"description": "", "content": {media: {"schema": ship()}}});
    let two = json!({"description": "", "content": {"text/csv": {}, "application/json": {"schema": ship()}}});
    for (responses, expected, redirect) in [
        (json!({"200": json_of(ship()), "201": json_of(ship())}), Success::Json, false),
        (json!({"200": json_of(ship()), "202": empty}), Success::JsonOrEmpty, false),
        (json!({"204": json_of(ship())}), Success::Empty, false),
        (json!({"200": of("application/json; charset=utf-8"), "default": json_of(ship())}), Success::Json, false),
        (json!({"200": of("application/hal+json")}), Success::Json, false),
        (json!({"200": two}), Success::Json, false),
        (json!({"2XX": json_of(ship())}), Success::Json, false),
        (json!({"default": json_of(ship())}), Success::Json, false),
        (json!({"303": empty, "default": json_of(ship())}), Success::Empty, true),
        (json!({"200": of("application/pdf"), "201": json_of(ship())}), Success::Raw, false),
        (json!({"404": empty}), Success::Raw, false),
    ] {
        let (ir, _) = published(&with(json!({"responses": responses}), json!({})));
        let operation = &ir.operations[0];
        assert_eq!((operation.success, operation.redirect), (expected, redirect), "{responses}");
    }
    let responses = json!({"200": json_of(ship()), "201": json_of(json!({"type": "object", "properties": {"b": {"type": "string"}}}))});
    let (ir, _) = published(&with(json!({"responses": responses}), json!({})));
    assert_eq!(ir.unions["LaunchShipResult"].variants, ["Ok", "Created"]);
    assert_eq!(ir.unions["LaunchShipResult"].decoding, Decoding::BestMatch);
}

#[test]
fn numbers_have_types_that_hold_them() {
    let properties = json!({
        "wide": {"type": "integer", "maximum": 18_446_744_073_709_551_615_u64},
        "any": {"type": "integer", "minimum": -1, "maximum": 1e30},
        "float": {"type": "number", "format": "float"},
        "small": {"type": "integer", "format": "int32"},
    });
    let ship =
        json!({"Ship": {"type": "object", "properties": properties, "required": ["wide", "any", "float", "small"]}});
    let (ir, _) = published(&with(answer(json!({"$ref": "#/components/schemas/Ship"})), ship));
    let found = &ir.document["components"]["schemas"]["Ship"]["properties"];
    assert_eq!(found["wide"], json!({"type": "integer", "format": "uint64"}));
    assert_eq!(found["any"], json!({"description": "A whole number of any size."}));
    assert_eq!(found["float"], json!({"type": "number"}));
    assert_eq!(found["small"], json!({"type": "integer", "format": "int32"}));
}

#[test]
fn what_is_read_only_is_not_sent_and_null_clears_in_a_patch() {
    let ship = json!({"type": "object", "required": ["id", "name"], "properties": {
        "id": {"type": "string", "readOnly": true}, "name": {"type": "string"}, "about": {"type": "string", "nullable": true}}});
    let mut document = document(ship.clone(), ship);
    let post = document["paths"]["/ships/{ship_id}"].as_object_mut().expect("an item").remove("post");
    document["paths"]["/ships/{ship_id}"]["patch"] = post.expect("an operation");
    let (ir, _) = published(&document);
    let request = &ir.document["components"]["schemas"]["Request"];
    assert_eq!(request["required"], json!(["name"]));
    let field = |ty: &str, name: &str| ir.fields[&(ty.to_owned(), name.to_owned())].clone();
    assert!(field("Request", "id").read_only && field("Request", "about").clearable);
    assert!(!field("Answer", "id").read_only && !field("Answer", "about").clearable);
    assert_eq!(ir.document["components"]["schemas"]["Answer"]["required"], json!(["id", "name"]));
}

#[test]
fn names_never_meet() {
    let properties = json!({"a-b": {"type": "string"}, "a_b": {"type": "string"}, "type": {"type": "string"},
        "extra": {"type": "string"}, "build": {"type": "string"}, "": {"type": "string"}, "360": {"type": "string"}});
    let ship = json!({"type": "object", "properties": properties, "additionalProperties": true});
    let schemas =
        json!({"Option": ship, "ship": ship, "Ship": {"type": "object", "properties": {"x": {"type": "string"}}}});
    let body = json!({"type": "object", "properties": {
        "one": {"$ref": "#/components/schemas/Option"}, "two": {"$ref": "#/components/schemas/ship"}, "three": {"$ref": "#/components/schemas/Ship"}}});
    let mut operation = answer(body);
    operation["tags"] = json!(["default"]);
    let (ir, _) = published(&with(operation, schemas));
    assert_eq!(ir.operations[0].tag, "default_operations");
    for name in ["OptionType", "Ship", "Ship2"] {
        assert!(ir.types.contains_key(name), "{name} in {:?}", ir.types.keys());
    }
    let mut fields: Vec<&str> =
        ir.fields.iter().filter(|((ty, _), _)| ty == "OptionType").map(|(_, field)| field.rust.as_str()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["a_b", "a_b_2", "build_field", "extra", "extra_2", "field", "n360", "type_"]);
}

#[test]
fn a_key_of_another_scheme_is_asked_for_and_another_server_is_called() {
    let mut document = with(
        json!({"security": [{"Other": []}], "servers": [{"url": "https://files.{zone}.example/", "variables": {"zone": {"default": "eu"}}}]}),
        json!({}),
    );
    document["security"] = json!([{"Key": []}]);
    document["components"]["securitySchemes"] = json!({"Key": {"type": "http", "scheme": "bearer"}, "Other": {"type": "apiKey", "in": "header", "name": "X-Other"}});
    let (ir, _) = published(&document);
    let operation = &ir.operations[0];
    assert_eq!(operation.server.as_deref(), Some("https://files.eu.example"));
    assert!(!operation.authenticated);
    let key = operation.parameters.last().expect("the key");
    assert_eq!((key.rust.as_str(), key.required, &key.schema["format"]), ("x_other", true, &json!("password")));
    for (security, authenticated) in [(json!([]), false), (json!([{}]), false), (json!([{}, {"Key": []}]), true)] {
        document["paths"]["/ships/{ship_id}"]["post"]["security"] = security.clone();
        assert_eq!(published(&document).0.operations[0].authenticated, authenticated, "{security}");
    }
}

#[test]
fn a_part_of_a_form_has_another_name_than_a_parameter() {
    let part = json!({"type": "string", "format": "binary"});
    let mut operation = answer(json!({"type": "string"}));
    operation["parameters"] = json!([
        {"name": "ship_id", "in": "path", "required": true, "schema": {"type": "string"}},
        {"name": "file", "in": "query", "schema": {"type": "string"}},
    ]);
    operation["requestBody"] = json!({"content": {"multipart/form-data": {"schema": {"type": "object", "properties": {"file": part, "_ship_id": part}}}}});
    let (ir, _) = published(&with(operation, json!({})));
    let names: Vec<&str> = ir.operations[0].parts().map(|part| part.rust.as_str()).collect();
    assert_eq!(names, ["file_2", "ship_id_2"]);
}

#[test]
fn an_enum_is_open_whatever_it_says_of_its_type() {
    let ship = json!({"type": "object", "properties": {
        "mode": {"enum": ["queued", "direct"]},
        "days": {"type": "integer", "enum": [1, 7, 30], "description": "How long."},
        "on": {"type": "boolean", "enum": [true]},
        "grade": {"enum": ["a", null]},
        "any": {"enum": ["a", 1]}}});
    let (ir, _) = published(&with(answer(json!({"$ref": "#/components/schemas/Ship"})), json!({"Ship": ship})));
    let enums: Vec<&str> = ir.enums.iter().map(|open| open.name.as_str()).collect();
    assert_eq!(enums, ["ShipGrade", "ShipMode"]);
    let found = &ir.document["components"]["schemas"]["Ship"]["properties"];
    assert_eq!(found["days"]["description"], "How long. One of `1`, `7`, `30`.");
    assert_eq!((&found["days"]["type"], &found["on"]["type"]), (&json!("integer"), &json!("boolean")));
    assert_eq!(found["any"], json!({"description": "One of `\"a\"`, `1`.", "nullable": true}));
}

#[test]
fn dates_ids_and_enums_are_parameters_of_their_own_types() {
    let parameters = json!([
        {"in": "path", "name": "ship_id", "required": true, "schema": {"type": "integer", "format": "int64"}},
        {"in": "query", "name": "since", "schema": {"type": "string", "format": "date-time"}},
        {"in": "query", "name": "mode", "schema": {"type": "string", "enum": ["queued"]}},
        {"in": "header", "name": "X-Key", "schema": {"type": "string", "format": "password", "minLength": 3}},
    ]);
    let (ir, _) = published(&with(json!({"parameters": parameters}), json!({})));
    let reduced = &ir.document["paths"]["/launch_ship/{ship_id}"]["post"]["parameters"];
    let schemas: Vec<&Value> =
        reduced.as_array().expect("a list").iter().map(|parameter| &parameter["schema"]).collect();
    assert_eq!(schemas[0], &json!({"type": "integer", "format": "int64"}));
    assert_eq!(schemas[1], &json!({"type": "string", "format": "date-time"}));
    assert_eq!(schemas[2], &json!({"$ref": "#/components/schemas/LaunchShipMode"}));
    assert_eq!(schemas[3], &json!({"type": "string", "format": "password"}));
}

#[test]
fn what_is_delivered_is_an_event_wherever_it_stands() {
    let body = |schema: Value| json!({"post": {"summary": "It sank", "requestBody": {"content": {"application/json": {"schema": schema}}}}});
    let sunk = json!({"type": "object", "properties": {"event": {"type": "string"}}});
    let mut document = with(json!({}), json!({"ShipSunk": sunk}));
    document["x-webhooks"] =
        json!({"ship_sunk": body(json!({"$ref": "#/components/schemas/ShipSunk"})), "ship-found": body(sunk)});
    let (ir, _) = published(&document);
    let events: Vec<(&str, &str, Option<&str>)> =
        ir.events.iter().map(|event| (event.name.as_str(), event.variant.as_str(), event.body.component())).collect();
    assert_eq!(
        events,
        [("ship_sunk", "ShipSunk", Some("ShipSunk")), ("ship-found", "ShipFound", Some("ShipFoundEvent"))]
    );
    assert!(ir.types["ShipFoundEvent"].response && ir.types["ShipFoundEvent"].tags.contains("webhooks"));
}

#[test]
fn a_whole_number_of_any_size_has_no_limits() {
    let size = json!({"type": "integer", "minimum": -1, "maximum": 1e30});
    let body = json!({"type": "object", "properties": {"any": size, "some": {"type": "integer", "minimum": -1}}});
    let (ir, _) = published(&document(body, json!({"type": "object"})));
    let limits: Vec<&str> = ir.constraints.keys().map(|(_, field)| field.as_str()).collect();
    assert_eq!(limits, ["some"]);
}

#[test]
fn a_property_may_be_called_like_a_keyword() {
    let ship = json!({"type": "object", "properties": {
        "enum": {"$ref": "#/components/schemas/Alias"}, "default": {"$ref": "#/components/schemas/Alias"}}});
    let schemas = json!({"Ship": ship, "Alias": {"$ref": "#/components/schemas/Ship"}});
    let (ir, _) = published(&with(answer(json!({"$ref": "#/components/schemas/Alias"})), schemas));
    let found = &ir.document["components"]["schemas"];
    assert_eq!(found.get("Alias"), None);
    for name in ["enum", "default"] {
        let property = found["Ship"]["properties"][name].to_string();
        assert!(property.contains("#/components/schemas/Ship") && !property.contains("Alias"), "{property}");
    }
}

#[test]
fn a_text_in_a_body_is_no_order() {
    let body = json!({"type": "object", "properties": {"a": {"type": "string", "format": "sort"}}});
    let (ir, _) = published(&with(answer(body), json!({})));
    let result = &ir.document["components"]["schemas"]["LaunchShipResult"];
    assert_eq!(result["properties"]["a"], json!({"type": "string", "nullable": true}));
    let (ir, _) = published(&with(answer(json!({"type": "string", "format": "sort"})), json!({})));
    let success = &ir.document["paths"]["/launch_ship/{ship_id}"]["post"]["responses"]["200"];
    assert_eq!(success["content"]["application/json"]["schema"], json!({"type": "string"}));
}

#[test]
fn a_filter_has_no_limits_where_it_is_a_body_too() {
    let operation = json!({
        "parameters": [
            {"in": "path", "name": "ship_id", "required": true, "schema": {"type": "string"}},
            {"in": "query", "name": "filter", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Wish"}}}}],
        "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {"wish": {"$ref": "#/components/schemas/Wish"}}}}}},
    });
    let wish = json!({"type": "object", "properties": {"name": {"type": "string", "maxLength": 3}}});
    let (ir, _) = published(&with(operation, json!({"Wish": wish})));
    assert_eq!(ir.filters[0].name, "Wish");
    assert!(ir.constrained.is_empty() && ir.constraints.is_empty(), "{:?}", ir.constrained);
}
