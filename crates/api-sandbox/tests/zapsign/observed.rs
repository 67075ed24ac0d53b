//! Behavior of ZapSign that its users observed, through the client.

use std::time::{Duration, SystemTime};

use api_sandbox::{Behavior, Fault, FaultRule, FaultStage};
use serde_json::{Value, json};
use zapsign_api::types::{self, ListedSignerStatus, NewSigner, OrganizationId};
use zapsign_api::webhooks::Event;
use zapsign_api::{Base64, Client, Error};

use super::{Partner, connect, create, document_token, get, hold_clock, names, receiver, signer_token, status, value};

const HOUR: Duration = Duration::from_secs(3600);

fn with_id(external_id: &str) -> types::CreateDocument {
    types::CreateDocument::builder()
        .name("Lease")
        .content(types::CreateDocumentContent::MarkdownText("# Contract".into()))
        .external_id(external_id)
        .build()
}

async fn first_row(client: &Client) -> types::DocumentSummary {
    let page = client.list_documents().include_signers(true).send().await.expect("a page").into_inner();
    page.results.into_iter().next().expect("a document")
}

#[tokio::test]
async fn signers_of_a_list_are_read_in_either_language() {
    for behaviors in [&[][..], &[Behavior::EnglishListedSigners]] {
        let partner = Partner::with(behaviors).await;
        let document = create(&partner.client, "Lease", &["ana"]).await;
        partner.sandbox.sign(document["signers"][0]["token"].as_str().expect("a token")).expect("she signs");
        let row = first_row(&partner.client).await;
        assert_eq!((row.external_id.as_deref(), row.deleted), (Some(""), Some(false)));
        let signer = &row.signers.expect("they were asked for")[0];
        assert_eq!((signer.name(), signer.email()), (Some("ana"), Some("ana@x.example")));
        assert_eq!(signer.status(), Some(&ListedSignerStatus::Signed));
        assert_eq!(signer.signing_url(), document["signers"][0]["sign_url"].as_str());
        assert_eq!(signer.has_certificate(), Some(false));
        let in_portuguese = behaviors.is_empty();
        let mode = if in_portuguese { "Assinatura na tela" } else { "assinatura_tela" };
        assert_eq!(signer.auth_mode(), Some(mode));
        // The vendor's page has no times.
        assert_eq!((signer.signed_at().is_some(), signer.first_opened_at().is_some()), (in_portuguese, in_portuguese));
    }
}

#[tokio::test]
async fn a_list_is_kept_for_a_minute() {
    let partner = Partner::start().await;
    assert!(names(&partner.client).await.is_empty());
    create(&partner.client, "Lease", &[]).await;
    assert!(names(&partner.client).await.is_empty(), "it is answered as it was before");
    partner.sandbox.advance(Duration::from_secs(61));
    assert_eq!(names(&partner.client).await, ["Lease"]);
}

#[tokio::test]
async fn an_attachment_is_a_row_of_its_own() {
    let partner = Partner::with(&[Behavior::NineExtraDocuments]).await;
    let document = create(&partner.client, "Lease", &["ana"]).await;
    let token = document_token(&document);
    for number in 0..10 {
        let extra = types::AddExtraDocument::builder()
            .name(format!("Plan {number}"))
            .content(types::AddExtraDocumentContent::Base64Pdf(Base64::from_encoded("JVBERi0xLjQK")));
        let answer = partner.client.add_extra_document().doc_token(&token).body(&extra.build()).send().await;
        match number {
            9 => {
                let Err(Error::Api(failure)) = answer else { panic!("the tenth is one too many") };
                assert_eq!(failure.body().message(), Some("Limite de documentos extra (9) atingido."));
            }
            _ => assert_eq!(answer.expect("it is added").name, format!("Plan {number}")),
        }
    }
    let page = partner.client.list_documents().send().await.expect("a page").into_inner();
    assert_eq!((page.count, page.results[9].name.as_str()), (10, "Plan 8"));
}

