//! Workflows of a ZapSign partner, through the client.
#![allow(missing_docs)]

#[path = "../support/clock.rs"]
mod clock;
mod deadlines;
mod downloads;
mod files;
mod observed;
#[path = "../support/receiver.rs"]
mod receiver;
mod refusals;
mod signed_files;
mod signer_actions;

use api_sandbox::{Behavior, Sandbox, SandboxBuilder, SignerError};
use clock::hold_clock;
use receiver::receiver;
use serde::Serialize;
use serde_json::{Value, json};
use zapsign_api::types::{self, DocumentToken, OrganizationId, SignerToken};
use zapsign_api::webhooks::{Event, SecretHeader};
use zapsign_api::{Client, ClientBuilder, Error, Response, partner_plans};

struct Partner {
    sandbox: Sandbox,
    client: Client,
}

impl Partner {
    async fn start() -> Self {
        Self::with(&[]).await
    }

    async fn with(behaviors: &[Behavior]) -> Self {
        let builder = behaviors.iter().copied().fold(Sandbox::builder().limits(false), SandboxBuilder::behavior);
        let sandbox = builder.start().await.expect("a free port");
        let token = sandbox.credentials().api_token.clone();
        let client = connect(&sandbox, |builder| builder.api_token(token));
        Self { sandbox, client }
    }

    async fn open_account(&self, name: &str) -> (i64, Client) {
        let body = types::CreatePartnerAccount::builder()
            .company_name(name)
            .country(types::AccountCountry::Brazil)
            .lang(types::AccountLanguage::Portuguese)
            .build();
        let account = self.client.create_partner_account().body(&body).send().await.expect("it is opened").into_inner();
        (account.id, connect(&self.sandbox, |builder| builder.api_token(account.api_token)))
    }
}

