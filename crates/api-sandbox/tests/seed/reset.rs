//! Return to the state after the start.

use std::time::Duration;

use api_sandbox::{Behavior, Fault, FaultRule, InboxAnswer, Sandbox, Trigger};
use reqwest::Client;
use serde_json::{Value, json};

use super::clock::hold_clock;
use super::{ACME_TOKEN, example, partner, start};

/// Returns the answer to a request with the credentials of both vendors.
async fn answer(sandbox: &Sandbox, path: &str, body: Option<Value>) -> Value {
    let url = format!("{}{path}", sandbox.url());
    let request = match &body {
        Some(body) => Client::new().post(url).body(body.to_string()).header("content-type", "application/json"),
        None => Client::new().get(url),
    };
    let request = request.bearer_auth(ACME_TOKEN).header("x-api-key", &sandbox.credentials().api_key);
    let request = request.header("user-agent", "test");
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let body = answer.text().await.expect("a body");
    let mut body = serde_json::from_str(&body).unwrap_or(Value::String(body));
    cut_links(&mut body);
    json!({"status": status, "body": body})
}

/// Cuts the queries of links to files: they hold the time of the answer.
pub(super) fn cut_links(value: &mut Value) {
    match value {
        Value::String(text) if text.contains("/files/") => {
            let end = text.find('?').unwrap_or(text.len());
            text.truncate(end);
        }
        Value::Array(items) => items.iter_mut().for_each(cut_links),
        Value::Object(fields) => fields.values_mut().for_each(cut_links),
        _ => {}
    }
}

/// Returns whole answers that show the state of both vendors, the fault rules and the behaviors.
async fn state(sandbox: &Sandbox) -> Vec<Value> {
    let mut answers = Vec::new();
    for path in [
        "/api/v1/docs/?include_signers=true",
        "/api/v1/docs/doc-2/",
        "/api/v1/docs/doc-3/",
        "/api/v2/partners/sandboxPA",
        "/api/v2/partners/sandboxPA/clients",
        "/api/v2/partners/sandboxPA/channels",
        "/api/v2/partners/sandboxPA/waba_accounts/acmeWA/waba_templates",
        "/sandbox/faults",
        "/sandbox/behaviors",
        "/sandbox/deliveries",
    ] {
        let answer = answer(sandbox, path, None).await;
        assert_eq!(answer["status"], 200, "{path}: {answer}");
        answers.push(answer);
    }
    answers
}

fn document() -> Option<Value> {
    Some(json!({"name": "Offer", "markdown_text": "# Offer", "signers": [{"name": "Ana", "email": "ana@x.example"}]}))
}

const CREATE_CLIENT: &str = "/api/v2/partners/sandboxPA/account_sharing/clients";

#[tokio::test(start_paused = true)]
async fn everything_is_as_after_the_start() {
    // The window of a limit, five seconds, does not end before it is reached.
    let _hold = hold_clock();
    let sandbox = start(&example("https://hooks.example/")).await;
    let before = state(&sandbox).await;
    let client = Some(json!({"name": "Other", "email": "it@other.example"}));
    let created = answer(&sandbox, "/api/v1/docs/", document()).await;
    assert_eq!(answer(&sandbox, CREATE_CLIENT, client.clone()).await["status"], 200);
    assert_eq!(answer(&sandbox, CREATE_CLIENT, client.clone()).await["status"], 429, "the limit is reached");
    let cancel = Some(json!({"doc_token": "doc-2", "rejected_reason": "a mistake"}));
    let cancelled = answer(&sandbox, "/api/v1/refuse/", cancel).await;
    assert_eq!(cancelled["status"], 200, "{cancelled}");
    let remind =
        format!("/api/v1/docs/{}/resend-notifications-bulk/", created["body"]["token"].as_str().expect("a token"));
    assert_eq!(answer(&sandbox, &remind, Some(json!({}))).await["status"], 200);
    assert_eq!(answer(&sandbox, &remind, Some(json!({}))).await["status"], 429, "there is a cool-down");
    sandbox.set_channel_status("bacmeCH", "running").expect("it runs");
    sandbox.set_behaviors([Behavior::NoApiPlan]);
    sandbox.clear_faults();
    sandbox.inject(FaultRule::next(9, Fault::Garbage).for_operation("list_users"));
    sandbox.advance(Duration::from_secs(3600));
    assert!(!sandbox.deliveries().is_empty());
    let changed = state(&sandbox).await;
    let same = changed.iter().zip(&before).filter(|(changed, before)| changed == before).count();
    assert_eq!(same, 3, "the document that was refused before, partner and templates");
    let (requests, now) = (sandbox.request_count(), answer(&sandbox, "/sandbox/clock", None).await);

    assert_eq!(answer(&sandbox, "/sandbox/reset", Some(json!({}))).await["body"], json!({"reset": true}));
    assert_eq!((sandbox.requests(), sandbox.deliveries()), (Vec::new(), Vec::new()));
    assert_eq!(sandbox.request_count(), requests, "the numbers go on");
    assert_eq!(state(&sandbox).await, before);
    assert_eq!(sandbox.requests()[0].number, requests + 1);
    let later = answer(&sandbox, "/sandbox/clock", None).await;
    assert!(later["body"]["now"].as_str() >= now["body"]["now"].as_str(), "the clock does not go back");
    let again = answer(&sandbox, "/api/v1/docs/", document()).await;
    assert_eq!(again["body"]["token"], created["body"]["token"]);
    assert_eq!(again["body"]["signers"], created["body"]["signers"]);
    assert_eq!(answer(&sandbox, CREATE_CLIENT, client).await["status"], 200, "the limit is counted anew");
    assert_eq!(answer(&sandbox, &remind, Some(json!({}))).await["status"], 200, "the cool-down is over");
}