#[tokio::test]
async fn reminders_cool_down_for_hours_and_are_not_sent_again() {
    let partner = Partner::start().await;
    let document = create(&partner.client, "Lease", &["ana"]).await;
    let token = document_token(&document);
    let remind = async || partner.client.resend_notifications().doc_token(&token).send().await;
    for hours in [5, 10] {
        assert_eq!(remind().await.expect("nobody was reminded before").sent_count, 1);
        let before = partner.sandbox.request_count();
        let error = remind().await.expect_err("it cools down");
        assert!(error.is_cooldown() && !error.is_retryable(), "{error}");
        let Error::Api(failure) = error else { panic!("{error}") };
        assert_eq!(partner.sandbox.request_count() - before, 1, "trying again can't help");
        assert_eq!((failure.status().as_u16(), failure.body().code()), (429, Some("cooldown_period")));
        let message = format!("Aguarde {hours} h para lembrar os signatários outra vez.");
        assert_eq!(failure.body().message(), Some(message.as_str()));
        partner.sandbox.advance(HOUR * hours);
    }
    let cancel = types::CancelDocument::builder().doc_token(token.clone()).rejected_reason("a mistake").build();
    partner.client.cancel_document().body(&cancel).send().await.expect("it is cancelled");
    let Err(Error::Api(failure)) = remind().await else { panic!("it is not in progress") };
    assert_eq!((failure.status().as_u16(), failure.body().code()), (400, Some("document_not_in_progress")));
}

#[tokio::test]
async fn a_link_is_not_sent_twice_within_half_an_hour() {
    let partner = Partner::start().await;
    let document = create(&partner.client, "Lease", &["ana"]).await;
    let signer = signer_token(&document["signers"][0]);
    let body = types::UpdateSigner::builder().send_automatic_email(true).build();
    let send = async || {
        let signer = value(partner.client.update_signer().signer_token(&signer).body(&body).send().await);
        signer["resend_attempts"]["email"].as_i64().expect("a count")
    };
    assert_eq!((send().await, send().await), (0, 0), "the first one is no repetition, the second one is not sent");
    partner.sandbox.advance(HOUR / 2);
    assert_eq!(send().await, 1);
}

#[tokio::test]
async fn an_unknown_token_is_forbidden_and_a_login_that_has_run_out_is_renewed() {
    let partner = Partner::start().await;
    let stranger = connect(&partner.sandbox, |builder| builder.api_token("nobody's"));
    let Err(Error::Api(failure)) = stranger.get_plan().send().await else { panic!("nobody has it") };
    assert_eq!(failure.status().as_u16(), 403);
    assert!(failure.body().message().expect("a reason").starts_with("API token not found."));

    let credentials = partner.sandbox.credentials();
    let organization = OrganizationId::new(credentials.organization_id.as_str()).expect("an id");
    let login = (credentials.owner.as_str(), credentials.owner_password.as_str());
    let client = connect(&partner.sandbox, |builder| builder.login(organization, login.0, login.1));
    client.get_plan().send().await.expect("it logs in");
    partner.sandbox.advance(HOUR);
    client.get_plan().send().await.expect("its token has run out, and is renewed");
    partner.sandbox.advance(HOUR * 24);
    client.get_plan().send().await.expect("nothing can renew it, so it logs in again");
    let operations: Vec<_> = partner.sandbox.requests().into_iter().filter_map(|request| request.operation).collect();
    let (login, refresh, plan) = ("obtain_access_token", "refresh_access_token", "get_plan");
    let expected = [plan, login, plan, plan, refresh, plan, plan, refresh, login, plan];
    assert_eq!(operations, expected);
}

#[tokio::test]
async fn a_token_that_is_not_there_yet_is_none() {
    let partner = Partner::with(&[Behavior::LateSignerTokens]).await;
    let signer = NewSigner::builder().name("ana").build();
    let body = types::CreateDocument::builder()
        .name("Lease")
        .content(types::CreateDocumentContent::MarkdownText("# Contract".into()))
        .signers(vec![signer])
        .build();
    let document = partner.client.create_document().body(&body).send().await.expect("it is created").into_inner();
    let signer = &document.signers.as_ref().expect("one")[0];
    assert_eq!((signer.token(), signer.sign_url()), (None, None));
    partner.sandbox.advance(Duration::from_secs(5));
    let detail = partner.client.get_document().doc_token(&document.token).send().await.expect("a document");
    let types::DocumentDetail::Main(document) = detail.into_inner() else { panic!("it is no attachment") };
    let signer = &document.signers.as_ref().expect("one")[0];
    assert!(signer.token().is_some() && signer.sign_url().is_some_and(|url| url.contains("/verificar/")));
}

