//! Resources that are merged into an event's body.

use api_sandbox::{Trigger, TriggerError};
use serde_json::{Value, json};
use zapsign_api::types;

use super::{dialog360, hold_clock, partner, start, subscribe, zapsign};

async fn create_document(client: &zapsign_api::Client, name: &str, signers: &[&str]) -> Value {
    let signers: Vec<_> = signers.iter().map(|name| types::NewSigner::builder().name(*name).build()).collect();
    let body = types::CreateDocument::builder()
        .name(name)
        .content(types::CreateDocumentContent::MarkdownText("# Contract".into()))
        .signers(signers)
        .build();
    let document = client.create_document().body(&body).send().await.expect("it is created").into_inner();
    serde_json::to_value(document).expect("json")
}

#[tokio::test(start_paused = true)]
async fn an_event_is_about_the_document_that_is_named_and_changes_nothing() {
    // The links to files are those of the second.
    let _hold = hold_clock();
    let sandbox = start().await;
    let client = zapsign(&sandbox);
    let document = create_document(&client, "Lease", &["ana", "bento"]).await;
    let (token, bento) = (document["token"].as_str().expect("a token"), document["signers"][1]["token"].clone());
    let id = types::DocumentToken::new(token).expect("an id");
    let state = async || -> Value {
        let document = client.get_document().doc_token(&id).send().await.expect("a document").into_inner();
        serde_json::to_value(document).expect("json")
    };
    let before = state().await;
    subscribe(&client, &sandbox.inbox_url("all"), "doc_viewed", Vec::new()).await;
    let other = types::CreateWebhook::builder().url(sandbox.inbox_url("other")).type_("doc_viewed".into());
    let other = other.doc_token(types::DocumentToken::new("another").expect("an id")).build();
    client.create_webhook().body(&other).send().await.expect("it is registered");

    let viewed = || Trigger::event("doc_viewed");
    assert_eq!(sandbox.trigger(viewed().document(token)), Ok(1), "a webhook for another document hears nothing");
    assert_eq!(sandbox.trigger(viewed().signer(bento.as_str().expect("a token")).set("/status", "signed")), Ok(1));
    for (signer, status) in [("ana", "pending"), ("bento", "signed")] {
        let body: Value = serde_json::from_slice(&sandbox.next_received("all").await.body).expect("json");
        assert_eq!((&body["token"], &body["name"], &body["status"]), (&json!(token), &json!("Lease"), &json!(status)));
        assert_eq!(
            (&body["signer_who_viewed"]["name"], body["signers"].as_array().map(Vec::len)),
            (&json!(signer), Some(2))
        );
    }
    assert_eq!(state().await, before);
    assert!(sandbox.inbox("other").is_empty());

    let offer = create_document(&client, "Offer", &[]).await;
    let offer = offer["token"].as_str().expect("a token");
    let error = sandbox.trigger(viewed().document(offer).signer(bento.as_str().expect("a token")));
    let resource = "signer of this document";
    assert_eq!(error, Err(TriggerError::UnknownResource { resource, id: bento.as_str().expect("a token").to_owned() }));
    assert_eq!(sandbox.trigger(viewed().document(offer)), Ok(1));
    let body: Value = serde_json::from_slice(&sandbox.next_received("all").await.body).expect("json");
    assert_eq!(body.get("signer_who_viewed"), None, "it has no signers");

    let bounce =
        Trigger::event("email_bounce").signer(bento.as_str().expect("a token")).url(sandbox.inbox_url("bounce"));
    assert_eq!(sandbox.trigger(bounce), Ok(1));
    let body: Value = serde_json::from_slice(&sandbox.next_received("bounce").await.body).expect("json");
    assert_eq!((&body["token"], &body["email"], &body["status"]), (&bento, &json!(""), &json!("dropped")));
}

#[tokio::test]
async fn an_event_is_about_the_channel_and_the_client_that_are_named() {
    let sandbox = start().await;
    let (client, id) = (dialog360(&sandbox), partner(&sandbox));
    let body = dialog360_api::types::CreateClient::builder().name("Acme").email("it@acme.example").build();
    client.create_client().partner_id(&id).body(&body).send().await.expect("it is created");
    let found = client.find_client_by_email(&id, "it@acme.example").await.expect("a list");
    let acme = found[0].id.clone().expect("an id");
    let body =
        dialog360_api::types::OnboardNumber::builder().solution_id("1").waba_external_id("2").client_id(acme.as_str());
    client.onboard_number().partner_id(&id).body(&body.build()).send().await.expect("it is taken");
    let page = client.list_channels().partner_id(&id).send().await.expect("a list").into_inner();
    let channel = page.partner_channels.and_then(|channels| channels.into_iter().next()).expect("one");
    let number = channel.setup_info.and_then(|setup| setup.phone_number).expect("a number");
    let channel = channel.id.expect("an id");
    let url = sandbox.inbox_url("all");
    let next = async || -> Value { serde_json::from_slice(&sandbox.next_received("all").await.body).expect("json") };

    let on = |event: &str| Trigger::event(event).channel(channel.as_str()).url(&url);
    assert_eq!(sandbox.trigger(on("channel_permission_granted").set("/data/status", "ready")), Ok(1));
    let data = &next().await["data"];
    assert_eq!((&data["id"], &data["client"]["name"]), (&json!(channel.as_str()), &json!("Acme")));
    assert_eq!((&data["status"], &data["setup_info"]["phone_number"]), (&json!("ready"), &json!(number)));
    assert_eq!(sandbox.trigger(on("account_restriction")), Ok(1));
    assert_eq!(next().await["data"], json!({"phone_number": number, "violation_type": "SPAM"}));
    assert_eq!(sandbox.trigger(on("phone_number_quality_changed")), Ok(1));
    assert_eq!(next().await["data"], json!({"id": channel.as_str()}));
    assert_eq!(sandbox.trigger(Trigger::event("client_created").client(acme.as_str()).url(&url)), Ok(1));
    assert_eq!(next().await["data"]["client"]["contact_info"]["email"], json!("it@acme.example"));
    assert_eq!(sandbox.trigger(Trigger::event("channel_running").client(acme.as_str()).url(&url)), Ok(1));
    assert_eq!(next().await["data"]["client"], json!({"id": acme.as_str(), "name": "Acme"}));
}
