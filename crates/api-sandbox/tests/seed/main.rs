//! State before the first request, the return to it, and the command line.
#![allow(missing_docs)]

#[path = "../support/clock.rs"]
mod clock;
mod command_line;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/receiver.rs"]
mod receiver;
mod refusals;
mod reset;

use std::time::Duration;

use api_sandbox::{Behavior, FaultRule, Frequency, Sandbox, Seed, SignerError};
use dialog360_api::types::{ClientId, PartnerId};
use receiver::receiver;
use reset::cut_links;
use serde_json::{Value, json};
use zapsign_api::types::{self, DocumentStatus, DocumentToken, SignerStatus, SignerToken};

const ACME_TOKEN: &str = "9b1f0c8e-0000-4000-8000-0000000000a1";

/// Returns a seed with some of everything, whose webhooks lead to this URL.
fn example(webhook: &str) -> Value {
    json!({
        "zapsign": {
            "accounts": [{"company_name": "Acme", "id": 4711, "api_token": ACME_TOKEN, "payment_status": "inadimplente"}],
            "templates": [{
                "token": "template-1", "name": "Lease", "active": false, "inputs": [{"variable": "rent", "required": false}],
                "signers": [{"name": "Tenant"}],
            }],
            "documents": [
                {
                    "token": "doc-1", "name": "Lease", "status": "signed", "created_at": "2026-01-02T03:04:05.000000Z",
                    "external_id": "tenant-17",
                    "signers": [{"name": "Ana", "email": "ana@x.example", "token": "ana-1"}, {"name": "Bento"}],
                    "extra_docs": [{"token": "extra-1", "name": "Floor plan"}],
                },
                {"token": "doc-2", "name": "Offer", "account": "Acme", "base64_pdf": "JVBERi0xLjQK", "signers": [
                    {"name": "Caio", "status": "link-opened"}, {"name": "Dora", "token": "dora-1"},
                ]},
                {"token": "doc-3", "name": "Order", "account": 4711, "rejected_reason": "too dear", "signers": [
                    {"name": "Edu", "status": "rejeitou"},
                ]},
                {"name": "Draft", "deleted": true},
            ],
            "webhooks": [{"url": webhook, "type": "", "account": "Acme", "headers": [{"name": "x-secret", "value": "s"}]}],
        },
        "dialog360": {
            "partner": {"webhook_url": webhook, "brand_name": "Example Partner"},
            "clients": [{
                "id": "acmeCL", "name": "Acme", "email": "it@acme.example", "contact_info": {"country": "BR"},
                "balance": {"balance": 7.25, "currency": "usd"},
            }],
            "channels": [
                {"id": "acmeCH", "client_id": "acmeCL", "phone_number": "4930111", "waba_account_id": "acmeWA"},
                {"id": "bacmeCH", "client_id": "acmeCL", "status": "created"},
            ],
            "templates": [{
                "id": "acmeWT", "waba_account_id": "acmeWA", "name": "hello", "language": "en",
                "category": "UTILITY", "status": "approved",
            }],
        },
        "behaviors": ["no-audit-log"],
        "faults": [{"faults": [{"kind": "garbage"}], "operation": "get_plan", "next": 1}],
    })
}

fn seed(value: &Value) -> Seed {
    Seed::from_json(&value.to_string()).expect("a seed")
}

async fn start(value: &Value) -> Sandbox {
    Sandbox::builder().load(seed(value)).start().await.expect("a free port")
}

fn zapsign(sandbox: &Sandbox, token: &str) -> zapsign_api::Client {
    let builder = zapsign_api::Client::builder().api_token(token).base_url(sandbox.url());
    builder.rate_limiting(false).build().expect("it builds")
}

fn partner(sandbox: &Sandbox) -> (dialog360_api::Client, PartnerId) {
    let credentials = sandbox.credentials();
    let builder = dialog360_api::Client::builder().api_key(credentials.api_key.as_str()).base_url(sandbox.url());
    let id = PartnerId::new(credentials.partner_id.as_str()).expect("an id");
    (builder.rate_limiting(false).build().expect("it builds"), id)
}

