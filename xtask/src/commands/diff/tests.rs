use semver::Version;
use serde_json::{Value, json};

use super::changes::Impact;
use super::changes::Impact::{Additive, Breaking, Documentation};
use super::{compare, needed_version};

/// Returns a small API with one of each part that can change.
fn base() -> Value {
    json!({
        "servers": [{"url": "https://ships.example"}],
        "x-rate-limit": [{"requests": 100, "per": "1m", "scope": "credential"}],
        "paths": {
            "/ships/{id}": {"post": {
                "operationId": "launch_ship", "tags": ["ships"], "summary": "Launch", "x-evidence": [],
                "parameters": [
                    {"in": "path", "name": "id", "required": true, "schema": {"type": "string"}},
                    {"in": "query", "name": "fast", "schema": {"type": "boolean"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Launch"}}}},
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ship"}}}},
                    "400": {"description": "no"}},
                "callbacks": {"ship_sunk": {"{$url}": {"post": {"requestBody": {"content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/Sunk"}}}}}}}},
            }},
            "/ships": {"get": {"operationId": "list_ships", "tags": ["ships"], "responses": {"200": {"content": {
                "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Ship"}}}}}}}},
        },
        "components": {"schemas": {
            "Launch": {"type": "object", "required": ["name"], "additionalProperties": false, "properties": {
                "name": {"type": "string", "maxLength": 20, "description": "d"},
                "crew": {"type": "integer", "default": 1},
                "speed": {"$ref": "#/components/schemas/Speed"}}},
            "Ship": {"type": "object", "required": ["id"], "properties": {
                "id": {"type": "string"},
                "at": {"type": "string", "nullable": true},
                "mood": {"type": "string", "enum": ["calm", "wild"]}}},
            "Speed": {"type": "string", "enum": ["slow", "warp"]},
            "Sunk": {"type": "object", "properties": {"depth": {"type": "number"}}},
        }},
    })
}

const LAUNCH: &str = "/paths/~1ships~1{id}/post";

fn set(document: &mut Value, pointer: &str, key: &str, value: Value) {
    document.pointer_mut(pointer).unwrap_or_else(|| panic!("nothing at {pointer}"))[key] = value;
}

fn remove(document: &mut Value, pointer: &str, key: &str) {
    let parent = document.pointer_mut(pointer).and_then(Value::as_object_mut);
    let removed = parent.and_then(|map| map.shift_remove(key));
    assert!(removed.is_some(), "nothing at {pointer}/{key}");
}

/// A mutation: name, change, impact on the wire, impact on the Rust API, reason.
type Mutation = (&'static str, fn(&mut Value), Impact, Impact, &'static str);

