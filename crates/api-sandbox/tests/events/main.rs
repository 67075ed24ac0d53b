//! Events on demand, of every kind that the bundles have, and the inboxes that receive them.
#![allow(missing_docs)]

#[path = "../support/clock.rs"]
mod clock;
#[path = "../support/control.rs"]
mod control;
mod inboxes;
mod overrides;
mod resources;

use api_sandbox::{Sandbox, Trigger, TriggerError};
use axum::http::HeaderMap;
use clock::hold_clock;
use control::control;
use dialog360_api::webhooks::Signature;
use serde_json::{Value, json};
use zapsign_api::types;
use zapsign_api::webhooks::SecretHeader;

const ZAPSIGN: &str = include_str!("../../bundles/zapsign.openapi.json");
const DIALOG360: &str = include_str!("../../bundles/dialog360.openapi.json");

/// Field that is overridden: the first that the example has.
const FIELDS: [&str; 9] = [
    "/name",
    "/email",
    "/company_name",
    "/data/client/name",
    "/data/setup_info/phone_name",
    "/data/phone_number",
    "/data/template/name",
    "/data/id",
    // The form of `data` is not known, so that it takes any key.
    "/data/reason",
];

async fn start() -> Sandbox {
    Sandbox::builder().limits(false).start().await.expect("a free port")
}

fn zapsign(sandbox: &Sandbox) -> zapsign_api::Client {
    let builder = zapsign_api::Client::builder().api_token(sandbox.credentials().api_token.as_str());
    builder.base_url(sandbox.url()).rate_limiting(false).build().expect("it builds")
}

fn dialog360(sandbox: &Sandbox) -> dialog360_api::Client {
    let builder = dialog360_api::Client::builder().api_key(sandbox.credentials().api_key.as_str());
    builder.base_url(sandbox.url()).rate_limiting(false).build().expect("it builds")
}

fn partner(sandbox: &Sandbox) -> dialog360_api::types::PartnerId {
    dialog360_api::types::PartnerId::new(sandbox.credentials().partner_id.as_str()).expect("an id")
}

/// Returns the names of the events of a bundle, with their examples.
fn events(bundle: &str) -> Vec<(String, Value)> {
    let bundle: Value = serde_json::from_str(bundle).expect("json");
    let mut events = Vec::new();
    for operation in bundle["paths"].as_object().into_iter().flatten().flat_map(|(_, path)| path.as_object()).flatten()
    {
        for (name, callback) in operation.1["callbacks"].as_object().into_iter().flatten() {
            let (_, path) = callback.as_object().expect("paths").iter().next().expect("one");
            let examples = &path["post"]["requestBody"]["content"]["application/json"]["examples"];
            let (_, example) = examples.as_object().expect("examples").iter().next().expect("one");
            events.push((name.clone(), example["value"].clone()));
        }
    }
    assert!(events.len() >= 13, "{}", events.len());
    events
}

fn field(name: &str, example: &Value) -> &'static str {
    let in_example = |field: &&&str| example.pointer(field).is_some();
    let field = FIELDS.iter().find(in_example).or((example["data"] == json!({})).then_some(&"/data/reason"));
    field.unwrap_or_else(|| panic!("name a field of {name} to override"))
}

async fn subscribe(client: &zapsign_api::Client, url: &str, event: &str, headers: Vec<types::WebhookHeader>) {
    let body = types::CreateWebhook::builder().url(url).type_(event.into()).headers(headers).build();
    client.create_webhook().body(&body).send().await.expect("it is registered");
}

async fn set_webhook_url(sandbox: &Sandbox, url: &str) {
    let body = dialog360_api::types::SetWebhookUrl::builder().webhook_url(url).build();
    dialog360(sandbox).set_webhook_url().partner_id(&partner(sandbox)).body(&body).send().await.expect("it is set");
}

#[tokio::test]
async fn every_event_of_zapsign_is_delivered_as_it_was_overridden() {
    let sandbox = start().await;
    let client = zapsign(&sandbox);
    let header = SecretHeader::new("X-Webhook-Secret", "shared").expect("a secret");
    for (name, example) in events(ZAPSIGN) {
        subscribe(&client, &sandbox.inbox_url(&name), &name, vec![(&header).into()]).await;
        let field = field(&name, &example);
        let overridden = json!({"set": {field: "overridden"}});
        let (status, answer) = control(&sandbox, reqwest::Method::POST, &format!("events/{name}"), &overridden).await;
        assert_eq!((status, answer), (200, json!({"deliveries": 1})), "{name}");
        let received = sandbox.next_received(&name).await;
        let event = header.receive(&received.headers, &received.body).expect("an event");
        assert!(!matches!(event, zapsign_api::webhooks::Event::Unknown(_)), "{name} is of a known kind");
        assert_eq!(event.name(), Some(name.as_str()));
        let mut body: Value = serde_json::from_slice(&received.body).expect("json");
        assert_eq!(body.pointer(field), Some(&json!("overridden")), "{name} {field}");
        *body.pointer_mut(field).expect("it is there") = example.pointer(field).expect("it is there").clone();
        assert_eq!(body, example, "{name} is the example otherwise");
    }
}

