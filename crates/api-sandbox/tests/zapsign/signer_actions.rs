//! Actions of signers, as on ZapSign's page, and their events.

use std::time::Duration;

use api_sandbox::{Behavior, SignerError};
use serde_json::{Value, json};
use zapsign_api::types::{self, NewSigner};
use zapsign_api::webhooks::Event;

use super::{Partner, create, document_token, get, signer_token, status, value};

const EVENTS: [&str; 6] = [
    "doc_viewed",
    "doc_read_confirmation",
    "signature_notification_sent",
    "created_signer",
    "doc_signed",
    "doc_refused",
];

async fn partner(behaviors: &[Behavior]) -> Partner {
    let partner = Partner::with(behaviors).await;
    for event in EVENTS {
        let webhook = types::CreateWebhook::builder().url(partner.sandbox.inbox_url("all")).type_(event.into());
        partner.client.create_webhook().body(&webhook.build()).send().await.expect("it is registered");
    }
    partner
}

fn of(document: &Value, index: usize) -> &str {
    document["signers"][index]["token"].as_str().expect("a token")
}

/// Returns the next body that the inbox received.
async fn next(partner: &Partner) -> Value {
    let received = partner.sandbox.next_received("all").await;
    let event = Event::from_slice(&received.body).expect("an event");
    assert!(!matches!(event, Event::Unknown(_)), "{:?}", event.name());
    serde_json::from_slice(&received.body).expect("json")
}

fn with_refusal(signers: Vec<NewSigner>) -> types::CreateDocument {
    types::CreateDocument::builder()
        .name("Lease")
        .content(types::CreateDocumentContent::MarkdownText("# Contract".into()))
        .allow_refuse_signature(true)
        .signers(signers)
        .build()
}

#[tokio::test]
async fn a_view_is_counted_once_and_told_three_times() {
    let partner = partner(&[]).await;
    let document = create(&partner.client, "Lease", &["ana"]).await;
    let ana = of(&document, 0);
    let signer = |document: &Value| {
        let signer = &document["signers"][0];
        (signer["status"].clone(), signer["status_code"].clone(), signer["times_viewed"].clone())
    };
    assert_eq!(signer(&document), (json!("new"), json!("not-opened"), json!(0)));
    let opened = partner.sandbox.open(ana).expect("the link is there");
    assert_eq!(signer(&opened), (json!("link-opened"), json!("opened"), json!(1)));
    assert_eq!(partner.sandbox.deliveries().len(), 3);
    for _ in 0..3 {
        let body = next(&partner).await;
        assert_eq!(
            (&body["event_type"], &body["signer_who_viewed"]["times_viewed"]),
            (&json!("doc_viewed"), &json!(1))
        );
    }
    partner.sandbox.advance(Duration::from_secs(60));
    let again = partner.sandbox.open(ana).expect("the link is there");
    let times = |document: &Value| ["first_opened_at", "last_view_at"].map(|at| document["signers"][0][at].clone());
    assert_eq!(times(&opened)[0], times(&again)[0]);
    assert_ne!(times(&opened)[1], times(&again)[1]);
    partner.sandbox.sign(ana).expect("she signs");
    let signed = partner.sandbox.open(ana).expect("a signed document is shown, too");
    assert_eq!(signer(&signed), (json!("signed"), json!("signed"), json!(3)));
    assert_eq!(get(&partner.client, &document).await["signers"][0]["times_viewed"], 3);
}

#[tokio::test]
async fn a_list_tells_who_has_opened_the_link() {
    let partner = Partner::start().await;
    let document = create(&partner.client, "Lease", &["ana"]).await;
    partner.sandbox.open(of(&document, 0)).expect("the link is there");
    let page = partner.client.list_documents().include_signers(true).send().await.expect("a page").into_inner();
    let signer = &page.results[0].signers.as_ref().expect("they were asked for")[0];
    assert_eq!(signer.status(), Some(&types::ListedSignerStatus::Opened));
    assert!(signer.first_opened_at().is_some());
}