#[tokio::test]
async fn an_answer_without_a_document_is_an_error_that_says_so() {
    let partner = Partner::with(&[Behavior::EmptyTemplateDocument]).await;
    let body = types::CreateTemplate::builder()
        .name("Lease")
        .file(types::CreateTemplateFile::DocxUrl("https://files.x.example/lease.docx".into()))
        .build();
    let template = partner.client.create_template().body(&body).send().await.expect("it is created").token.clone();
    let body = types::CreateDocumentFromTemplate::builder().template_id(template).signer_name("Ana").build();
    let error = partner.client.create_document_from_template().body(&body).send().await.expect_err("no document");
    assert!(error.to_string().contains("/token"), "{error}");
    let body: Value = serde_json::from_slice(error.raw_body().expect("the raw answer")).expect("json");
    assert_eq!(body["signers"], json!([]));
    let sent: Value = serde_json::from_slice(&partner.sandbox.requests()[1].body).expect("json");
    assert_eq!(sent["data"], json!([]), "the vendor refuses a call without it");
}

#[tokio::test]
async fn what_a_plan_leaves_out_is_told_as_the_vendor_tells_it() {
    let partner = Partner::with(&[Behavior::NoAuditLog, Behavior::CanceledPlan]).await;
    let document = create(&partner.client, "Lease", &[]).await;
    let log = partner.client.get_audit_log().doc_token(&document_token(&document)).send().await;
    let Err(Error::Api(failure)) = log else { panic!("the plan leaves it out") };
    assert_eq!((failure.status().as_u16(), failure.body().message()), (403, Some("Access denied")));
    let plan = partner.client.get_plan().send().await.expect("a plan");
    assert_eq!(plan.status, types::PlanStatus::Canceled, "and yet a document was created");

    partner.sandbox.set_behaviors([Behavior::NoApiPlan]);
    assert_eq!(status(partner.client.get_plan().send().await), 404);
    assert_eq!(status(partner.client.create_document().body(&with_id("")).send().await), 402);
}

#[tokio::test]
async fn one_cpf_that_can_not_be_refuses_the_document() {
    let partner = Partner::start().await;
    let document = |cpf: &str| {
        let signers =
            vec![NewSigner::builder().name("ana").cpf(cpf).build(), NewSigner::builder().name("bento").build()];
        types::CreateDocument::builder()
            .name("Lease")
            .content(types::CreateDocumentContent::MarkdownText("# Contract".into()))
            .signers(signers)
            .build()
    };
    assert_eq!(status(partner.client.create_document().body(&document("529.982.247-25")).send().await), 200);
    assert_eq!(status(partner.client.create_document().body(&document("529.982.247-26")).send().await), 400);
}

#[tokio::test]
async fn a_refusal_is_followed_by_a_signed_event_in_which_nobody_signed() {
    let partner = Partner::start().await;
    let client = &partner.client;
    let (url, mut came) = receiver().await;
    let webhook = types::CreateWebhook::builder().url(url).type_(types::WebhookType::All).build();
    client.create_webhook().body(&webhook).send().await.expect("it is registered");
    let credentials = partner.sandbox.credentials();
    let signer = NewSigner::builder().name("ana").email(credentials.owner.as_str()).build();
    let body = types::CreateDocument::builder()
        .name("Lease")
        .content(types::CreateDocumentContent::MarkdownText("# Contract".into()))
        .allow_refuse_signature(true)
        .signers(vec![signer])
        .build();
    let document = value(client.create_document().body(&body).send().await);
    let refuse = types::RefuseDocumentAsUser::builder()
        .doc_token(document_token(&document))
        .signer_token(signer_token(&document["signers"][0]))
        .user_token(credentials.user_token.as_str())
        .build();
    client.refuse_document_as_user().body(&refuse).send().await.expect("it is refused");
    assert_eq!(get(client, &document).await["signers"][0]["status"], "rejeitou");
    partner.sandbox.advance(Duration::from_secs(40));
    assert_eq!(partner.sandbox.deliveries().len(), 3, "the last one is due by now");
    let mut told = Vec::new();
    for _ in 0..3 {
        let (_, body) = came.recv().await.expect("a delivery");
        let event = Event::from_slice(body.as_bytes()).expect("an event");
        let body: Value = serde_json::from_str(&body).expect("json");
        told.push((event.name().expect("a name").to_owned(), body["status"].as_str().expect("a status").to_owned()));
    }
    let expected = [("doc_created", "pending"), ("doc_refused", "recusado"), ("doc_signed", "recusado")];
    assert_eq!(told, expected.map(|(event, status)| (event.to_owned(), status.to_owned())));
}