#[rustfmt::skip]
const TABLE: &[Mutation] = &[
    ("remove an operation", |d| remove(d, "/paths", "/ships"), Breaking, Breaking, "calls of it fail, and its method is gone"),
    ("add an operation", |d| set(d, "/paths", "/ports", json!({"get": {"operationId": "list_ports", "responses": {}}})), Additive, Additive, "nobody calls it yet"),
    ("rename a path", |d| { let item = d["paths"]["/ships"].clone(); remove(d, "/paths", "/ships"); set(d, "/paths", "/fleet", item) }, Breaking, Breaking, "to a caller the old one is gone"),
    ("rename an operation", |d| set(d, LAUNCH, "operationId", json!("start_ship")), Documentation, Breaking, "the request is the same, the method is not"),
    ("move to another tag", |d| set(d, LAUNCH, "tags", json!(["fleet"])), Documentation, Breaking, "the call's type moves to another module"),
    ("change the summary", |d| set(d, LAUNCH, "summary", json!("Let go")), Documentation, Documentation, "words only"),
    ("deprecate an operation", |d| set(d, LAUNCH, "deprecated", json!(true)), Documentation, Additive, "it still works, with a warning"),
    ("turn off its retries", |d| set(d, LAUNCH, "x-retry", json!("never")), Documentation, Additive, "the client behaves otherwise, nothing needs changing"),
    ("know another success without a result", |d| set(d, LAUNCH, "x-result", json!("/id")), Documentation, Additive, "an answer that was a success is an error"),
    ("know a cool-down", |d| set(d, LAUNCH, "x-cooldown", json!({"status": 429})), Documentation, Additive, "the client behaves otherwise, nothing needs changing"),
    ("know how a token is refused", |d| set(d, "", "x-token-rejected", json!([{"status": 401}])), Documentation, Documentation, "the client logs in otherwise, nothing needs changing"),
    ("tighten a rate limit", |d| set(d, "", "x-rate-limit", json!([{"requests": 50, "per": "1m", "scope": "credential"}])), Breaking, Documentation, "who sent 100 is refused; the client waits by itself"),
    ("loosen a rate limit", |d| set(d, "", "x-rate-limit", json!([{"requests": 5, "per": "1s", "scope": "credential"}])), Additive, Documentation, "300 a minute are more than 100"),
    ("count a limit by address, too", |d| d["x-rate-limit"].as_array_mut().expect("a list").push(json!({"requests": 100, "per": "1m", "scope": "address"})), Additive, Documentation, "who kept to it still does; a client keeps it on demand"),
    ("limit an operation", |d| set(d, LAUNCH, "x-rate-limit", json!([{"requests": 1, "per": "5s", "scope": "path:id"}])), Breaking, Documentation, "there was no limit before"),
    ("move the server", |d| set(d, "/servers/0", "url", json!("https://fleet.example")), Breaking, Documentation, "requests go elsewhere"),
    ("need no credential", |d| set(d, LAUNCH, "security", json!([])), Breaking, Documentation, "the request differs"),
    ("add an optional parameter", |d| d[ "paths"]["/ships/{id}"]["post"]["parameters"].as_array_mut().expect("a list").push(json!({"in": "query", "name": "new", "schema": {"type": "string"}})), Additive, Additive, "a setter more"),
    ("add a required parameter", |d| d[ "paths"]["/ships/{id}"]["post"]["parameters"].as_array_mut().expect("a list").push(json!({"in": "query", "name": "new", "required": true, "schema": {"type": "string"}})), Breaking, Breaking, "old calls lack it and don't compile"),
    ("remove a parameter", |d| { d["paths"]["/ships/{id}"]["post"]["parameters"].as_array_mut().expect("a list").pop(); }, Breaking, Breaking, "its setter is gone"),
    ("make a parameter required", |d| set(d, "/paths/~1ships~1{id}/post/parameters/1", "required", json!(true)), Breaking, Breaking, "calls without it don't compile"),
    ("change a parameter's type", |d| set(d, "/paths/~1ships~1{id}/post/parameters/1/schema", "type", json!("integer")), Breaking, Breaking, "the setter takes another type"),
    ("add an optional request field", |d| set(d, "/components/schemas/Launch/properties", "flag", json!({"type": "string"})), Additive, Additive, "bodies are built by setters, and structs are non-exhaustive"),
    ("add a required request field", |d| { set(d, "/components/schemas/Launch/properties", "flag", json!({"type": "string"})); set(d, "/components/schemas/Launch", "required", json!(["name", "flag"])) }, Breaking, Breaking, "old bodies lack it and don't compile"),
    ("make an optional request field required", |d| set(d, "/components/schemas/Launch", "required", json!(["name", "crew"])), Breaking, Breaking, "bodies without it don't compile"),
    ("make a required request field optional", |d| set(d, "/components/schemas/Launch", "required", json!([])), Additive, Breaking, "the field's type becomes an Option"),
    ("remove a request field", |d| remove(d, "/components/schemas/Launch/properties", "crew"), Breaking, Breaking, "its setter is gone"),
    ("tighten a field's limit", |d| set(d, "/components/schemas/Launch/properties/name", "maxLength", json!(10)), Breaking, Documentation, "longer names are refused; the API is the same"),
    ("loosen a field's limit", |d| set(d, "/components/schemas/Launch/properties/name", "maxLength", json!(30)), Additive, Documentation, "all that was sent is still taken"),
    ("change a default", |d| set(d, "/components/schemas/Launch/properties/crew", "default", json!(2)), Breaking, Documentation, "leaving it out means something else"),
    ("take other fields too", |d| remove(d, "/components/schemas/Launch", "additionalProperties"), Additive, Documentation, "all that was sent is still taken"),
    ("add a request enum value", |d| set(d, "/components/schemas/Speed", "enum", json!(["slow", "warp", "still"])), Additive, Additive, "a variant more of a non-exhaustive enum"),
    ("remove a request enum value", |d| set(d, "/components/schemas/Speed", "enum", json!(["slow"])), Breaking, Breaking, "the vendor refuses it, and its variant is gone"),
    ("rename a type", |d| set(d, "/components/schemas/Launch", "x-rust-name", json!("LaunchShip")), Documentation, Breaking, "the body is the same, its type is not"),
    ("add a response field", |d| set(d, "/components/schemas/Ship/properties", "hull", json!({"type": "string"})), Additive, Additive, "unknown fields were skipped, and structs are non-exhaustive"),
    ("remove a response field", |d| remove(d, "/components/schemas/Ship/properties", "at"), Breaking, Breaking, "who reads it finds nothing"),
    ("always send a response field", |d| set(d, "/components/schemas/Ship", "required", json!(["id", "at"])), Additive, Breaking, "Option<T> becomes T"),
    ("no longer always send a response field", |d| set(d, "/components/schemas/Ship", "required", json!([])), Breaking, Breaking, "T becomes Option<T>"),
    ("allow null in a required response field", |d| set(d, "/components/schemas/Ship/properties/id", "nullable", json!(true)), Breaking, Breaking, "T becomes Option<T>"),
    ("never send null in an optional response field", |d| remove(d, "/components/schemas/Ship/properties/at", "nullable"), Additive, Documentation, "it is an Option either way"),
    ("change a response field's type", |d| set(d, "/components/schemas/Ship/properties/id", "type", json!("integer")), Breaking, Breaking, "another type in Rust"),
    ("mark a field as a secret", |d| set(d, "/components/schemas/Ship/properties/at", "format", json!("password")), Breaking, Breaking, "String becomes Secret"),
    ("name a format without a type", |d| set(d, "/components/schemas/Ship/properties/id", "format", json!("uuid")), Documentation, Documentation, "it stays a String"),
    ("add a response enum value", |d| set(d, "/components/schemas/Ship/properties/mood", "enum", json!(["calm", "wild", "glad"])), Additive, Additive, "enums are open: it decoded before"),
    ("remove a response enum value", |d| set(d, "/components/schemas/Ship/properties/mood", "enum", json!(["calm"])), Additive, Breaking, "it no longer comes, and its variant is gone"),
    ("document another refusal", |d| set(d, &format!("{LAUNCH}/responses"), "404", json!({"description": ""})), Additive, Documentation, "every refusal is one type"),
    ("change a success's media type", |d| set(d, &format!("{LAUNCH}/responses/200"), "content", json!({"text/plain": {"schema": {"type": "string"}}})), Breaking, Breaking, "another type in Rust"),
    ("drop the request's body", |d| remove(d, LAUNCH, "requestBody"), Breaking, Breaking, "the setter is gone"),
    ("add an event", |d| set(d, &format!("{LAUNCH}/callbacks"), "ship_found", json!({"{$url}": {"post": {"requestBody": {"content": {"application/json": {"schema": {}}}}}}})), Additive, Additive, "it was Unknown before, in a non-exhaustive enum"),
    ("remove an event", |d| remove(d, &format!("{LAUNCH}/callbacks"), "ship_sunk"), Breaking, Breaking, "its variant is gone"),
    ("change an event's field", |d| set(d, "/components/schemas/Sunk/properties/depth", "type", json!("string")), Breaking, Breaking, "another type in Rust"),
];

#[test]
fn every_kind_of_change_has_its_class_and_version() {
    assert!(TABLE.len() >= 25);
    for (name, mutate, wire, rust, why) in TABLE {
        let mut changed = base();
        mutate(&mut changed);
        let changes = compare(&base(), &changed);
        let found = (changes.iter().map(|c| c.wire).max(), changes.iter().map(|c| c.rust).max());
        assert_eq!(found, (Some(*wire), Some(*rust)), "{name} ({why}): {changes:#?}");
        let (before_one, after_one) = match rust {
            Breaking => ("0.2.0", "2.0.0"),
            Additive => ("0.1.3", "1.3.0"),
            Documentation => ("0.1.3", "1.2.4"),
        };
        assert_eq!(needed_version(&Version::new(0, 1, 2), &changes).to_string(), before_one, "{name}");
        assert_eq!(needed_version(&Version::new(1, 2, 3), &changes).to_string(), after_one, "{name}");
    }
}

#[test]
fn nothing_changed_needs_no_version() {
    assert_eq!(compare(&base(), &base()), []);
    let version = Version::parse("0.1.2+2026-01-01").expect("a version");
    assert_eq!(needed_version(&version, &[]), version);
}
