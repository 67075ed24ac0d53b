//! Setters: the forms in which a value is taken.
#![allow(missing_docs)]

use conformance::recorder::{Recorder, Reply};
use serde_json::{Value, json};
use zapsign_api::Client;
use zapsign_api::types::{CancelDocument, CreateWebhook, DocumentToken, WebhookType};

async fn set_up() -> (Recorder, Client) {
    let page = json!({"count": 0, "next": null, "previous": null, "results": []});
    let recorder = Recorder::start(Reply::new(200, "application/json", page.to_string())).await;
    let client = Client::builder().api_token("token").base_url(recorder.url()).build().expect("it builds");
    (recorder, client)
}

#[tokio::test]
async fn an_optional_text_is_taken_in_every_form() {
    let (recorder, client) = set_up().await;
    let owned = "/leases".to_owned();
    let given: Option<String> = Some(owned.clone());
    for call in [
        client.list_documents().folder_path("/leases"),
        client.list_documents().folder_path(&owned),
        client.list_documents().folder_path(&given),
        client.list_documents().folder_path(given.as_deref()),
        client.list_documents().folder_path(Some("/leases")),
    ] {
        call.send().await.expect("it succeeds");
    }
    assert!(recorder.take().iter().all(|received| received.uri.query() == Some("folder_path=%2Fleases")));
    client.list_documents().folder_path(None).send().await.expect("it succeeds");
    client.list_documents().folder_path(&None).send().await.expect("it succeeds");
    assert!(recorder.take().iter().all(|received| received.uri.query().is_none()));
}

#[test]
fn a_body_takes_an_id_by_value_and_by_reference() {
    let token = DocumentToken::new("d1").expect("an id");
    let sent = |body: &CancelDocument| serde_json::to_value(body).expect("it encodes");
    let by_reference = CancelDocument::builder().doc_token(&token).rejected_reason("Mistake").build();
    let hook = CreateWebhook::builder().url("https://crm.example").type_(WebhookType::DocumentSigned).doc_token(&token);
    assert_eq!(serde_json::to_value(hook.build()).expect("it encodes")["doc_token"], Value::from("d1"));
    let by_value = CancelDocument::builder().doc_token(token).rejected_reason(String::from("Mistake")).build();
    assert_eq!(sent(&by_reference), sent(&by_value));
}
