//! Tasks of a 360dialog partner beyond single calls: finding a client, reading lists, logging in, taking over a key.
#![allow(missing_docs)]

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use conformance::recorder::{Recorder, Reply};
use dialog360_api::types::{ChannelId, FlowList, PartnerId, WabaAccountId};
use dialog360_api::{Client, DecodeErrorKind, Error, MessagingCredentials};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;

type Asked = Arc<Mutex<Vec<String>>>;

/// Starts a server that responds by path, query and body, and records path and query.
async fn serve(answer: impl Fn(&str, &str, &Value) -> (u16, Value) + Send + Sync + 'static) -> (String, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = Asked::default();
    let (log, answer) = (Arc::clone(&asked), Arc::new(answer));
    let app = Router::new().fallback(move |request: Request| {
        let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
        async move {
            let uri = request.uri().clone();
            let token = request.headers().get("authorization").map(|value| value.to_str().expect("text").to_owned());
            let body = to_bytes(request.into_body(), usize::MAX).await.expect("a body");
            let body = serde_json::from_slice(&body).unwrap_or_default();
            log.lock().expect("nobody panicked").push(uri.to_string());
            let (status, answer) = answer(&uri.to_string(), token.as_deref().unwrap_or_default(), &body);
            Response::builder().status(status).body(Body::from(answer.to_string())).expect("a response")
        }
    });
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, asked)
}

fn client(url: &str) -> Client {
    Client::builder().api_key("key").base_url(url).rate_limiting(false).build().expect("it builds")
}

fn partner() -> PartnerId {
    PartnerId::new("exmplePA").expect("an id")
}

#[tokio::test]
async fn lists_follow_the_offset_to_their_total() {
    let (url, asked) = serve(|uri, _, _| {
        let offset: u64 =
            uri.split("offset=").nth(1).and_then(|rest| rest.split('&').next()?.parse().ok()).expect("an offset");
        let channels: Vec<Value> = (offset..5).take(2).map(|number| json!({"id": format!("c{number}CH")})).collect();
        (200, json!({"count": channels.len(), "total": 5, "offset": offset, "limit": 2, "partner_channels": channels}))
    })
    .await;
    let (client, partner) = (client(&url), partner());
    let channels: Vec<_> =
        client.list_channels().partner_id(&partner).limit(2).items().try_collect().await.expect("it succeeds");
    let ids: Vec<_> = channels.iter().map(|channel| channel.id.as_ref().expect("an id").as_str()).collect();
    assert_eq!(ids, ["c0CH", "c1CH", "c2CH", "c3CH", "c4CH"]);
    assert_eq!(asked.lock().expect("nobody panicked").len(), 3);
}

#[tokio::test]
async fn a_client_is_found_by_its_e_mail_and_no_other_is() {
    let (url, _) = serve(|uri, _, _| {
        // The server applies the first filter and ignores the second, as a real one might.
        let mine = json!({"id": "aaCL", "contact_user": {"email": "IT@acme.example"}});
        let again = json!({"id": "bbCL", "contact_info": {"email": "it@acme.example"}});
        let other = json!({"id": "ccCL", "contact_info": {"email": "it@other.example"}});
        let clients = if uri.contains("contact_user.email") { json!([mine]) } else { json!([mine, again, other]) };
        (200, json!({"total": clients.as_array().map(Vec::len), "clients": clients}))
    })
    .await;
    let found = client(&url).find_client_by_email(&partner(), "it@acme.example").await.expect("it succeeds");
    let ids: Vec<_> = found.iter().map(|client| client.id.as_ref().expect("an id").as_str()).collect();
    assert_eq!(ids, ["aaCL", "bbCL"], "one that was created twice is seen twice");
}

#[tokio::test]
async fn clients_of_a_server_that_ignores_the_offset_end_with_an_error() {
    for total in [Value::Null, json!(-1), json!(1_000_000)] {
        let answer = json!({"total": total, "clients": [{"id": "aaCL", "contact_user": {"email": "it@acme.example"}}]});
        let (url, asked) = serve(move |_, _, _| (200, answer.clone())).await;
        let (client, partner) = (client(&url), partner());
        let items: Vec<_> = client.list_clients().partner_id(&partner).items().take(9).collect().await;
        assert!(matches!(items[..], [Ok(_), Err(Error::Decode(_))]), "{total}");
        let error = client.find_client_by_email(&partner, "it@acme.example").await.expect_err("it does not end");
        let Error::Decode(failure) = error else { panic!("{error}") };
        assert_eq!(failure.kind(), &DecodeErrorKind::RepeatedPage, "{total}");
        assert_eq!(asked.lock().expect("nobody panicked").len(), 4, "{total}");
    }
}

#[tokio::test]
async fn a_login_gets_a_token_and_its_refusal_is_read_in_the_form_of_oauth() {
    let (url, asked) = serve(|uri, token, body| match (uri, token) {
        ("/api/v2/token", "") if body["password"] == "right" => {
            (200, json!({"access_token": "t1", "token_type": "bearer", "expires_in": 86400}))
        }
        ("/api/v2/token", "") => (400, json!({"error": "invalid_grant", "error_description": "Wrong password."})),
        (_, "Bearer t1") => (200, json!({"webhook_url": "https://crm.example/d360"})),
        _ => (401, json!({})),
    })
    .await;
    let login = |password: &str| {
        Client::builder().login("ana@partner.example", password).base_url(&url).build().expect("it builds")
    };
    let client = login("right");
    for _ in 0..2 {
        let answer = client.get_webhook_url().partner_id(&partner()).send().await.expect("it succeeds");
        assert_eq!(answer.webhook_url.as_deref(), Some("https://crm.example/d360"));
    }
    assert_eq!(asked.lock().expect("nobody panicked").iter().filter(|uri| *uri == "/api/v2/token").count(), 1);

    let error = login("wrong").get_webhook_url().partner_id(&partner()).send().await.expect_err("nobody gets in");
    assert_eq!(error.operation(), "create_token");
    let Error::Api(refusal) = error else { panic!("{error}") };
    assert_eq!(refusal.body().message(), Some("Wrong password."));
}

