use serde_json::{Value, json};

use super::Examples;
use crate::codegen::{generate, lower, refine};
use crate::spec::document::{Document, Origin, Trust};

/// An API with two operations.
fn document() -> Value {
    let of = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let ship =
        json!({"id": "S-17", "name": "Aurora", "token": "not-a-real-token", "captain": {"name": "Ann"}, "class": null});
    let evidence = json!([{"source": "https://ships.example", "seen": "2026-01-02", "level": "documented"}]);
    json!({
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/fleets/{fleet_id}/ships": {
                "post": {
                    "x-evidence": evidence,
                    "operationId": "launch_ship",
                    "tags": ["ships"],
                    "parameters": [
                        {"name": "fleet_id", "in": "path", "required": true, "schema": of("FleetId"), "example": "F-1"},
                        {"name": "quietly", "in": "query", "schema": {"type": "boolean"}, "example": true},
                    ],
                    "requestBody": {"required": true, "content": {"application/json": {"schema": of("NewShip"), "examples": {
                        "least": {"value": {"name": "Aurora"}},
                        "other": {"value": {"name": "Borea", "password": "x"}},
                        "most": {"value": {
                            "class": "deep sea", "name": "Aurora", "password": "not-a-real-password", "cargo": [
                                {"what": "bread \u{202e}\n", "tons": -2.5, "inside": {"what": "flour"}}, {"what": "salt", "tons": 1}],
                            "notes": {"any": "thing"}, "flag": "", "fleets": ["F-2"], "speed": 12, "crew": ["Ann", "Ben", "Cid"],
                            "lost": false, "built": 1999,
                        }},
                    }}}},
                    "responses": {"201": {"description": "", "content": {"application/json": {"schema": of("Ship"),
                        "examples": {"launched": {"value": ship}}}}}},
                },
                "get": {
                    "x-evidence": evidence,
                    "operationId": "list_ships",
                    "tags": ["ships"],
                    "parameters": [
                        {"name": "fleet_id", "in": "path", "required": true, "schema": of("FleetId"), "example": "F-1"},
                    ],
                    "responses": {"200": {"description": "", "content": {"application/json": {"schema": of("ShipPage"),
                        "examples": {"page": {"value": {"ships": [ship], "total": 1, "next": "n"}}}}}}},
                },
            },
        },
        "components": {"schemas": {
            "FleetId": {"type": "string", "x-path-id": true},
            "NewShip": {"type": "object", "required": ["name", "cargo"], "properties": {
                "built": {"type": "integer"},
                "cargo": {"type": "array", "items": of("Cargo")},
                "class": {"type": "string", "enum": ["river", "deep sea"], "x-rust-name": "ShipClass"},
                "crew": {"type": "array", "items": {"type": "string"}},
                "flag": {"type": "string"},
                "fleets": {"type": "array", "items": of("FleetId")},
                "lost": {"type": "boolean"},
                "name": {"type": "string"},
                "notes": {"type": "object", "additionalProperties": true},
                "password": {"type": "string", "format": "password"},
                "speed": {"type": "integer"},
            }},
            "Cargo": {"type": "object", "required": ["what"], "properties": {
                "what": {"type": "string"}, "tons": {"type": "number"}, "inside": of("Cargo")}},
            "Ship": {"type": "object", "required": ["name", "token"], "properties": {
                "id": {"type": "string"},
                "name": {"type": "string"},
                "token": {"type": "string", "format": "password"},
                "captain": {"type": "object", "x-rust-name": "Captain", "properties": {"name": {"type": "string"}}},
                "class": {"type": "string"},
            }},
            "ShipPage": {"type": "object", "required": ["ships"], "properties": {
                "ships": {"type": "array", "items": of("Ship")},
                "total": {"type": "integer"},
                "next": {"type": "string"},
            }},
        }},
    })
}

/// The examples of a document, taken through the stages as if a vendor had published it.
fn examples(value: Value) -> Examples {
    let origin = Origin { file: "page.json".into(), pointer: String::new(), trust: Trust::Published };
    let mut document = Document { value, origins: [(String::new(), origin)].into(), ..Document::default() };
    let ir = lower::lower(&mut document, &[]).expect("it can be lowered");
    let tokens = generate::generate(&ir).expect("it can be generated");
    let refined = refine::refine(tokens, &ir).expect("it can be refined");
    Examples::of("fleet", &document.value, &ir, &refined)
}

