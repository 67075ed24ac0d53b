//! Lists as streams: each page is requested once, and only when its items are needed.
#![allow(missing_docs)]

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use dialog360_api::types::{Channel, ChannelFilter, PartnerId};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use zapsign_api::types::{CheckId, CheckLanguage, DocumentStatusFilter, DocumentSummary};
use zapsign_api::{ApiError, Client, DecodeErrorKind, Error, Items};

/// Starts a server that responds by path and query and records them.
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
        let page = page(asked);
        let next = (page != 3).then_some("http://other.example/?page=9&api_token=x");
        (200, json!({"count": 5, "next": next, "previous": null, "results": [document(2 * page), document(2 * page + 1)]}))
    })
    .await;
    let signed = DocumentStatusFilter::Signed;
    let mut stream = client.list_documents().status(&signed).include_signers(true).items();
    assert!(asked(&seen).is_empty(), "nothing is asked for before it is needed");
    stream.next().await.expect("a document").expect("it succeeds");
    stream.next().await.expect("a document").expect("it succeeds");
    assert_eq!(asked(&seen), ["/api/v1/docs/?page=1&status=signed&include_signers=true"]);
    assert_eq!(stream.by_ref().count().await, 4);
    assert_eq!(asked(&seen).len(), 2);
    assert!(stream.next().await.is_none());
    assert!(asked(&seen).is_empty());
}

/// A function that returns a list: it borrows neither the client nor a value that was made for the call.
fn signed(client: &Client, folder: &str) -> Items<DocumentSummary, ApiError> {
    client.list_documents().status(&DocumentStatusFilter::Signed).folder_path(&folder.to_owned()).items()
}

#[tokio::test]
async fn a_list_is_made_in_place_begins_at_its_page_and_is_collected() {
    let (client, seen) = serve(|asked| {
        let page = page(asked);
        (200, json!({"count": 6, "next": (page != 3).then_some("next"), "previous": null, "results": [document(page)]}))
    })
    .await;
    let from_second = client.list_documents().status(&DocumentStatusFilter::from("running")).page(2).items();
    let tokens: Vec<String> = from_second
        .try_collect()
        .await
        .expect("it succeeds")
        .into_iter()
        .map(|document| document.token.to_string())
        .collect();
    assert_eq!(tokens, ["t2", "t3"]);
    assert_eq!(asked(&seen), ["/api/v1/docs/?page=2&status=running", "/api/v1/docs/?page=3&status=running"]);

    let mut list = signed(&client, "/leases");
    drop(client);
    let mut tokens = 0;
    while list.try_next().await.expect("it succeeds").is_some() {
        tokens += 1;
    }
    assert_eq!(tokens, 3);
}

/// A filter that is built in place, in a list that outlives the expression.
#[test]
fn a_filter_may_be_built_in_place() {
    fn running(
        client: &dialog360_api::Client,
        partner: &PartnerId,
    ) -> dialog360_api::Items<Channel, dialog360_api::ApiError> {
        client.list_channels().partner_id(partner).filters(&ChannelFilter::new().status("running")).items()
    }
    let client = dialog360_api::Client::builder().api_key("key").build().expect("it builds");
    let partner = PartnerId::new("exmplePA").expect("an id");
    let list = client.list_channels().partner_id(&partner).filters(&ChannelFilter::new().status("running")).items();
    drop((list, running(&client, &partner)));
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
    assert_eq!(client.list_templates().items().try_collect().await.expect("it succeeds").len(), 1);
    assert_eq!(client.list_users().items().try_collect().await.expect("it succeeds").len(), 1);
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
        client.get_check_details().check_id(&check).lang(&english).items().try_collect().await.expect("it succeeds");
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
    let items: Vec<_> = client.list_documents().items().collect().await;
    assert_eq!(items.len(), 2);
    assert_eq!(items[1].as_ref().expect_err("the second page").status().map(|status| status.as_u16()), Some(403));
    assert_eq!(asked(&seen).len(), 2);
}