#[tokio::test]
async fn a_reading_is_confirmed_before_the_signature() {
    let partner = partner(&[]).await;
    let document = create(&partner.client, "Lease", &["ana"]).await;
    let read = partner.sandbox.confirm_reading(of(&document, 0)).expect("she has not signed");
    assert_eq!(read["signers"][0]["times_viewed"], 1, "nobody reads what is not open");
    let body = next(&partner).await;
    assert_eq!(
        (&body["event_type"], &body["signer_who_read"]["name"]),
        (&json!("doc_read_confirmation"), &json!("ana"))
    );
    let signed = partner.sandbox.sign(of(&document, 0)).expect("she signs");
    assert_eq!(signed["signers"][0]["times_viewed"], 1);
    assert_eq!(next(&partner).await["event_type"], "doc_signed");
    assert_eq!(partner.sandbox.confirm_reading(of(&document, 0)), Err(SignerError::Signed));
}

#[tokio::test]
async fn a_signer_refuses_with_a_reason() {
    let partner = partner(&[]).await;
    let signers = || vec![NewSigner::builder().name("ana").build(), NewSigner::builder().name("bento").build()];
    let document = value(partner.client.create_document().body(&with_refusal(signers())).send().await);
    let refused = partner.sandbox.refuse(of(&document, 0), "the price is wrong").expect("it may be refused");
    assert_eq!((&refused["status"], &refused["rejected_reason"]), (&json!("recusado"), &json!("the price is wrong")));
    assert_eq!([0, 1].map(|index| &refused["signers"][index]["status"]), [&json!("rejeitou"), &json!("new")]);
    assert_eq!(next(&partner).await["event_type"], "doc_refused");
    assert_eq!(partner.sandbox.deliveries().len(), 1, "the file is not made yet");
    partner.sandbox.advance(Duration::from_secs(40));
    let body = next(&partner).await;
    assert_eq!((&body["event_type"], &body["status"]), (&json!("doc_signed"), &json!("recusado")));
    assert_eq!(body.get("signer_who_signed"), None);
}

#[tokio::test]
async fn a_signer_who_can_not_act_is_told_why() {
    let partner = partner(&[Behavior::EnforcedSigningOrder]).await;
    let signers = vec![
        NewSigner::builder().name("ana").order_group(1).build(),
        NewSigner::builder().name("bento").order_group(2).build(),
    ];
    let mut body = with_refusal(signers);
    body.signature_order_active = Some(true);
    let ordered = value(partner.client.create_document().body(&body).send().await);
    let plain = create(&partner.client, "Offer", &["ana"]).await;
    let deleted = create(&partner.client, "Draft", &["ana"]).await;
    partner.client.delete_document().doc_token(&document_token(&deleted)).send().await.expect("it is deleted");
    let cancelled = create(&partner.client, "Mistake", &["ana"]).await;
    let cancel = types::CancelDocument::builder().doc_token(document_token(&cancelled)).rejected_reason("a mistake");
    partner.client.cancel_document().body(&cancel.build()).send().await.expect("it is cancelled");
    assert_eq!(next(&partner).await["event_type"], "doc_signed");

    let sandbox = &partner.sandbox;
    let all = |token: &str| {
        [
            sandbox.open(token).err(),
            sandbox.confirm_reading(token).err(),
            sandbox.sign(token).err(),
            sandbox.refuse(token, "the price is wrong").err(),
        ]
    };
    for (token, reason, error) in [
        (
            "nobody's",
            "no signer has this token: `signers` of a document have theirs in `token`",
            SignerError::UnknownToken,
        ),
        (
            of(&ordered, 1),
            "signers who come first have not signed: let them sign, or switch `enforced-signing-order` off",
            SignerError::NotYourTurn,
        ),
        (of(&deleted, 0), "the document is deleted", SignerError::Deleted),
        (of(&cancelled, 0), "the document was refused or cancelled", SignerError::Refused),
    ] {
        assert_eq!(all(token), [Some(error); 4]);
        for (action, body) in [("open", ""), ("read", ""), ("sign", ""), ("refuse", r#"{"reason": "x"}"#)] {
            let url = format!("{}/sandbox/signers/{token}/{action}", sandbox.url());
            let answer = reqwest::Client::new().post(url).body(body).send().await.expect("an answer");
            let status = if error == SignerError::UnknownToken { 404 } else { 400 };
            assert_eq!(answer.status().as_u16(), status, "{action}");
            let answer: Value = serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("json");
            assert_eq!(answer, json!({"error": reason}));
        }
    }
    assert_eq!(sandbox.refuse(of(&plain, 0), "x"), Err(SignerError::RefusalNotAllowed));
    let read = get(&partner.client, &plain).await;
    for field in ["status", "rejected_reason", "last_update_at", "signers"] {
        assert_eq!(read[field], plain[field], "a refusal that is not allowed leaves nothing");
    }
    sandbox.sign(of(&ordered, 0)).expect("she comes first");
    assert_eq!(
        all(of(&ordered, 0)),
        [None, Some(SignerError::Signed), Some(SignerError::Signed), Some(SignerError::Signed)]
    );

    let url = format!("{}/sandbox/signers/{}/refuse", sandbox.url(), of(&plain, 0));
    let answer = reqwest::Client::new().post(url).body("{}").send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 400);
}