#[tokio::test]
async fn a_refused_token_is_replaced_whatever_the_body_of_the_refusal_and_an_empty_one_is_none() {
    let (url, asked) = serve(|uri, token, body| match (uri, token) {
        ("/api/v2/token", _) if body["password"] == "empty" => (200, json!({"access_token": ""})),
        ("/api/v2/token", _) => (200, json!({"access_token": "t1"})),
        _ => (401, json!("no")),
    })
    .await;
    let logins = || asked.lock().expect("nobody panicked").iter().filter(|uri| *uri == "/api/v2/token").count();
    let client = |password: &str| {
        Client::builder().login("ana@partner.example", password).base_url(&url).build().expect("it builds")
    };
    let error = client("right").get_webhook_url().partner_id(&partner()).send().await.expect_err("it is refused");
    assert_eq!((error.attempts(), logins()), (2, 2));
    let error = client("empty").get_webhook_url().partner_id(&partner()).send().await.expect_err("there is no token");
    assert_eq!((error.operation(), error.attempts(), logins()), ("create_token", 1, 3));
    assert_eq!(error.raw_body().map(|body| body.as_ref()), Some(&br#"{"access_token":""}"#[..]));
}

#[tokio::test]
async fn whatever_lifetime_a_token_has_it_is_not_a_login_for_each_call() {
    let odd = [
        json!(0),
        json!("0"),
        json!(0.001),
        json!(1),
        json!(-1),
        json!("3600"),
        json!(3600.0),
        json!("soon"),
        json!({}),
    ];
    // Longer than a clock can hold.
    let huge = [json!(i64::MAX), json!(u64::MAX), json!(18_446_744_073_709_551_616.0), json!(1e300)];
    for lifetime in odd.into_iter().chain(huge) {
        let given = lifetime.clone();
        let (url, asked) = serve(move |uri, _, _| match uri {
            "/api/v2/token" => (200, json!({"access_token": "t1", "expires_in": given})),
            _ => (200, json!({})),
        })
        .await;
        let client = Client::builder().login("ana@partner.example", "right").base_url(&url).build().expect("it builds");
        for _ in 0..5 {
            client.get_webhook_url().partner_id(&partner()).send().await.expect("it succeeds");
        }
        let logins = asked.lock().expect("nobody panicked").iter().filter(|uri| *uri == "/api/v2/token").count();
        assert_eq!(logins, 1, "{lifetime}");
    }
}

#[tokio::test]
async fn a_key_is_read_in_every_form_and_with_either_status() {
    let channel = ChannelId::new("exmpleCH").expect("an id");
    for (status, body) in [
        (200, json!({"id": "1", "address": "https://waba.example", "api_key": "the-key", "app_id": "2"})),
        (201, json!({"address": "https://waba.example", "key": "the-key"})),
        (200, json!({"api_keys": [{"address": "https://waba.example", "api_key": "the-key"}]})),
    ] {
        let recorder = Recorder::start(Reply::new(status, "application/json", body.to_string())).await;
        let client = client(recorder.url());
        let created = client.create_channel_api_key().partner_id(&partner()).channel_id(&channel).send().await;
        let credentials = MessagingCredentials::from_response(&created.expect("it succeeds")).expect("a key");
        assert_eq!(credentials.address.as_deref(), Some("https://waba.example"), "{body}");
        assert_eq!(credentials.key.expose(), "the-key", "{body}");
    }
}

/// The call has revoked the keys before, so an answer in a new form must not lose the new one.
#[tokio::test]
async fn a_key_in_a_new_place_is_kept_in_the_error_and_not_printed() {
    let channel = ChannelId::new("exmpleCH").expect("an id");
    for body in [
        json!({"api_keys": [{"id": "1", "secret_key": "the-key"}]}),
        json!({"api_keys": [], "new": "the-key"}),
        json!({"api_keys": [{"api_key": ""}], "new": "the-key"}),
        json!({"api_key": "", "new": "the-key"}),
        json!({"key": "", "new": "the-key"}),
    ] {
        let recorder = Recorder::start(Reply::new(201, "application/json", body.to_string())).await;
        let client = client(recorder.url());
        let created = client.create_channel_api_key().partner_id(&partner()).channel_id(&channel).send().await;
        let error = MessagingCredentials::from_response(&created.expect("it succeeds")).expect_err("no known form");
        assert_eq!(error.raw_body(), body.to_string().as_bytes());
        assert!(!format!("{error} {error:?}").contains("the-key"), "{body}");
    }
}

#[tokio::test]
async fn flows_are_read_as_an_object_and_as_a_bare_list() {
    let account = WabaAccountId::new("exmpleWA").expect("an id");
    for body in [json!({"flows": [{"id": "1"}], "count": 1, "total": 1}), json!([{"id": "1"}])] {
        let recorder = Recorder::start(Reply::new(200, "application/json", body.to_string())).await;
        let client = client(recorder.url());
        let list =
            client.list_flows().partner_id(&partner()).waba_account_id(&account).send().await.expect("it succeeds");
        let flows = match list.into_inner() {
            FlowList::Page(page) => page.flows,
            FlowList::Bare(flows) => flows,
            other => panic!("{other:?}"),
        };
        assert_eq!(flows.len(), 1, "{body}");
    }
}