fn connect(sandbox: &Sandbox, login: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Client {
    login(Client::builder()).base_url(sandbox.url()).rate_limiting(false).build().expect("it builds")
}

async fn create(client: &Client, name: &str, signers: &[&str]) -> Value {
    let signer = |name: &&str| types::NewSigner::builder().name(*name).email(format!("{name}@x.example")).build();
    let body = types::CreateDocument::builder()
        .name(name)
        .content(types::CreateDocumentContent::MarkdownText("# Contract".into()))
        .signers(signers.iter().map(signer).collect::<Vec<_>>())
        .build();
    value(client.create_document().body(&body).send().await)
}

async fn get(client: &Client, document: &Value) -> Value {
    value(client.get_document().doc_token(&document_token(document)).send().await)
}

fn document_token(document: &Value) -> DocumentToken {
    DocumentToken::new(document["token"].as_str().expect("a token")).expect("an id")
}

fn signer_token(signer: &Value) -> SignerToken {
    SignerToken::new(signer["token"].as_str().expect("a token")).expect("an id")
}

fn value<T: Serialize>(outcome: Result<Response<T>, Error>) -> Value {
    serde_json::to_value(outcome.expect("it succeeds").into_inner()).expect("json")
}

fn status<T>(outcome: Result<T, Error>) -> u16 {
    match outcome {
        Ok(_) => 200,
        Err(error) => error.status().expect("an answer").as_u16(),
    }
}

async fn names(client: &Client) -> Vec<String> {
    let page = client.list_documents().send().await.expect("a page").into_inner();
    page.results.into_iter().map(|document| document.name).collect()
}

#[tokio::test]
async fn an_account_sees_its_own_documents_only() {
    let partner = Partner::start().await;
    let ((first, one), (second, other)) = (partner.open_account("Acme").await, partner.open_account("Acme").await);
    assert_ne!(first, second, "an account that is opened twice is there twice");
    let lease = create(&one, "Lease", &["ana"]).await;
    create(&other, "Offer", &["bento"]).await;
    assert_eq!((names(&one).await, names(&other).await), (vec!["Lease".to_owned()], vec!["Offer".to_owned()]));
    assert!(names(&partner.client).await.is_empty());
    let token = document_token(&lease);
    assert_eq!(status(one.get_document().doc_token(&token).send().await), 200);
    assert_eq!(status(other.get_document().doc_token(&token).send().await), 404);
    let body =
        types::CreatePartnerAccount::builder().company_name("Sub").country("br".into()).lang("en".into()).build();
    assert_eq!(status(one.create_partner_account().body(&body).send().await), 403, "it is opened by a partner itself");

    let table = partner.client.get_partner_plans().send().await.expect("a table");
    let plans = partner_plans::parse(&table).expect("a table");
    let made: Vec<_> = plans.iter().map(|plan| (plan.id, plan.documents_created)).collect();
    assert_eq!(made, [(Some(100_001), Some(0)), (Some(first), Some(1)), (Some(second), Some(1))]);
    let days = partner.client.get_partner_plans().start_date("2026-01-01").end_date("2026-03-01");
    let error = days.send().await.expect_err("more than 30 days");
    let body: Value = serde_json::from_slice(error.raw_body().expect("a body")).expect("json");
    assert!(body["non_field_errors"].is_array(), "{body}");
}

#[tokio::test]
async fn a_document_is_signed_when_everybody_has_signed() {
    let partner = Partner::start().await;
    let client = &partner.client;
    let document = create(client, "Lease", &["ana"]).await;
    let token = document_token(&document);
    let file = async |field: &str| {
        let document = get(client, &document).await;
        let answer = reqwest::get(document[field].as_str()?).await.expect("an answer");
        answer.error_for_status().ok()?.bytes().await.ok()
    };
    assert!(file("original_file").await.expect("a page").starts_with(b"%PDF"));
    assert!(file("signed_file").await.is_none());
    let added = types::AddSigner::builder().name("bento").build();
    let added = value(client.add_signer().doc_token(&token).body(&added).send().await);
    let page = client.list_documents().include_signers(true).send().await.expect("a page").into_inner();
    assert_eq!(page.results[0].signers.as_ref().map(Vec::len), Some(2));

    let ana = document["signers"][0]["token"].as_str().expect("a token");
    assert_eq!(partner.sandbox.sign(ana).expect("she signs")["status"], "pending");
    assert_eq!(partner.sandbox.sign(ana), Err(SignerError::Signed));
    let change = types::UpdateSigner::builder().name("Anna").build();
    let ana = signer_token(&document["signers"][0]);
    assert_eq!(status(client.update_signer().signer_token(&ana).body(&change).send().await), 400);
    assert_eq!(status(client.remove_signer().signer_token(&ana).send().await), 400);
    assert_eq!(partner.sandbox.sign(added["token"].as_str().expect("a token")).expect("he signs")["status"], "signed");

    let signed = get(client, &document).await;
    assert!(signed["signed_file"].is_string() && signed["signers"][1]["signed_at"].is_string(), "{signed}");
    let reason = types::CancelDocument::builder().doc_token(token.clone()).rejected_reason("too late").build();
    let cancel = client.cancel_document().body(&reason);
    assert_eq!(status(cancel.send().await), 403);
    assert!(file("signed_file").await.expect("a page").starts_with(b"%PDF"));
    let log = client.get_audit_log().doc_token(&token).send().await.expect("a log").into_inner();
    assert!(log.len() >= 4, "{}", log.len());
    let mut pdf = Vec::new();
    client.download_audit_log(&token).to_writer(&mut pdf).await.expect("a file");
    assert!(pdf.starts_with(b"%PDF"));
}

#[tokio::test]
async fn signers_take_turns_where_the_account_has_them_do_so() {
    let partner = Partner::with(&[Behavior::EnforcedSigningOrder]).await;
    let signer = |name: &str, group| types::NewSigner::builder().name(name).order_group(group).build();
    let body = types::CreateDocument::builder()
        .name("Lease")
        .content(types::CreateDocumentContent::MarkdownText("# Contract".into()))
        .signature_order_active(true)
        .signers(vec![signer("ana", 2), signer("bento", 1)])
        .build();
    let document = value(partner.client.create_document().body(&body).send().await);
    let [ana, bento] = [0, 1].map(|index| document["signers"][index]["token"].as_str().expect("a token").to_owned());
    assert_eq!(partner.sandbox.open(&ana), Err(SignerError::NotYourTurn));
    assert_eq!(partner.sandbox.sign(&ana), Err(SignerError::NotYourTurn));
    partner.sandbox.set_behaviors([]);
    partner.sandbox.open(&ana).expect("the link does not enforce the order");
    partner.sandbox.set_behaviors([Behavior::EnforcedSigningOrder]);
    partner.sandbox.sign(&bento).expect("he comes first");
    partner.sandbox.sign(&ana).expect("it is her turn");
}

#[tokio::test]
async fn a_document_can_be_changed_cancelled_and_deleted() {
    let partner = Partner::start().await;
    let client = &partner.client;
    let document = create(client, "Lease", &["ana"]).await;
    let token = document_token(&document);
    let extra = types::AddExtraDocument::builder()
        .name("Plan")
        .content(types::AddExtraDocumentContent::UrlPdf("https://files.x.example/plan.pdf".into()))
        .build();
    let extra = value(client.add_extra_document().doc_token(&token).body(&extra).send().await);
    assert_eq!(get(client, &extra).await["parent_doc_token"], document["token"]);
    let change = types::UpdateDocument::builder().name("New lease").build();
    assert_eq!(status(client.update_document().doc_token(&token).body(&change).send().await), 200);
    let order = |tokens: Vec<&Value>| {
        let tokens = tokens
            .iter()
            .map(|token| DocumentToken::new(token.as_str().expect("a token")).expect("an id"))
            .collect::<Vec<_>>();
        types::ReorderEnvelope::builder().document_display_order(tokens).build()
    };
    let half = order(vec![&extra["token"]]);
    assert_eq!(status(client.reorder_envelope().doc_token(&token).body(&half).send().await), 400);
    let whole = order(vec![&extra["token"], &document["token"]]);
    assert_eq!(status(client.reorder_envelope().doc_token(&token).body(&whole).send().await), 200);

    let reason = types::CancelDocument::builder().doc_token(token.clone()).rejected_reason("a mistake").build();
    assert_eq!(status(client.cancel_document().body(&reason).send().await), 200);
    assert_eq!(status(client.update_document().doc_token(&token).body(&change).send().await), 400, "it is cancelled");
    let deleted = value(client.delete_document().doc_token(&token).send().await);
    assert_eq!((&deleted["deleted"], &deleted["name"]), (&json!(true), &json!("New lease")));
    assert!(get(client, &document).await["deleted_at"].is_string(), "it can still be read");
}

#[tokio::test]
async fn a_template_makes_documents() {
    let partner = Partner::start().await;
    let client = &partner.client;
    let body = types::CreateTemplate::builder()
        .name("Lease")
        .file(types::CreateTemplateFile::DocxUrl("https://files.x.example/lease.docx".into()))
        .build();
    let template = value(client.create_template().body(&body).send().await);
    let from = |template: &str| {
        let template = types::TemplateToken::new(template).expect("an id");
        types::CreateDocumentFromTemplate::builder().template_id(template).signer_name("Ana").build()
    };
    let token = template["token"].as_str().expect("a token");
    let (known, unknown) = (from(token), from("nothing"));
    let document = value(client.create_document_from_template().body(&known).send().await);
    assert_eq!((&document["name"], &document["signers"][0]["name"]), (&json!("Lease"), &json!("Ana")));
    assert_eq!(status(client.create_document_from_template().body(&unknown).send().await), 404);
    let id = types::TemplateToken::new(token).expect("an id");
    assert_eq!(status(client.delete_template().template_token(&id).send().await), 200);
    assert_eq!(status(client.get_template().template_token(&id).send().await), 404);
    assert_eq!(client.list_templates().send().await.expect("a page").results.len(), 0);
}

#[tokio::test]
async fn events_reach_the_webhook_with_the_headers_that_were_registered() {
    let partner = Partner::start().await;
    let client = &partner.client;
    let (url, mut came) = receiver().await;
    let header = SecretHeader::new("X-Webhook-Secret", "shared").expect("a secret");
    let body = types::CreateWebhook::builder().url(url).type_("".into()).headers(vec![(&header).into()]).build();
    client.create_webhook().body(&body).send().await.expect("it is registered");

    let document = create(client, "Lease", &["ana"]).await;
    partner.sandbox.sign(document["signers"][0]["token"].as_str().expect("a token")).expect("she signs");
    let other = create(client, "Offer", &["bento"]).await;
    let token = document_token(&other);
    let reason = types::CancelDocument::builder().doc_token(token.clone()).rejected_reason("a mistake").build();
    client.cancel_document().body(&reason).send().await.expect("it is cancelled");
    client.delete_document().doc_token(&token).send().await.expect("it is deleted");

    let mut told = Vec::new();
    for _ in 0..5 {
        let (headers, body) = came.recv().await.expect("a delivery");
        told.push(match header.receive(&headers, body.as_bytes()).expect("an event") {
            Event::DocCreated(event) => format!("{} created", event.name),
            Event::DocSigned(event) => {
                let who = event.signer_who_signed.as_ref().map_or("nobody", |signer| &signer.name);
                format!("{} {} by {who}", event.name, event.status)
            }
            Event::DocRefused(event) => format!("{} refused", event.name),
            Event::DocDeleted(event) => format!("{} deleted", event.name),
            other => format!("{:?}", other.name()),
        });
    }
    let expected =
        ["Lease created", "Lease signed by ana", "Offer created", "Offer recusado by nobody", "Offer deleted"];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_check_is_complete_at_once_and_that_is_told() {
    let partner = Partner::start().await;
    let event = "background_check_completed";
    let webhook = types::CreateWebhook::builder().url(partner.sandbox.inbox_url("checks")).type_(event.into());
    partner.client.create_webhook().body(&webhook.build()).send().await.expect("it is registered");
    let body = json!({"country": "BR", "type": "person", "user_authorized": true, "national_id": "000.000.001-91"});
    let call = partner.client.request(reqwest::Method::POST, "/api/v1/checks/").json(&body);
    let created: Value = serde_json::from_slice(call.send().await.expect("it is created").as_bytes()).expect("json");
    assert_eq!(created["status"], "not_started");
    let received = partner.sandbox.next_received("checks").await;
    let Event::BackgroundCheckCompleted(told) = Event::from_slice(&received.body).expect("an event") else {
        panic!("{received:?}")
    };
    assert_eq!(
        (told.check_id.as_str(), told.national_id.as_deref()),
        (created["check_id"].as_str().expect("an id"), Some("000.000.001-91"))
    );
    assert_eq!(told.status, types::CheckStatus::Completed);
}

#[tokio::test]
async fn the_owner_logs_into_every_account_that_it_opened() {
    let partner = Partner::start().await;
    let (account, by_token) = partner.open_account("Acme").await;
    create(&by_token, "Lease", &["ana"]).await;
    let credentials = partner.sandbox.credentials();
    let login = |organization: i64, password: &str| {
        let organization = OrganizationId::new(organization.to_string()).expect("an id");
        connect(&partner.sandbox, |builder| builder.login(organization, credentials.owner.as_str(), password))
    };
    assert_eq!(names(&login(account, &credentials.owner_password)).await, ["Lease"]);
    assert_eq!(status(login(account, "wrong").list_documents().send().await), 401);
    assert_eq!(status(login(7, &credentials.owner_password).list_documents().send().await), 401);
}

#[tokio::test]
async fn what_can_not_be_served_is_refused_in_the_vendors_words() {
    let partner = Partner::start().await;
    let stranger = connect(&partner.sandbox, |builder| builder.api_token("nobody's"));
    assert_eq!(status(stranger.list_documents().send().await), 403);
    let call = partner.client.request(reqwest::Method::POST, "/api/v1/partner/company/").json(&json!({"country": 7}));
    let error = call.send().await.expect_err("it lacks fields");
    let body: Value = serde_json::from_slice(error.raw_body().expect("a body")).expect("json");
    assert_eq!((error.status().map(|status| status.as_u16()), &body["message"]), (Some(400), &json!("Invalid Input")));
    for field in ["country", "lang", "company_name"] {
        assert!(body["data"][field].is_array(), "{field}: {body}");
    }
    let user = types::CreateUser::builder().email("it@acme.example").build();
    assert_eq!(status(partner.client.create_user().body(&user).send().await), 200);
    assert_eq!(status(partner.client.create_user().body(&user).send().await), 400, "there is one of this address");
    let pays = types::UpdatePaymentStatus::builder().client_api_token("nobody's").payment_status("adimplente".into());
    let error = partner.client.update_payment_status().body(&pays.build()).send().await.expect_err("no such account");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(404));
    assert!(
        error
            .headers()
            .and_then(|headers| headers.get("content-type"))
            .is_some_and(|media| media.as_bytes().starts_with(b"text/plain"))
    );
}
