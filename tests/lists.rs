//! Lists as streams: each page is asked for once, and only when it is needed.
#![allow(missing_docs)]

use std::pin::pin;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use conformance::recorder::{Recorder, Reply};
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use zapsign_api::Client;
use zapsign_api::types::{CheckId, CheckLanguage, DocumentStatusFilter, DocumentToken};

/// Answers by the path and query of the request, and writes them down.
async fn serve(answer: impl Fn(&str) -> (u16, Value) + Send + Sync + 'static) -> (Client, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (log, answer) = (Arc::clone(&seen), Arc::new(answer));
    let app = Router::new().fallback(move |request: Request| {
        let asked = request.uri().to_string();
        let (status, body) = answer(&asked);
        log.lock().expect("nobody panicked").push(asked);
        async move { Response::builder().status(status).body(Body::from(body.to_string())).expect("a response") }
    });
    tokio::spawn(async move { axum::serve(listener, app).await });
    (Client::builder().api_token("token").base_url(url).build().expect("it builds"), seen)
}

fn asked(seen: &Arc<Mutex<Vec<String>>>) -> Vec<String> {
    std::mem::take(&mut seen.lock().expect("nobody panicked"))
}

fn document(number: usize) -> Value {
    json!({"token": format!("t{number}"), "name": "n", "status": "pending"})
}

#[tokio::test]
async fn documents_are_asked_for_page_by_page() {
    let (client, seen) = serve(|asked| {
        let page = asked.split("page=").nth(1).and_then(|page| page.split('&').next()).expect("a page").to_owned();
        let next = (page != "3").then_some("http://other.example/?page=9&api_token=x");
        (200, json!({"count": 5, "next": next, "previous": null, "results": [document(1), document(2)]}))
    })
    .await;
    let signed = DocumentStatusFilter::Signed;
    let mut stream = pin!(client.all_documents(|call| call.status(&signed).include_signers(true)));
    assert!(asked(&seen).is_empty(), "nothing is asked for before it is needed");
    stream.next().await.expect("a document").expect("it succeeds");
    stream.next().await.expect("a document").expect("it succeeds");
    assert_eq!(asked(&seen), ["/api/v1/docs/?page=1&status=signed&include_signers=true"]);
    assert_eq!(stream.by_ref().count().await, 4);
    assert_eq!(asked(&seen).len(), 2);
    assert!(stream.next().await.is_none());
    assert!(asked(&seen).is_empty());
}

#[tokio::test]
async fn templates_and_users_end_with_their_last_page() {
    let (client, seen) = serve(|asked| {
        let result = if asked.contains("templates") {
            json!({"token": "t", "name": "n", "template_type": "docx"})
        } else {
            json!({"email": "ana@aurora.example"})
        };
        (200, json!({"count": 1, "next": null, "previous": null, "results": [result]}))
    })
    .await;
    assert_eq!(client.all_templates(|call| call).try_collect::<Vec<_>>().await.expect("it succeeds").len(), 1);
    assert_eq!(client.all_users(|call| call).try_collect::<Vec<_>>().await.expect("it succeeds").len(), 1);
    assert_eq!(asked(&seen), ["/api/v1/templates/?page=1", "/api/v1/users/?page=1"]);
}

#[tokio::test]
async fn findings_follow_the_key_in_the_next_address() {
    let finding = json!({"id": "DTL1", "check_id": "CHK1", "data_set": "personal_identity", "result": "found"});
    let (client, seen) = serve(move |asked| {
        let next = match asked {
            "/api/v1/checks/CHK1/details/?lang=en" => "/api/v1/checks/CHK1/details/?start_key=a%2Bb",
            "/api/v1/checks/CHK1/details/?lang=en&start_key=a%2Bb" => "/api/v1/checks/CHK1/details/?start_key=c",
            _ => "",
        };
        (200, json!({"details": [finding], "self": "/x", "next": next}))
    })
    .await;
    let check = CheckId::new("CHK1").expect("an id");
    let english = CheckLanguage::from("en");
    let findings: Vec<_> =
        client.all_check_details(&check, |call| call.lang(&english)).try_collect().await.expect("it succeeds");
    assert_eq!(findings.len(), 3);
    assert_eq!(
        asked(&seen),
        [
            "/api/v1/checks/CHK1/details/?lang=en",
            "/api/v1/checks/CHK1/details/?lang=en&start_key=a%2Bb",
            "/api/v1/checks/CHK1/details/?lang=en&start_key=c",
        ]
    );
}

#[tokio::test]
async fn an_error_ends_the_list_after_it_was_handed_out() {
    let (client, seen) = serve(|asked| {
        if asked.contains("page=2") {
            (403, json!({"detail": "no"}))
        } else {
            (200, json!({"count": 9, "next": "x", "previous": null, "results": [document(1)]}))
        }
    })
    .await;
    let items: Vec<_> = client.all_documents(|call| call).collect().await;
    assert_eq!(items.len(), 2);
    assert_eq!(items[1].as_ref().expect_err("the second page").status().map(|status| status.as_u16()), Some(403));
    assert_eq!(asked(&seen).len(), 2);
}

#[tokio::test]
async fn the_audit_log_comes_as_a_file_too() {
    let recorder = Recorder::start(Reply::new(200, "application/pdf", &b"%PDF-1.4 \xff"[..])).await;
    let client = Client::builder().api_token("token").base_url(recorder.url()).build().expect("it builds");
    let document = DocumentToken::new("d1").expect("an id");
    let file = client.download_audit_log(&document).await.expect("it succeeds");
    assert_eq!(file.as_bytes().as_ref(), b"%PDF-1.4 \xff");
    assert_eq!(recorder.take()[0].uri, "/api/v1/docs/signer-log/d1?download_pdf=true");
}
