//! Redirects: no request follows one, unless the caller gave an HTTP client that does. The call then fails, after the
//! credential has been where the documentation of that setting says.
#![allow(missing_docs)]

use conformance::recorder::{Received, Recorder, Reply};
use dialog360_api::types::{CreateClient, PartnerId};
use dialog360_api::{Client, ClientBuilder, Error, TransportErrorKind};

/// Two servers, of which the first redirects to the second.
struct Servers {
    vendor: Recorder,
    other: Recorder,
}

impl Servers {
    async fn start(status: u16) -> Self {
        let other =
            Recorder::start(Reply::new(429, "application/json", r#"{"elsewhere":true}"#).header("retry-after", "9"))
                .await;
        let vendor = Recorder::start(redirect(status, other.url())).await;
        Self { vendor, other }
    }

    fn client(&self) -> ClientBuilder {
        Client::builder().base_url(self.vendor.url()).partner_id(&PartnerId::new("exmplePA").expect("an id"))
    }

    /// Returns what arrived at the first server, and at the second.
    fn take(&self) -> (Vec<Received>, Vec<Received>) {
        (self.vendor.take(), self.other.take())
    }
}

fn redirect(status: u16, location: &str) -> Reply {
    Reply::new(status, "", "").header("location", location)
}

fn following() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("it builds")
}

#[track_caller]
fn assert_redirected(error: &Error, status: Option<u16>) {
    let Error::Transport(failure) = error else { panic!("{error:?}") };
    assert_eq!(failure.kind(), TransportErrorKind::Redirected);
    assert_eq!(error.status().map(|status| status.as_u16()), status);
    assert_eq!(error.raw_body().map(|body| &body[..]), status.map(|_| &br#"{"elsewhere":true}"#[..]));
    assert!(error.may_have_reached_server() && !error.is_retryable());
    assert_eq!(error.may_have_taken_effect(), error.operation() == "create_client");
    assert_eq!(error.attempts(), 1, "it is not sent again");
}

#[tokio::test]
async fn a_given_client_that_follows_redirects_carries_the_key_to_the_other_address() {
    let servers = Servers::start(302).await;
    let client = servers.client().api_key("the-key").danger_http_client(following()).build().expect("it builds");
    let error = client.list_clients().send().await.expect_err("it was redirected");
    assert_redirected(&error, Some(429));
    assert_eq!(
        error.to_string(),
        "list_clients: the client of `danger_http_client` followed a redirect, perhaps with the credential (build it with \
         `redirect(Policy::none())`), to another url, whose status was 429; the server may have received the request"
    );
    let (first, second) = servers.take();
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_eq!(second[0].headers["x-api-key"], "the-key");

    // Of `Authorization` reqwest takes care.
    let client = servers.client().bearer_token("token").danger_http_client(following()).build().expect("it builds");
    assert_redirected(&client.list_clients().send().await.expect_err("it was redirected"), Some(429));
    let (first, second) = servers.take();
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_eq!((first[0].headers.contains_key("authorization"), second[0].headers.get("authorization")), (true, None));
}

#[tokio::test]
async fn a_given_client_carries_a_body_on_too() {
    let servers = Servers::start(307).await;
    let client = servers.client().api_key("the-key").danger_http_client(following()).build().expect("it builds");
    let body = CreateClient::builder().name("Acme").email("it@acme.example").build();
    assert_redirected(&client.create_client().body(&body).send().await.expect_err("it was redirected"), Some(429));
    let (first, second) = servers.take();
    assert_eq!((first.len(), second.len()), (1, 1));
    assert!(!second[0].body.is_empty() && first[0].body == second[0].body);
    assert_eq!(second[0].headers["x-api-key"], "the-key");
}

#[tokio::test]
async fn another_path_and_a_circle_are_redirects_too() {
    let servers = Servers::start(302).await;
    let client = servers.client().api_key("the-key").danger_http_client(following()).build().expect("it builds");
    let round = redirect(302, servers.vendor.url());
    servers.vendor.reply(round);
    assert_redirected(&client.list_clients().send().await.expect_err("it goes round"), None);
    let (first, second) = servers.take();
    assert_eq!((first.len(), second.len()), (11, 0), "reqwest follows ten");
}

#[tokio::test]
async fn a_given_client_that_follows_none_is_answered() {
    let servers = Servers::start(302).await;
    let http =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().expect("it builds");
    let client = servers.client().api_key("the-key").danger_http_client(http).build().expect("it builds");
    let error = client.list_clients().send().await.expect_err("it is no success");
    assert!(matches!(&error, Error::Api(_)) && error.status().is_some_and(|status| status == 302), "{error:?}");
    let (first, second) = servers.take();
    assert_eq!((first.len(), second.len()), (1, 0));
}

#[tokio::test]
async fn a_configured_client_never_goes_to_the_other_address() {
    for status in [301, 302, 303, 307, 308] {
        let servers = Servers::start(status).await;
        let client = servers.client().api_key("the-key").configure_http(|http| {
            http.redirect(reqwest::redirect::Policy::custom(|attempt| attempt.follow())).referer(true)
        });
        let client = client.build().expect("it builds");
        let body = CreateClient::builder().name("Acme").email("it@acme.example").build();
        for error in [
            client.list_clients().send().await.expect_err("it is no success"),
            client.create_client().body(&body).send().await.expect_err("it is no success"),
        ] {
            assert!(matches!(&error, Error::Api(_)) && error.status().is_some_and(|it| it == status), "{error:?}");
        }
        let (first, second) = servers.take();
        assert_eq!((first.len(), second.len()), (2, 0), "{status}");
    }
}