#[tokio::test]
async fn each_link_that_is_sent_is_told() {
    let partner = partner(&[]).await;
    let both = NewSigner::builder().name("ana").email("ana@x.example").phone_country("55").phone_number("11900000000");
    let both = both.send_automatic_email(true).send_automatic_whatsapp(true).build();
    let silent = NewSigner::builder().name("bento").email("bento@x.example").build();
    let document = value(partner.client.create_document().body(&with_refusal(vec![both, silent])).send().await);
    let told = async || {
        let body = next(&partner).await;
        let signer = &body["created_signer"];
        assert_eq!(signer["notification_type"], json!("request"), "{}", body["event_type"]);
        assert!(signer["sent_at"].is_string());
        let texts = [&body["event_type"], &signer["name"], &signer["notification_channel"]];
        texts.map(|text| text.as_str().expect("a text").to_owned())
    };
    let sent = "signature_notification_sent";
    assert_eq!(told().await, [sent, "ana", "email"]);
    assert_eq!(told().await, [sent, "ana", "whatsapp"]);

    let send = types::UpdateSigner::builder().send_automatic_email(true).build();
    let update = async |index: usize| {
        let token = signer_token(&document["signers"][index]);
        value(partner.client.update_signer().signer_token(&token).body(&send).send().await)
    };
    assert_eq!(update(0).await["resend_attempts"]["email"], 0, "it was sent a moment ago");
    update(1).await;
    assert_eq!(told().await, [sent, "bento", "email"], "nothing was sent to ana");
    partner.sandbox.advance(Duration::from_secs(30 * 60));
    assert_eq!(update(0).await["resend_attempts"]["email"], 1);
    assert_eq!(told().await, [sent, "ana", "email"]);

    let carla = types::AddSigner::builder().name("carla").email("carla@x.example").send_automatic_email(true).build();
    let added = partner.client.add_signer().doc_token(&document_token(&document)).body(&carla).send().await;
    added.expect("she is added");
    assert_eq!(told().await, ["created_signer", "carla", "email"]);
    assert_eq!(told().await, [sent, "carla", "email"]);
    assert_eq!(partner.sandbox.deliveries().len(), 6);
}

#[tokio::test]
async fn a_user_can_refuse_neither_after_the_signature_nor_after_the_deadline() {
    let partner = Partner::start().await;
    let (sandbox, client) = (&partner.sandbox, &partner.client);
    let credentials = sandbox.credentials();
    let document = async || {
        let owner = NewSigner::builder().name("ana").email(credentials.owner.as_str()).build();
        let mut body = with_refusal(vec![owner, NewSigner::builder().name("bento").build()]);
        body.date_limit_to_sign = Some("2100-01-05".into());
        value(client.create_document().body(&body).send().await)
    };
    let refuse = async |document: &Value| {
        let body = types::RefuseDocumentAsUser::builder()
            .doc_token(document_token(document))
            .signer_token(signer_token(&document["signers"][0]))
            .user_token(credentials.user_token.as_str())
            .build();
        status(client.refuse_document_as_user().body(&body).send().await)
    };
    let (signed, late) = (document().await, document().await);
    sandbox.sign(of(&signed, 0)).expect("she signs");
    assert_eq!(refuse(&signed).await, 400);
    assert_eq!(get(client, &signed).await["signers"][0]["status"], "signed");
    assert_eq!(get(client, &signed).await["status"], "pending");
    let after: jiff::Timestamp = "2100-01-06T00:00:00Z".parse().expect("a time");
    sandbox.set_clock(after.into()).expect("it is ahead");
    assert_eq!(refuse(&late).await, 400);
    assert_eq!(get(client, &late).await["signers"][0]["status"], "new");
}