#[tokio::test]
async fn a_list_that_the_server_does_not_end_ends_with_an_error() {
    let (client, seen) = serve(|_| {
        let results = [row(1, 9, "mine"), row(2, 8, "other")];
        (200, json!({"count": 9, "next": "http://other.example/?page=2", "previous": null, "results": results}))
    })
    .await;
    let items: Vec<_> = client.list_documents().items().take(9).collect().await;
    assert!(matches!(items[..], [Ok(_), Ok(_), Err(_)]), "what came is handed out before the error");
    assert_eq!(asked(&seen).len(), 2);
    let found = client.find_documents_by_external_id("mine", noon(5)).await;
    for error in [items.into_iter().find_map(Result::err), found.err()] {
        let error = error.expect("the second page is the first one again");
        assert!(error.to_string().contains("the page of the list has come before"), "{error}");
        assert!(error.raw_body().is_some_and(|body| !body.is_empty()), "the body is kept");
        let Error::Decode(failure) = error else { panic!("{error}") };
        assert_eq!(failure.kind(), &DecodeErrorKind::RepeatedPage);
    }
    assert_eq!(asked(&seen).len(), 2);

    // Page URLs that form a cycle.
    let (client, seen) = serve(|asked| {
        let key = if asked.contains("start_key=a") { "b" } else { "a" };
        (200, json!({"details": [], "self": "/x", "next": format!("/x?start_key={key}")}))
    })
    .await;
    let check = CheckId::new("CHK1").expect("an id");
    let items: Vec<_> = client.get_check_details().check_id(&check).items().take(9).collect().await;
    assert!(matches!(items[..], [Err(_)]));
    assert_eq!(asked(&seen).len(), 3);
}

/// Returns the page number in a query.
fn page(asked: &str) -> usize {
    asked.split("page=").nth(1).and_then(|page| page.split('&').next()?.parse().ok()).expect("a page")
}

fn row(number: usize, day: u32, external_id: impl Into<Value>) -> Value {
    let created_at = format!("2026-03-{day:02}T10:00:00Z");
    json!({"token": format!("t{number}"), "name": "n", "status": "pending", "created_at": created_at, "external_id": external_id.into()})
}

/// Starts a server with three pages of rows, and the documents of those rows.
async fn three_pages(pages: [Vec<Value>; 3]) -> (Client, Arc<Mutex<Vec<String>>>) {
    serve(move |asked| match asked.strip_prefix("/api/v1/docs/?") {
        Some(_) => {
            let number = page(asked);
            let next = (number < 3).then_some("http://other.example/?page=9");
            (200, json!({"count": 6, "next": next, "previous": null, "results": pages[number - 1]}))
        }
        None if asked.contains("attached") => {
            (200, json!({"token": "attached", "name": "n", "parent_doc_token": "t1", "external_id": "mine"}))
        }
        None => (200, json!({"token": "t5", "name": "n", "status": "pending", "external_id": "mine"})),
    })
    .await
}

/// Returns noon of a day in March 2026.
fn noon(day: u32) -> std::time::SystemTime {
    zapsign_api::Timestamp::from(format!("2026-03-{day:02}T12:00:00Z")).to_system_time().expect("a time")
}

async fn found(client: &Client, since: std::time::SystemTime) -> Vec<String> {
    let found = client.find_documents_by_external_id("mine", since).await.expect("a list");
    found.into_iter().map(|document| document.token.as_str().to_owned()).collect()
}

#[tokio::test]
async fn documents_of_an_external_id_are_looked_for_until_the_rows_are_too_old() {
    // The last row of a page is repeated on the next one, since the list has moved on.
    let newest_first = [
        vec![row(6, 9, "other"), row(5, 8, "mine")],
        vec![row(5, 8, "mine"), row(4, 7, "mine"), row(3, 4, "mine")],
        vec![row(2, 2, "mine")],
    ];
    let (client, seen) = three_pages(newest_first).await;
    assert_eq!(found(&client, noon(5)).await, ["t5", "t4"]);
    let query = "sort_order=desc";
    let pages: Vec<String> = asked(&seen);
    assert!(pages.iter().all(|asked| asked.contains(query) && asked.contains("created_from=2026-03-04")), "{pages:?}");
    assert_eq!(pages.iter().map(|asked| page(asked)).collect::<Vec<_>>(), [1, 2], "the third page is too old");

    // A vendor that does not sort: every page counts.
    let unordered = [
        vec![row(1, 1, "mine"), row(4, 7, "other"), row(2, 2, "mine")],
        vec![row(3, 3, "mine")],
        vec![row(6, 9, "mine")],
    ];
    let (client, seen) = three_pages(unordered).await;
    assert_eq!(found(&client, noon(5)).await, ["t6"]);
    assert_eq!(asked(&seen).len(), 3);
}

#[tokio::test]
async fn a_row_without_an_external_id_is_looked_up() {
    let mut attached = row(0, 9, Value::Null);
    attached["token"] = "attached".into();
    let (client, seen) =
        three_pages([vec![attached, row(5, 8, Value::Null), row(4, 7, "other")], vec![], vec![]]).await;
    assert_eq!(found(&client, noon(5)).await, ["t5"], "an attachment has no id of its own");
    let asked = asked(&seen);
    assert_eq!(asked.iter().filter(|asked| !asked.contains('?')).count(), 2, "{asked:?}");
}