#[tokio::test]
async fn every_event_of_360dialog_is_delivered_as_it_was_overridden() {
    let sandbox = start().await;
    set_webhook_url(&sandbox, &sandbox.inbox_url("all")).await;
    let signature = Signature::new(sandbox.credentials().platform_secret.as_deref()).expect("a secret");
    for (name, example) in events(DIALOG360) {
        let field = field(&name, &example);
        let count = sandbox.trigger(Trigger::event(name.as_str()).set(field, "overridden")).expect("it is delivered");
        assert_eq!(count, 1, "{name}");
        let received = sandbox.next_received("all").await;
        assert_eq!(signature.verify_request(&received.headers, &received.body), Ok(()), "{name}");
        let event = dialog360_api::webhooks::Event::from_slice(&received.body).expect("an event");
        assert!(!matches!(event, dialog360_api::webhooks::Event::Unknown(_)), "{name} is of a known kind");
        assert_eq!(event.name(), Some(name.as_str()));
        let mut body: Value = serde_json::from_slice(&received.body).expect("json");
        assert_eq!(body.pointer(field), Some(&json!("overridden")), "{name} {field}");
        assert_ne!(body["id"], example["id"], "each delivery has an id of its own");
        body["id"] = example["id"].clone();
        match example.pointer(field) {
            Some(value) => *body.pointer_mut(field).expect("it is there") = value.clone(),
            None => body["data"] = json!({}),
        }
        assert_eq!(body, example, "{name} is the example otherwise");
    }
}

#[tokio::test]
async fn a_trigger_that_can_not_be_followed_says_why() {
    let sandbox = start().await;
    let error = sandbox.trigger(Trigger::event("doc_view")).expect_err("no such event");
    let TriggerError::UnknownEvent { nearest, known, .. } = &error else { panic!("{error}") };
    assert_eq!(
        (nearest.as_deref(), known.len()),
        (Some("doc_viewed"), events(ZAPSIGN).len() + events(DIALOG360).len())
    );
    assert!(
        error.to_string().starts_with("there is no event `doc_view`; the most similar one is `doc_viewed`: there are "),
        "{error}"
    );
    for (path, body, status, said) in [
        ("doc_view", json!(null), 404, error.to_string()),
        ("doc_viewed", json!({"document": "nobody's"}), 404, "the sandbox has no document `nobody's`".to_owned()),
        ("channel_running", json!({"channel": "noCH"}), 404, "the sandbox has no channel `noCH`".to_owned()),
        ("doc_viewed", json!({"channel": "noCH"}), 400, "`doc_viewed` takes no channel: name a document or a signer".to_owned()),
        ("doc_viewed", json!({"url": "localhost/hook"}), 400, "`url` is no http or https URL".to_owned()),
        ("doc_viewed", json!({"url": "http://elsewhere.example/hook"}), 400, "`url` is not on this machine: `deliver_anywhere`, `--deliver-anywhere`, delivers to it".to_owned()),
        ("template_messaging_enabled", json!({"client": "x"}), 400, "`template_messaging_enabled` takes no client: leave it out, and `set` the fields".to_owned()),
        ("doc_viewed", json!(null), 400, "no webhook subscribes to `doc_viewed`: register one of `type` `doc_viewed` by `create_webhook`, POST /api/v1/user/company/webhook/, or give a `url`".to_owned()),
        ("channel_live", json!({}), 400, "no webhook subscribes to `channel_live`: set its URL by `set_webhook_url`, POST /api/v2/partners/sandboxPA/webhook_url, or give a `url`".to_owned()),
    ] {
        let answer = control(&sandbox, reqwest::Method::POST, &format!("events/{path}"), &body).await;
        assert_eq!(answer, (status, json!({"error": said})));
    }
    let (status, answer) =
        control(&sandbox, reqwest::Method::POST, "events/doc_viewed", &json!({"documnt": "x"})).await;
    assert_eq!(status, 400);
    assert!(answer["error"].as_str().expect("a text").contains("unknown field `documnt`"), "{answer}");
    assert!(sandbox.deliveries().is_empty());
}

#[tokio::test]
async fn a_query_that_can_not_be_read_is_refused_with_json() {
    let sandbox = start().await;
    for path in ["requests", "deliveries", "inbox/any"] {
        assert_eq!(control(&sandbox, reqwest::Method::GET, &format!("{path}?after=7"), &Value::Null).await.0, 200);
        for (query, cause) in [("after=x", "invalid digit"), ("afetr=7", "unknown field `afetr`")] {
            let path = format!("{path}?{query}");
            let (status, answer) = control(&sandbox, reqwest::Method::GET, &path, &Value::Null).await;
            let said = answer["error"].as_str().unwrap_or_default();
            assert!(status == 400 && said.contains(cause) && said.ends_with("; write `?after=7`"), "{path}: {answer}");
        }
    }
}

#[tokio::test]
async fn a_url_elsewhere_is_taken_by_a_sandbox_that_delivers_anywhere() {
    let sandbox = Sandbox::builder().deliver_anywhere(true).start().await.expect("a free port");
    // No name in `invalid` exists, so nothing is sent.
    assert_eq!(sandbox.trigger(Trigger::event("doc_viewed").url("http://elsewhere.invalid/hook")), Ok(1));
}

#[tokio::test]
async fn a_url_that_is_registered_gets_its_headers_with_any_event() {
    let sandbox = start().await;
    let header = SecretHeader::new("X-Webhook-Secret", "shared").expect("a secret");
    let url = sandbox.inbox_url("deleted");
    subscribe(&zapsign(&sandbox), &url, "doc_deleted", vec![(&header).into()]).await;
    assert_eq!(sandbox.trigger(Trigger::event("doc_expired").url(&url)), Ok(1));
    let received = sandbox.next_received("deleted").await;
    assert_eq!(header.verify(&received.headers), Ok(()));
    assert_eq!(sandbox.trigger(Trigger::event("doc_expired").url(sandbox.inbox_url("bare"))), Ok(1));
    let received: HeaderMap = sandbox.next_received("bare").await.headers;
    assert!(received.get("x-webhook-secret").is_none());
}