#[tokio::test]
async fn the_clients_read_what_was_loaded() {
    let sandbox = start(&example("https://hooks.example/")).await;
    let own = zapsign(&sandbox, &sandbox.credentials().api_token);
    let lease = own.get_document().doc_token(&DocumentToken::new("doc-1").expect("a token")).send().await;
    let lease = lease.expect("it is there").into_inner();
    let lease = lease.as_document().expect("a document");
    assert_eq!((lease.name.as_str(), &lease.status), ("Lease", &DocumentStatus::Signed));
    assert_eq!(lease.external_id.as_deref(), Some("tenant-17"));
    assert_eq!(lease.created_at.as_ref().map(ToString::to_string).as_deref(), Some("2026-01-02T03:04:05.000000Z"));
    for link in [&lease.original_file, &lease.signed_file] {
        let file = reqwest::get(link.as_deref().expect("a link")).await.expect("an answer");
        assert!(file.status() == 200 && file.headers()["content-type"] == "application/pdf");
    }
    let signers = lease.signers.as_ref().expect("they are listed");
    assert!(signers.iter().all(|signer| signer.status == SignerStatus::Signed && signer.signed_at.is_some()));
    assert_eq!(signers[0].token().map(SignerToken::as_str), Some("ana-1"));
    assert_eq!(signers[1].token().map(|token| token.as_str().len()), Some(36), "it was generated");
    let attachment = &lease.extra_docs.as_ref().expect("they are listed")[0];
    assert_eq!((attachment.token.as_str(), attachment.name.as_str()), ("extra-1", "Floor plan"));
    let page = own.list_documents().send().await.expect("a page").into_inner().results;
    let rows: Vec<_> = page.iter().map(|row| (row.name.as_str(), row.deleted == Some(true))).collect();
    assert_eq!(rows, [("Lease", false), ("Floor plan", false), ("Draft", true)]);
    let templates = own.list_templates().send().await.expect("a page").into_inner().results;
    assert_eq!((templates[0].token.as_str(), templates[0].active), ("template-1", Some(false)));
    let template =
        own.get_template().template_token(&templates[0].token).send().await.expect("it is there").into_inner();
    let (inputs, signers) = (json!(template.inputs), json!(template.signers));
    assert_eq!(
        (&inputs[0]["variable"], &inputs[0]["required"], &inputs[0]["order"]),
        (&json!("rent"), &json!(false), &json!(1))
    );
    assert_eq!((&signers[0]["name"], &signers[0]["phone_country"]), (&json!("Tenant"), &json!("55")));

    let acme = zapsign(&sandbox, ACME_TOKEN);
    let page = acme.list_documents().send().await.expect("a page").into_inner().results;
    let rows: Vec<_> = page.iter().map(|row| (row.token.as_str(), row.status.clone())).collect();
    assert_eq!(rows, [("doc-2", DocumentStatus::Pending), ("doc-3", DocumentStatus::RefusedPt)]);
    let offer = acme.get_document().doc_token(&page[0].token).send().await.expect("it is there").into_inner();
    let offer = offer.as_document().expect("a document");
    let file = reqwest::get(offer.original_file.as_deref().expect("a link")).await.expect("an answer");
    assert_eq!(file.bytes().await.expect("a body"), "%PDF-1.4\n");
    let caio = &offer.signers.as_ref().expect("they are listed")[0];
    assert_eq!((&caio.status, caio.times_viewed), (&SignerStatus::LinkOpened, Some(1)));
    let order = acme.get_document().doc_token(&page[1].token).send().await.expect("it is there").into_inner();
    let order = order.as_document().expect("a document");
    assert_eq!(order.rejected_reason.as_deref(), Some("too dear"));
    assert_eq!(order.signers.as_ref().expect("they are listed")[0].status, SignerStatus::RefusedPt);

    let (client, id) = partner(&sandbox);
    assert_eq!(
        client.get_partner().partner_id(&id).send().await.expect("it is there").brand_name.as_deref(),
        Some("Example Partner")
    );
    let clients = client.list_clients().partner_id(&id).send().await.expect("a page").into_inner();
    let acme = &clients.clients.expect("they are listed")[0];
    assert_eq!((acme.id.as_ref().map(ClientId::as_str), acme.name.as_deref()), (Some("acmeCL"), Some("Acme")));
    let contact = acme.contact_info.as_ref().expect("it is there");
    assert_eq!((contact.country.as_deref(), contact.email.as_deref()), (Some("BR"), Some("it@acme.example")));
    let channels = client
        .list_channels()
        .partner_id(&id)
        .send()
        .await
        .expect("a page")
        .into_inner()
        .partner_channels
        .expect("they are listed");
    let statuses: Vec<_> = channels.iter().map(|channel| channel.status.as_ref().map(ToString::to_string)).collect();
    assert_eq!(statuses, [Some("running".to_owned()), Some("created".to_owned())]);
    let number = channels[0].setup_info.as_ref().and_then(|setup| setup.phone_number.as_deref());
    assert_eq!(number, Some("4930111"));
    assert!(channels.iter().all(|channel| channel.waba_account_id.as_ref().map(|id| id.as_str()) == Some("acmeWA")));
    assert!(channels.iter().all(|channel| channel.client_id.as_ref().map(ClientId::as_str) == Some("acmeCL")));
    let account = channels[0].waba_account_id.clone().expect("it has one");
    let templates = client.list_templates().partner_id(&id).waba_account_id(&account).send().await.expect("a page");
    assert_eq!(json!(templates.into_inner().waba_templates.expect("they are listed")[0].status), "approved");
    let balance = |id: &'static str| ClientId::new(id).expect("an id");
    let acme =
        client.get_client_balance().partner_id(&id).client_id(&balance("acmeCL")).send().await.expect("it is there");
    assert_eq!((acme.balance, acme.currency.as_deref()), (Some(7.25), Some("usd")));
    assert!(acme.usage.is_some(), "the rest is that of the example");

    let unused: Vec<FaultRule> = sandbox.unused_faults();
    assert_eq!(unused.len(), 1);
    assert_eq!((unused[0].operation.as_deref(), unused[0].frequency), (Some("get_plan"), Frequency::Next(1)));
    let log = own.get_audit_log().doc_token(&DocumentToken::new("doc-1").expect("a token")).send().await;
    assert_eq!(log.expect_err("the behavior is on").status().map(|status| status.as_u16()), Some(403));
}

