//! Back end of a partner: its calls of both APIs.

use std::time::Duration;

use api_sandbox::Sandbox;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use tokio::time::timeout;

/// Inbox that hears of all that signers do.
pub(crate) const INBOX: &str = "signers";
/// Events that are sent to it.
const EVENTS: [&str; 4] = ["doc_viewed", "doc_read_confirmation", "doc_signed", "doc_refused"];

/// Calls ZapSign's API.
pub(crate) async fn zapsign(sandbox: &Sandbox, method: Method, path: &str, body: Value) -> Value {
    let url = format!("{}/api/v1/{path}", sandbox.url());
    let request = Client::new().request(method, &url).bearer_auth(sandbox.credentials().api_token.as_str());
    json(&url, if body.is_null() { request } else { request.json(&body) }.send().await.expect("an answer")).await
}

/// Calls 360dialog's API for the partner.
pub(crate) async fn dialog360(sandbox: &Sandbox, method: Method, path: &str, body: Value) -> Value {
    let credentials = sandbox.credentials();
    let url = format!("{}/api/v2/partners/{}{path}", sandbox.url(), credentials.partner_id);
    let request = Client::new().request(method, &url).header("x-api-key", credentials.api_key.as_str());
    json(&url, if body.is_null() { request } else { request.json(&body) }.send().await.expect("an answer")).await
}

async fn json(url: &str, answer: Response) -> Value {
    let status = answer.status();
    let body = answer.text().await.expect("a body");
    assert!(status.is_success(), "{url}: {status} {body}");
    serde_json::from_str(&body).expect("json")
}

/// Registers the inbox for the events of signers.
pub(crate) async fn listen(sandbox: &Sandbox) {
    for event in EVENTS {
        let webhook = json!({"url": sandbox.inbox_url(INBOX), "type": event});
        zapsign(sandbox, Method::POST, "user/company/webhook/", webhook).await;
    }
}

/// Creates a document of one signer. `document` and `signer` have further fields.
pub(crate) async fn create_document(sandbox: &Sandbox, document: Value, signer: Value) -> Value {
    let mut body = json!({
        "name": "Lease of Rua das Flores 12",
        "markdown_text": "# Lease",
        "signers": [{"name": "Ana Sousa", "email": "ana@sousa.example"}],
    });
    merge(&mut body["signers"][0], signer);
    merge(&mut body, document);
    zapsign(sandbox, Method::POST, "docs/", body).await
}

fn merge(into: &mut Value, fields: Value) {
    let Value::Object(fields) = fields else { return };
    into.as_object_mut().expect("an object").extend(fields);
}

/// Returns the document as it is now.
pub(crate) async fn get_document(sandbox: &Sandbox, document: &Value) -> Value {
    let token = document["token"].as_str().expect("a token");
    zapsign(sandbox, Method::GET, &format!("docs/{token}/"), Value::Null).await
}

/// Returns the link of the signer.
pub(crate) fn sign_url(document: &Value) -> &str {
    document["signers"][0]["sign_url"].as_str().expect("a link")
}

/// Returns the events that came to the inbox up to the first of this name, each run of the same one once.
pub(crate) async fn events_until(sandbox: &Sandbox, last: &str) -> Vec<String> {
    let mut events: Vec<String> = Vec::new();
    while events.last().is_none_or(|event| event != last) {
        let next = timeout(Duration::from_secs(20), sandbox.next_received(INBOX)).await;
        let received = next.unwrap_or_else(|_| panic!("no `{last}` after {events:?}"));
        let body: Value = serde_json::from_slice(&received.body).expect("json");
        events.push(body["event_type"].as_str().expect("a name").to_owned());
        events.dedup();
    }
    events
}
