//! No credential is on the stream, in the state or in a command; pages of another origin read nothing.

use api_sandbox::Sandbox;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::events::Events;
use super::sandbox;

/// Sends a request. Returns the JSON of the answer.
async fn call(sandbox: &Sandbox, method: Method, path: &str, header: (&str, &str), body: Value) -> Value {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let request = Client::new().request(method, format!("{}{path}", sandbox.url())).header(header.0, header.1);
    let answer = request.header("content-type", "application/json").body(body).send().await.expect("an answer");
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    serde_json::from_slice(&answer.bytes().await.expect("a body")).unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Makes something of everything that has a secret. Returns the secrets.
async fn make_secrets(sandbox: &Sandbox) -> Vec<String> {
    let credentials = sandbox.credentials().clone();
    let mut secrets = vec![
        credentials.api_key.clone(),
        credentials.partner_password.clone(),
        credentials.platform_secret.clone().expect("it signs"),
        credentials.api_token.clone(),
        credentials.owner_password.clone(),
        credentials.user_token.clone(),
        "webhook-secret".to_owned(),
        "query-secret".to_owned(),
        "number-secret".to_owned(),
        "user-secret".to_owned(),
        "password-secret".to_owned(),
    ];
    let bearer = format!("Bearer {}", credentials.api_token);
    let zapsign = ("authorization", bearer.as_str());
    let account = json!({"company_name": "Acme", "country": "br", "lang": "pt-br"});
    let account = call(sandbox, Method::POST, "/api/v1/partner/company/", zapsign, account).await;
    secrets.push(text(&account["api_token"]));
    let login = json!({"username": credentials.owner, "password": credentials.owner_password});
    let session = call(
        sandbox,
        Method::POST,
        &format!("/api/v1/auth/token/{}/", credentials.organization_id),
        ("x-a", "b"),
        login,
    )
    .await;
    secrets.extend([text(&session["access"]), text(&session["refresh"])]);
    let hook = format!("{}/sandbox/inbox/a", sandbox.url());
    let webhook = json!({"url": format!("{hook}?secret=query-secret"), "type": "doc_created", "headers": [{"name": "X-Secret", "value": "webhook-secret"}]});
    call(sandbox, Method::POST, "/api/v1/user/company/webhook/", zapsign, webhook).await;

    let hook_with_user = hook.replace("//", "//user-secret:password-secret@");
    let webhook = json!({"url": hook_with_user, "type": "doc_created"});
    call(sandbox, Method::POST, "/api/v1/user/company/webhook/", zapsign, webhook).await;
    let document = json!({"name": "Lease", "markdown_text": "x", "signers": [{"name": "Ana"}]});
    call(sandbox, Method::POST, "/api/v1/docs/", zapsign, document).await;

    let api_key = credentials.api_key.as_str();
    let partner = ("x-api-key", api_key);
    let root = format!("/api/v2/partners/{}", credentials.partner_id);
    let login = json!({"username": credentials.partner_user, "password": credentials.partner_password});
    let token = call(sandbox, Method::POST, "/api/v2/token", ("x-a", "b"), login).await;
    secrets.push(text(&token["access_token"]));
    let hook = json!({"webhook_url": format!("{hook}?query-secret")});
    call(sandbox, Method::POST, &format!("{root}/webhook_url"), partner, hook).await;
    let client = json!({"name": "Acme", "email": "it@acme.example"});
    call(sandbox, Method::POST, &format!("{root}/account_sharing/clients"), partner, client).await;
    let clients = call(sandbox, Method::GET, &format!("{root}/clients"), partner, Value::Null).await;
    let number = json!({"solution_id": "1", "waba_external_id": "2", "client_id": clients["clients"][0]["id"], "channel_external_id": "3"});
    call(sandbox, Method::POST, &format!("{root}/account_sharing/numbers"), partner, number).await;
    let channels = call(sandbox, Method::GET, &format!("{root}/channels"), partner, Value::Null).await;
    let channel = text(&channels["partner_channels"][0]["id"]);
    let key = call(sandbox, Method::POST, &format!("{root}/channels/{channel}/api_keys"), partner, Value::Null).await;
    secrets.push(text(&key["api_key"]));
    let webhook = json!({"url": "http://localhost:9/?query-secret", "headers": {"X-Secret": "number-secret"}});
    call(sandbox, Method::POST, "/v1/configs/webhook", ("d360-api-key", &text(&key["api_key"])), webhook).await;
    secrets
}

#[tokio::test]
async fn no_page_shows_a_secret() {
    let sandbox = sandbox().await;
    let secrets = make_secrets(&sandbox).await;
    sandbox.delivered().await;
    let mut stream = Events::open(sandbox.url(), "").await;
    stream.first_page().await;
    let mut shown = vec![("stream".to_owned(), stream.all)];
    for path in ["state", "events", "faults"] {
        let answer = Client::new().get(format!("{}/sandbox/{path}", sandbox.url())).send().await.expect("an answer");
        shown.push((path.to_owned(), answer.text().await.expect("a text")));
    }
    for number in 1..=sandbox.request_count() {
        let answer = Client::new().get(format!("{}/sandbox/requests/{number}", sandbox.url())).send().await;
        let detail: Value =
            serde_json::from_slice(&answer.expect("an answer").bytes().await.expect("a body")).expect("json");
        // Bodies are shown as they came: they are what the sandbox was sent and has made.
        for part in ["curl", "headers"] {
            shown.push((format!("{part} of {number}"), detail[part].to_string()));
        }
        shown.push((format!("headers of answer {number}"), detail["answer"]["headers"].to_string()));
    }
    assert!(secrets.len() >= 14, "{}", secrets.len());
    for (place, text) in &shown {
        for secret in &secrets {
            // The spec does not call the address of a webhook a secret, and the command needs it.
            if ["query-secret", "user-secret", "password-secret"].contains(&secret.as_str())
                && place.starts_with("curl")
            {
                continue;
            }
            assert!(!text.contains(secret.as_str()), "{place} shows {secret}: {text}");
        }
    }
}

#[tokio::test]
async fn a_page_of_another_origin_reads_none_of_it() {
    let sandbox = sandbox().await;
    for path in ["stream", "state", "events", "requests/1", "requests?limit=1"] {
        for (name, value) in
            [("origin", "https://evil.example"), ("host", "rebound.example"), ("sec-fetch-site", "cross-site")]
        {
            let request = Client::new().get(format!("{}/sandbox/{path}", sandbox.url())).header(name, value);
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status(), 403, "{path} {name}");
        }
        let answer = Client::new().get(format!("{}/sandbox/{path}", sandbox.url())).send().await.expect("an answer");
        assert_ne!(answer.status(), 403, "{path}");
        assert!(answer.headers().get("access-control-allow-origin").is_none(), "{path}");
    }
}