fn call(value: Value, operation: &str) -> String {
    examples(value).calls[operation].documentation().join("\n")
}

#[test]
fn a_call_shows_what_it_requires_and_some_of_what_the_example_has() {
    let expected = r#"
# Example

```no_run
use fleet::types;

# async fn example(client: fleet::Client) -> Result<(), Box<dyn std::error::Error>> {
let fleet_id = types::FleetId::new("F-1")?;
let cargo = types::Cargo::builder()
    .what("bread \u{202e}\n")
    .tons(-2.5)
    .inside(Box::new(types::Cargo::builder().what("flour").build()))
    .build();
let other_fleet_id = types::FleetId::new("F-2")?;
let body = types::NewShip::builder()
    .class(types::ShipClass::DeepSea)
    .name("Aurora")
    .password("not-a-real-password")
    .cargo(vec![cargo])
    .fleets(vec![other_fleet_id])
    .speed(12)
    .crew(vec!["Ann".to_owned(), "Ben".to_owned()])
    .build();
let ship = client.launch_ship().fleet_id(&fleet_id).body(&body).send().await?;
println!("{}", ship.name);
let token = ship.token.expose();
if let Some(id) = &ship.id {
    println!("{id}");
}
# Ok(())
# }
```"#;
    assert_eq!(call(document(), "launch_ship"), expected);
}

#[test]
fn a_list_in_pages_is_shown_as_a_stream_too() {
    let without = call(document(), "list_ships");
    assert!(!without.contains(".items()") && without.contains("for ship in &ship_page.ships {"), "{without}");
    let mut paged = document();
    let list = &mut paged["paths"]["/fleets/{fleet_id}/ships"]["get"];
    list["x-pagination"] = json!({"style": "page", "items": "/ships", "next": "/next"});
    let page = json!({"name": "page", "in": "query", "schema": {"type": "integer", "format": "int64"}, "example": 1});
    list["parameters"].as_array_mut().expect("a list").push(page);
    let with = call(paged, "list_ships");
    let stream = "// Every page, one after the other.
let mut ships = client.list_ships().fleet_id(&fleet_id).items();
while let Some(ship) = ships.next().await {
    let ship = ship?;
    let token = ship.token.expose();";
    assert!(with.contains(stream), "{with}");
}

#[test]
fn what_can_not_be_written_is_an_argument_of_the_hidden_function() {
    let mut document = document();
    let post = &mut document["paths"]["/fleets/{fleet_id}/ships"]["post"];
    post["requestBody"]["content"]["application/json"]["examples"] = json!({});
    post["parameters"][0].as_object_mut().expect("a parameter").remove("example");
    let text = call(document, "launch_ship");
    let hidden =
        "# async fn example(client: fleet::Client, fleet_id: &fleet::types::FleetId, body: &fleet::types::NewShip)";
    assert!(
        text.contains(hidden) && text.contains("client.launch_ship().fleet_id(fleet_id).body(body).send()"),
        "{text}"
    );
}

#[test]
fn the_builder_of_every_type_in_a_body_is_shown() {
    let examples = examples(document());
    let names: Vec<&String> = examples.bodies.keys().collect();
    assert_eq!(names, ["Cargo", "NewShip"]);
    let cargo = examples.bodies["Cargo"].documentation().join("\n");
    assert!(
        cargo.contains("let cargo = types::Cargo::builder()\n    .what(") && cargo.contains("# fn example() -> "),
        "{cargo}"
    );
}

#[test]
fn patterns_stand_one_below_the_other() {
    for (line, lines) in [
        ("if let Some(a) = &b {", vec!["if let Some(a) = &b {"]),
        (
            "    if let Some(a) = &b && let Some(c) = &a.c {",
            vec!["    if let Some(a) = &b", "        && let Some(c) = &a.c", "    {"],
        ),
        (
            "    && let Some(c) = &a.c && let Some(d) = &c.d",
            vec!["    && let Some(c) = &a.c", "    && let Some(d) = &c.d"],
        ),
        ("println!(\" && let \");", vec!["println!(\" && let \");"]),
    ] {
        assert_eq!(super::example::one_pattern_per_line(line), lines, "{line}");
    }
}