#[tokio::test]
async fn inboxes_are_emptied() {
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let post = async || Client::new().post(sandbox.inbox_url("hooks")).send().await.expect("an answer").status();
    sandbox.answer_inbox("hooks", InboxAnswer::status(503));
    assert_eq!(post().await, 503);
    sandbox.reset();
    assert!(sandbox.inbox("hooks").is_empty());
    assert_eq!(post().await, 200);
    assert_eq!(sandbox.inbox("hooks")[0].number, 2, "the numbers go on");
}

#[tokio::test]
async fn an_event_on_its_way_reaches_no_inbox_that_was_emptied() {
    let sandbox = Sandbox::builder().start().await.expect("a free port");
    let by_name = sandbox.inbox_url("hooks").replace("127.0.0.1", "localhost");
    for steps in 0..200 {
        for url in [sandbox.inbox_url("hooks"), by_name.clone()] {
            sandbox.trigger(Trigger::event("doc_viewed").url(url)).expect("it is sent");
        }
        // The event is somewhere between the queue and the inbox.
        for _ in 0..steps {
            tokio::task::yield_now().await;
        }
        sandbox.reset();
        sandbox.delivered().await;
        assert!(sandbox.inbox("hooks").is_empty(), "after {steps} steps");
    }
    sandbox.trigger(Trigger::event("doc_viewed").url(by_name)).expect("it is sent");
    let received = sandbox.next_received("hooks").await;
    assert!(received.headers.keys().all(|name| !name.as_str().contains("sandbox")), "nothing but what a vendor sends");
}

#[tokio::test]
async fn delayed_deliveries_are_dropped() {
    let sandbox = start(&json!({"zapsign": {
        "documents": [{"token": "doc-1", "name": "Lease", "allow_refuse_signature": true, "signers": [
            {"name": "Owner", "email": "owner@sandbox.example", "token": "owner-1"},
        ]}],
        "webhooks": [{"url": "https://hooks.example/"}],
    }}))
    .await;
    let refuse = async || {
        let credentials = sandbox.credentials();
        let body = json!({
            "doc_token": "doc-1", "signer_token": "owner-1", "user_token": credentials.user_token, "rejected_reason": "no",
        });
        let url = format!("{}/api/v1/refuse/by-user/", sandbox.url());
        let request = Client::new().post(url).bearer_auth(&credentials.api_token);
        let request = request.body(body.to_string()).header("content-type", "application/json");
        assert_eq!(request.send().await.expect("an answer").status(), 200);
    };
    let events = || -> Vec<String> { sandbox.deliveries().into_iter().map(|delivery| delivery.event).collect() };
    refuse().await;
    sandbox.advance(Duration::from_secs(41));
    assert_eq!(events(), ["doc_refused", "doc_signed"]);
    sandbox.reset();
    refuse().await;
    sandbox.reset();
    sandbox.advance(Duration::from_secs(41));
    assert!(events().is_empty());
}

#[tokio::test]
async fn reminders_that_are_over_do_not_come_again() {
    let signer = json!({"name": "Ana", "email": "ana@x.example", "send_automatic_email": true});
    let sandbox = start(&json!({"zapsign": {
        "documents": [{"name": "Lease", "reminder_every_n_days": 1, "signers": [signer]}],
        "webhooks": [{"url": "https://hooks.example/", "type": "signature_notification_sent"}],
    }}))
    .await;
    let ten_days = Duration::from_secs(10 * 86_400);
    sandbox.advance(ten_days);
    assert_eq!(sandbox.deliveries().len(), 3, "one for each reminder");
    sandbox.reset();
    sandbox.advance(ten_days);
    assert!(sandbox.deliveries().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_request_finds_the_state_before_or_after() {
    let webhook = json!({"dialog360": {"partner": {"webhook_url": "https://hooks.example/"}}});
    let builder = Sandbox::builder().limits(false).load(super::seed(&webhook));
    let sandbox = builder.start().await.expect("a free port");
    let (client, id) = partner(&sandbox);
    let calls: Vec<_> = (0..200)
        .map(|number| {
            let (client, id) = (client.clone(), id.clone());
            tokio::spawn(async move {
                let email = format!("{number}@acme.example");
                let body = dialog360_api::types::CreateClient::builder().name("Acme").email(email).build();
                client.create_client().partner_id(&id).body(&body).send().await.expect("it is created");
            })
        })
        .collect();
    while sandbox.request_count() < 150 {
        sandbox.reset();
        tokio::task::yield_now().await;
    }
    for call in calls {
        call.await.expect("it does not panic");
    }
    for number in 0..10 {
        let body =
            dialog360_api::types::CreateClient::builder().name("Acme").email(format!("last-{number}@acme.example"));
        client.create_client().partner_id(&id).body(&body.build()).send().await.expect("it is created");
    }
    // Each client has its event, and each event its client.
    let page = client.list_clients().partner_id(&id).limit(1).send().await.expect("a page");
    assert_eq!(page.total, Some(sandbox.deliveries().len() as i64));
    assert!(sandbox.deliveries().len() >= 10);
}
