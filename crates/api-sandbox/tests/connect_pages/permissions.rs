//! Permissions, and what becomes of a number.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use dialog360_api::onboarding::ChannelConnection;
use tokio::net::TcpListener;

use super::{Browser, TWO_NUMBERS, hold_clock, ids, seed};

#[tokio::test]
async fn numbers_are_permitted_and_revoked_one_by_one() {
    let browser = Browser::of(seed(TWO_NUMBERS)).await;
    let path = browser.sign_up("/onboarding/sandboxPA?next=login", &[("client", "acmeCL")]).await;
    let page = browser.get(&path).await.page;
    assert_eq!((page.matches("name=\"permit\"").count(), page.matches("name=\"revoke\"").count()), (2, 0));
    let redirect = browser.finish(&path, &[("permit", "oneCH"), ("permit", "twoCH"), ("permit", "otherCH")]).await;
    assert_eq!(ids(&redirect.channels), ["oneCH", "twoCH"], "none of another client");
    assert!(matches!(browser.connect(&redirect).await, ChannelConnection::Connected(_)));

    let redirect = browser.finish(&path, &[("revoke", "oneCH")]).await;
    assert_eq!((ids(&redirect.channels), ids(&redirect.revoked)), (vec![], vec!["oneCH"]));
    let customer = redirect.client.expect("a client");
    let refused = browser.connect_channel(&customer, &redirect.revoked[0]).await;
    assert!(matches!(refused, ChannelConnection::WaitingForPermission { .. }), "{refused:?}");
    let page = browser.get(&path).await.page;
    assert!(page.contains("name=\"permit\" value=\"oneCH\"") && page.contains("name=\"revoke\" value=\"twoCH\""));

    // One is permitted while the other is revoked.
    let redirect = browser.finish(&path, &[("permit", "oneCH"), ("revoke", "twoCH")]).await;
    assert_eq!((ids(&redirect.channels), ids(&redirect.revoked)), (vec!["oneCH"], vec!["twoCH"]));
    assert!(matches!(browser.connect(&redirect).await, ChannelConnection::Connected(_)));

    let all = browser.post(&path, &[("permit", "twoCH"), ("outcome", "revoke")]).await.location;
    assert_eq!(all, "http://localhost:3000/stored?client=acmeCL&channels=[]&revoked=[oneCH]");
    let none = browser.post(&path, &[("outcome", "revoke"), ("omit_empty_channels", "true")]).await.location;
    assert_eq!(none, "http://localhost:3000/stored?client=acmeCL", "nothing is newly revoked");
}

#[tokio::test]
async fn a_number_that_is_not_permitted_gets_no_key() {
    let browser = Browser::start().await;
    let permissions = browser.acme().await;
    let redirect = browser.finish(&permissions, &[]).await;
    assert_eq!((redirect.channels.len(), redirect.revoked.len()), (0, 0));
    let customer = redirect.client.expect("a client");
    let channel = browser.channels().await.remove(0);
    let refused = browser.connect_channel(&customer, &channel).await;
    assert!(matches!(refused, ChannelConnection::WaitingForPermission { .. }), "{refused:?}");
    let redirect = browser.finish(&permissions, &[("permit", channel.as_str())]).await;
    assert!(matches!(browser.connect(&redirect).await, ChannelConnection::Connected(_)));
}

#[tokio::test]
async fn a_slow_number_runs_after_a_day() {
    let browser = Browser::start().await;
    browser.listen().await;
    let permissions = browser.acme().await;
    let redirect = browser.finish(&permissions, &[("permit_new", "true"), ("slow", "true")]).await;
    let waiting = browser.connect(&redirect).await;
    assert!(matches!(waiting, ChannelConnection::WaitingForChannel { .. }), "{waiting:?}");
    assert_eq!(browser.events(), ["client_created", "channel_created", "channel_permission_granted"]);
    browser.sandbox.advance(Duration::from_secs(24 * 60 * 60));
    assert!(matches!(browser.connect(&redirect).await, ChannelConnection::Connected(_)));
    browser.sandbox.delivered().await;
    assert_eq!(browser.events()[3..], ["channel_ready", "channel_running"]);
}

#[tokio::test(start_paused = true)]
async fn events_can_come_after_the_redirect() {
    // The five seconds don't pass before the clock is moved.
    let _hold = hold_clock();
    let browser = Browser::start().await;
    browser.listen().await;
    let permissions = browser.acme().await;
    browser.finish(&permissions, &[("permit_new", "true"), ("events", "after")]).await;
    browser.sandbox.delivered().await;
    assert_eq!(browser.events(), ["client_created"]);
    browser.sandbox.advance(Duration::from_secs(5));
    browser.sandbox.delivered().await;
    assert_eq!(browser.events()[1..], ["channel_created", "channel_running", "channel_permission_granted"]);
}

#[tokio::test]
async fn the_redirect_waits_for_the_events() {
    let browser = Browser::start().await;
    let permissions = browser.acme().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    browser.listen_at(&format!("http://{}/", listener.local_addr().expect("it is bound"))).await;
    let answered = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&answered);
    let slow = async move || {
        tokio::time::sleep(Duration::from_millis(100)).await;
        counter.fetch_add(1, Ordering::SeqCst);
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/", post(slow))).await });
    browser.finish(&permissions, &[("permit_new", "true")]).await;
    assert_eq!(answered.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_partner_can_keep_clients_from_adding_numbers() {
    let closed = TWO_NUMBERS.replace(r#""partner": {"#, r#""partner": {"allow_client_to_add_phone_no": false, "#);
    let browser = Browser::of(seed(&closed)).await;
    let page = browser.get("/dashboard/app/sandboxPA").await.page;
    assert!(!page.contains("name=\"number\""));
    let path = browser
        .sign_up("/dashboard/app/sandboxPA?next=login", &[("client", "acmeCL"), ("number", "49301234567")])
        .await;
    let path = path + "&number=49301234567";
    let redirect = browser.finish(&path, &[("permit", "oneCH"), ("permit_new", "true")]).await;
    assert_eq!((ids(&redirect.channels), browser.channels().await.len()), (vec!["oneCH"], 3));
}