#[test]
fn the_example_of_the_readme_is_a_seed() {
    let readme = include_str!("../../README.md");
    let examples: Vec<&str> = readme.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(examples.len(), 1);
    assert_eq!(Seed::from_json(examples[0]).map(drop), Ok(()));
}

#[tokio::test]
async fn a_loaded_webhook_hears_of_what_comes_after() {
    let (url, mut heard) = receiver().await;
    let sandbox = start(&example(&url)).await;
    sandbox.advance(Duration::from_secs(86400));
    assert_eq!((sandbox.request_count(), sandbox.deliveries()), (0, Vec::new()));
    // Anything that the load had sent would arrive first.
    let (client, id) = partner(&sandbox);
    let body = dialog360_api::types::CreateClient::builder().name("Other").email("it@other.example").build();
    client.create_client().partner_id(&id).body(&body).send().await.expect("it is created");
    let mut next = async || {
        let (_, body) = heard.recv().await.expect("an event");
        serde_json::from_str::<Value>(&body).expect("json")
    };
    assert_eq!(next().await["event"], "client_created");
    sandbox.sign("dora-1").expect("she signs");
    let event = next().await;
    assert_eq!((&event["event_type"], &event["token"]), (&json!("doc_signed"), &json!("doc-2")));
    assert_eq!(sandbox.deliveries()[1].headers, [("x-secret".to_owned(), "s".to_owned())]);
    assert_eq!(sandbox.deliveries().len(), 2);
}

#[tokio::test]
async fn calls_count_from_the_first_request() {
    let clients: Vec<Value> =
        (0..3).map(|number| json!({"name": format!("Acme {number}"), "email": "it@acme.example"})).collect();
    let sandbox = start(&json!({"dialog360": {"clients": clients}})).await;
    let (client, id) = partner(&sandbox);
    // One in 5 seconds for an address.
    let body = dialog360_api::types::CreateClient::builder().name("Acme").email("it@acme.example").build();
    client.create_client().partner_id(&id).body(&body).send().await.expect("it is the first");
    assert_eq!(client.find_client_by_email(&id, "it@acme.example").await.expect("a list").len(), 4);
}

