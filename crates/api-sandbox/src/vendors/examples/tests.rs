use reqwest::{Client, RequestBuilder, Response};

use super::*;
use crate::sandbox::Sandbox;

/// Starts a sandbox of an invented API.
async fn ships() -> Sandbox {
    let text = |description: &str| json!({"description": description, "type": "string"});
    let body = |example: Value| json!({"content": {"application/json": {"examples": {"one": {"value": example}}}}});
    let document = json!({
        "openapi": "3.0.3",
        "security": [{"Key": []}, {"Token": []}],
        "x-error": {"message": {"at": ["/error/text", "/faults/0"]}},
        "components": {"securitySchemes": {
            "Key": {"type": "apiKey", "in": "header", "name": "X-Harbour-Key"},
            "Token": {"type": "http", "scheme": "bearer"},
        }},
        "paths": {
            "/ships": {"post": {
                "operationId": "launch_ship",
                "x-rate-limit": [{"requests": 2, "per": "1m", "scope": "credential"}],
                "requestBody": {"required": true, "content": {"application/json": {"schema": {
                    "type": "object", "required": ["name"], "properties": {"name": text("Its name.")},
                }}}},
                "responses": {
                    "201": body(json!({"id": 7, "name": "Argo"})),
                    "400": body(json!({"error": {"text": "It sinks.", "code": 9}})),
                },
            }},
            "/cargoes": {"post": {
                "operationId": "load_cargo",
                "security": [],
                "requestBody": {"required": true, "content": {"application/json": {"schema": {
                    "type": "object",
                    "x-exactly-one": {"name": "goods", "of": ["grain", "oil"]},
                    "properties": {"grain": text("Its kind."), "oil": text("Its kind.")},
                }}}},
                "responses": {"200": {"description": "It is on board."}},
            }},
            "/ships/{ship_id}": {"get": {
                "operationId": "get_ship",
                "security": [],
                "parameters": [{"in": "path", "name": "ship_id", "required": true, "schema": {"type": "integer"}}],
                "responses": {"200": body(json!({"id": 8, "name": "Beagle"}))},
            }},
        },
    });
    let bundle = Box::leak(Box::new(Bundle::parse("ships", &document.to_string())));
    Sandbox::builder().serve(vec![bundle]).await.expect("a free port")
}

/// Starts a request that launches a ship.
fn launch(sandbox: &Sandbox, body: &Value) -> RequestBuilder {
    let request = Client::new().post(format!("{}/ships", sandbox.url()));
    request.header("content-type", "application/json").body(body.to_string())
}

async fn send(request: RequestBuilder) -> (u16, Value) {
    read(request.send().await.expect("an answer")).await
}

async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, serde_json::from_slice(&response.bytes().await.expect("a body")).expect("JSON"))
}

#[tokio::test]
async fn a_valid_request_gets_the_example_with_any_credential() {
    let sandbox = ships().await;
    let body = json!({"name": "Beagle"});
    let example = (201, json!({"id": 7, "name": "Argo"}));
    assert_eq!(send(launch(&sandbox, &body).header("x-harbour-key", "any")).await, example);
    assert_eq!(send(launch(&sandbox, &body).header("authorization", "Bearer any")).await, example);
    let open = Client::new().get(format!("{}/ships/8", sandbox.url()));
    assert_eq!(send(open).await, (200, json!({"id": 8, "name": "Beagle"})));
}

#[tokio::test]
async fn a_rejection_has_its_reason_where_the_spec_says() {
    let sandbox = ships().await;
    let invalid = launch(&sandbox, &json!({})).header("x-harbour-key", "any");
    let text = "name: This field is required.";
    assert_eq!(send(invalid).await, (400, json!({"error": {"text": text, "code": 9}})), "as the example");
    let get = |path: &str| Client::new().get(format!("{}{path}", sandbox.url()));
    let error = |text: &str| json!({"error": {"text": text}});
    assert_eq!(send(get("/ships/Argo")).await, (400, error("ship_id: A valid integer is required.")));
    assert_eq!(send(get("/ships")).await, (405, error("Method Not Allowed")));
    assert_eq!(send(get("/ships/8/crew")).await, (404, error("Not Found")));
}

#[tokio::test]
async fn one_of_several_fields_is_required() {
    let sandbox = ships().await;
    let load = async |cargo: Value| {
        let request =
            Client::new().post(format!("{}/cargoes", sandbox.url())).header("content-type", "application/json");
        request.body(cargo.to_string()).send().await.expect("an answer")
    };
    for (cargo, found) in [(json!({"oil": ""}), "none"), (json!({"oil": "olive", "grain": "rye"}), "grain, oil")] {
        let text = format!("Exactly one of grain, oil is required, and {found} is given.");
        assert_eq!(read(load(cargo).await).await, (400, json!({"error": {"text": text}})));
    }
    assert_eq!(load(json!({"oil": "olive"})).await.status(), 200);
}

#[tokio::test]
async fn a_missing_or_empty_credential_is_rejected() {
    let sandbox = ships().await;
    let request = || launch(&sandbox, &json!({"name": "Argo"}));
    let unauthorized = (401, json!({"error": {"text": "Unauthorized"}}));
    for request in [request(), request().header("x-harbour-key", ""), request().header("authorization", "Bearer ")] {
        assert_eq!(send(request).await, unauthorized);
    }
}

#[tokio::test]
async fn the_published_limit_is_enforced_for_each_credential() {
    let sandbox = ships().await;
    let launch = |key: &str| launch(&sandbox, &json!({"name": "Argo"})).header("x-harbour-key", key);
    for _ in 0..2 {
        assert_eq!(send(launch("one")).await.0, 201);
    }
    let limited = launch("one").send().await.expect("an answer");
    assert!(limited.headers().contains_key("retry-after"));
    assert_eq!(read(limited).await, (429, json!({"error": {"text": "Too Many Requests"}})));
    assert_eq!(send(launch("two")).await.0, 201);
}

#[test]
fn a_pointer_makes_objects_and_lists() {
    assert_eq!(value_at("/a~1b/0/c", json!(1)), json!({"a/b": [{"c": 1}]}));
}