#[tokio::test]
async fn a_deleted_document_is_there_and_pending() {
    let partner = Partner::start().await;
    let document = create(&partner.client, "Lease", &[]).await;
    partner.client.delete_document().doc_token(&document_token(&document)).send().await.expect("it is deleted");
    let deleted = get(&partner.client, &document).await;
    assert_eq!((&deleted["status"], &deleted["deleted"]), (&json!("pending"), &json!(true)));
    assert_eq!(deleted["deleted_at"].as_str().map(str::len), Some("2026-09-30T19:19:33Z".len()));
}

#[tokio::test]
async fn eleven_megabytes_go_out_and_come_back() {
    let partner = Partner::start().await;
    let mut file = b"%PDF-1.4\n".to_vec();
    file.resize(11 * 1024 * 1024, b'x');
    let body = types::CreateDocument::builder()
        .name("Scan")
        .content(types::CreateDocumentContent::Base64Pdf(Base64::from_bytes(file.clone())))
        .build();
    let document = partner.client.create_document().body(&body).send().await.expect("the vendor takes it");
    let address = document.original_file.as_deref().expect("an address");
    let back = reqwest::get(address).await.expect("it is there").bytes().await.expect("a file");
    assert!(back == file, "{} bytes", back.len());
    let content = types::AddExtraDocumentContent::Base64Pdf(Base64::from_bytes(&b"%PDF-1.4\n% 2"[..]));
    let attachment = types::AddExtraDocument::builder().content(content).build();
    let attachment = partner.client.add_extra_document().doc_token(&document.token).body(&attachment).send().await;
    let address = attachment.expect("it is added").into_inner().original_file.expect("an address");
    let back = reqwest::get(address).await.expect("it is there").bytes().await.expect("a file");
    assert_eq!(back, &b"%PDF-1.4\n% 2"[..]);

    let token = partner.sandbox.credentials().api_token.clone();
    let small = connect(&partner.sandbox, |builder| builder.api_token(token).max_file_bytes(10 * 1024 * 1024));
    let error = small.create_document().body(&body).send().await.expect_err("more than the plan that was stated");
    let said = "create_document was not sent: `base64_pdf` is a file of more than 10 MB (10485760 bytes), which this \
                client was told is what the plan allows";
    assert_eq!(error.to_string(), said);
}

/// Returns the number of calls of `list_documents`.
fn lists(partner: &Partner) -> usize {
    let requests = partner.sandbox.requests();
    requests.iter().filter(|request| request.operation.as_deref() == Some("list_documents")).count()
}

/// Awaits a future while the paused clock is moved ahead, as fast as the sockets allow.
async fn fast<T>(partner: &Partner, until: impl Future<Output = T>) -> T {
    let mut until = std::pin::pin!(until);
    loop {
        tokio::select! {
            biased;
            output = &mut until => return output,
            () = real_pause() => {
                tokio::time::advance(Duration::from_millis(500)).await;
                // A client that never stops would keep this loop running.
                assert!(partner.sandbox.request_count() < 1000);
            }
        }
    }
}

pub(crate) async fn real_pause() {
    tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_micros(500))).await.expect("it ends");
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_settled_without_a_second_document() {
    let _hold = hold_clock();
    let partner = Partner::start().await;
    let client = &partner.client;
    for reaches in [true, false] {
        let id = format!("contract-{reaches}");
        let body = with_id(&id);
        // The same query just before, so that the list is in the cache.
        let nothing = fast(&partner, client.find_documents_by_external_id("nobody's", SystemTime::now())).await;
        assert!(nothing.expect("a list").is_empty());
        let stage = if reaches { FaultStage::AfterHandler } else { FaultStage::BeforeHandler };
        partner.sandbox.inject(FaultRule::next(1, Fault::Reset { stage }).for_operation("create_document"));
        let since = SystemTime::now();
        let error = client.create_document().body(&body).send().await.expect_err("the answer is lost");
        assert!(error.may_have_taken_effect() && error.attempts() == 1, "{error}");
        let before = lists(&partner);
        let found = fast(&partner, client.find_documents_by_external_id(&id, since)).await.expect("a list");
        assert_eq!((found.len(), lists(&partner) - before), (usize::from(reaches), 2), "the first list was too old");
        if found.is_empty() {
            client.create_document().body(&body).send().await.expect("nothing was created before");
        }
        let all = fast(&partner, client.find_documents_by_external_id(&id, since)).await.expect("a list");
        assert_eq!(all.len(), 1, "exactly one document in the end");
    }
    let error = client.find_documents_by_external_id("", SystemTime::now()).await.expect_err("most have none");
    assert_eq!(error.to_string(), "list_documents was not sent: `external_id`: an id must not be empty");
}