#[tokio::test]
async fn what_is_left_out_is_made_as_by_a_request() {
    let sandbox = start(&json!({"zapsign": {"documents": [{"name": "Lease", "signers": [{"name": "Ana"}]}]}})).await;
    let requested = Sandbox::builder().start().await.expect("a free port");
    let body = types::CreateDocument::builder()
        .name("Lease")
        .content(types::CreateDocumentContent::MarkdownText("# Lease".into()))
        .signers(vec![types::NewSigner::builder().name("Ana").build()])
        .build();
    let client = zapsign(&requested, &requested.credentials().api_token);
    let made = client.create_document().body(&body).send().await.expect("it is created").into_inner();
    let client = zapsign(&sandbox, &sandbox.credentials().api_token);
    let loaded = client.get_document().doc_token(&made.token).send().await.expect("it has the same token").into_inner();
    let fields = |document: Value, url: &str| -> Value {
        let text = document.to_string().replace(url, "");
        let mut document: Value = serde_json::from_str(&text).expect("JSON");
        for time in ["created_at", "last_update_at"] {
            assert!(document[time].is_string());
            document[time] = Value::Null;
        }
        cut_links(&mut document);
        document
    };
    assert_eq!(fields(json!(loaded.as_document()), sandbox.url()), fields(json!(Some(&made)), requested.url()),);
    let signer = SignerToken::new(made.signers.expect("they are listed")[0].token().expect("it has one").as_str())
        .expect("a token");
    assert_eq!(client.get_signer().signer_token(&signer).send().await.expect("she is there").name, "Ana");
}

#[tokio::test]
async fn health_tells_versions_and_leaves_no_trace() {
    let sandbox = start(&json!({"behaviors": ["no-api-plan"]})).await;
    let answer = reqwest::get(format!("{}/sandbox/health", sandbox.url())).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let mut health: Value = serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
    let clock = reqwest::get(format!("{}/sandbox/clock", sandbox.url())).await.expect("an answer");
    let clock: Value = serde_json::from_str(&clock.text().await.expect("a body")).expect("JSON");
    assert!(health["now"].as_str().expect("a time") <= clock["now"].as_str().expect("a time"));
    health["now"] = Value::Null;
    let expected = json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "specs": {"dialog360": "2.0.0", "zapsign": "1"},
        "now": null,
        "url": sandbox.url(),
    });
    assert_eq!(health, expected);
    assert_eq!(sandbox.request_count(), 0);
    let builder = Sandbox::builder().behavior(Behavior::NoAuditLog).load(seed(&json!({"behaviors": ["no-api-plan"]})));
    let both = builder.start().await.expect("a free port");
    let behaviors = reqwest::get(format!("{}/sandbox/behaviors", both.url())).await.expect("an answer");
    assert_eq!(behaviors.text().await.expect("a body"), r#"["no-api-plan","no-audit-log"]"#);
}

#[tokio::test]
async fn what_was_due_before_is_done_in_silence() {
    let document = |token: &str, deadline: &str, status: &str| {
        let signer = json!({"name": "Ana", "token": format!("signer-of-{token}")});
        json!({"token": token, "name": "Lease", "date_limit_to_sign": deadline, "status": status, "signers": [signer]})
    };
    let sandbox = start(&json!({"zapsign": {
        "documents": [
            document("late", "2020-01-02", "pending"),
            document("signed", "2020-01-02", "signed"),
            document("open", "2100-01-02", "pending"),
        ],
        "webhooks": [{"url": "https://hooks.example/", "type": "doc_expired"}],
    }}))
    .await;
    let expired = || -> Vec<Value> { sandbox.deliveries().iter().map(|one| one.body()["token"].clone()).collect() };
    assert!(sandbox.sign("signer-of-late") == Err(SignerError::Expired));
    assert_eq!(expired(), Vec::<Value>::new());
    sandbox.advance(Duration::from_secs(100 * 365 * 86_400));
    assert_eq!(expired(), ["open"]);
    // The clock stays after the deadline.
    sandbox.reset();
    sandbox.advance(Duration::from_secs(86_400));
    assert!(sandbox.sign("signer-of-open") == Err(SignerError::Expired));
    assert_eq!(expired(), Vec::<Value>::new());
}
