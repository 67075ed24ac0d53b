//! Clients of many accounts that are made from one: they share connections, and neither a credential nor a budget of one
//! account is ever another's.
#![allow(missing_docs)]

use std::collections::HashSet;
use std::time::Duration;

use api_runtime::{
    BuildError, Credential, Error, InvalidCredential, Method, Operation, Pipeline, PipelineBuilder, RateLimitRule,
    RateLimitScope, RetryPolicy, Secret,
};
use conformance::recorder::{Recorder, Reply};
use conformance::refusal::Refusal;
use dialog360_api::types::{ClientFilter, PartnerId};
use serde_json::json;
use tokio::task::JoinSet;
use zapsign_api::types::OrganizationId;

const TENANTS: usize = 100;

fn reply() -> Reply {
    Reply::new(200, "application/json", "{}")
}

fn zapsign(recorder: &Recorder) -> zapsign_api::Client {
    zapsign_api::Client::builder().api_token("token-of-nobody").base_url(recorder.url()).build().expect("it builds")
}

fn dialog360() -> dialog360_api::ClientBuilder {
    dialog360_api::Client::builder().retry(RetryPolicy::never())
}

fn partner(id: &str) -> PartnerId {
    PartnerId::new(id).expect("an id")
}

#[tokio::test]
async fn a_hundred_accounts_use_one_connection_in_turn() {
    let recorder = Recorder::start(reply()).await;
    let client = zapsign(&recorder);
    for tenant in 0..TENANTS {
        let client = client.with_api_token(format!("token-{tenant}")).expect("a token");
        client.request(Method::GET, "/plan").send().await.expect("it is answered");
    }
    let received = recorder.take();
    let sent: Vec<&str> = received.iter().map(|it| it.headers["authorization"].to_str().expect("text")).collect();
    assert_eq!(sent, (0..TENANTS).map(|tenant| format!("Bearer token-{tenant}")).collect::<Vec<_>>());
    assert_eq!(received.iter().map(|it| it.peer).collect::<HashSet<_>>().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_credential_of_one_never_goes_out_with_the_call_of_another() {
    let recorder = Recorder::start(reply()).await;
    let client = dialog360().api_key("key-of-nobody").base_url(recorder.url()).build().expect("it builds");
    let mut calls = JoinSet::new();
    for number in 0..TENANTS * 10 {
        let (client, tenant) = (client.clone(), number % TENANTS);
        calls.spawn(async move {
            // One half has the key in a header of its own, the other in `Authorization`.
            let client = match tenant % 2 {
                0 => client.with_api_key(format!("secret-{tenant}")),
                _ => client.with_bearer_token(format!("secret-{tenant}")),
            };
            client.expect("a key").request(Method::GET, &format!("/tenants/{tenant}")).send().await
        });
    }
    while let Some(ended) = calls.join_next().await {
        ended.expect("no panic").expect("it is answered");
    }
    let received = recorder.take();
    assert_eq!(received.len(), TENANTS * 10);
    for it in received {
        let tenant: usize = it.uri.path().rsplit('/').next().and_then(|last| last.parse().ok()).expect("a number");
        let header = |name: &str| it.headers.get(name).map(|value| value.to_str().expect("text").to_owned());
        let expected = match tenant % 2 {
            0 => (Some(format!("secret-{tenant}")), None),
            _ => (None, Some(format!("Bearer secret-{tenant}"))),
        };
        assert_eq!((header("x-api-key"), header("authorization")), expected);
    }
}

static GET_SHIP: Operation = {
    let mut operation = Operation::new("get_ship", Method::GET, "/ships/{ship}", true);
    operation.rate_limits = &[
        RateLimitRule { requests: 2, per_seconds: 86_400, scope: RateLimitScope::Path("ship") },
        RateLimitRule { requests: 3, per_seconds: 86_400, scope: RateLimitScope::Credential },
    ];
    operation
};

fn account(of: &Pipeline, token: &str) -> Pipeline {
    of.with_credential(Credential::bearer(&Secret::new(token)).expect("a token"))
}

/// Makes a call that does not wait for a budget; `false` if it would have to.
async fn get(pipeline: &Pipeline, ship: &str) -> bool {
    match pipeline.send::<Refusal>(pipeline.request(&GET_SHIP).path("ship", ship)).await {
        Ok(_) => true,
        Err(Error::InvalidRequest(_)) => false,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn each_account_has_its_own_budget_and_one_account_has_one() {
    let recorder = Recorder::start(reply()).await;
    let builder = PipelineBuilder::new(recorder.url(), "conformance").time_limit(Duration::from_secs(3600));
    let base = builder.build().expect("it builds");

    let (ana, bento) = (account(&base, "ana"), account(&base, "bento"));
    assert!(get(&ana, "1").await && get(&ana, "1").await && !get(&ana, "1").await, "two for a ship");
    assert!(get(&ana, "2").await && !get(&ana, "3").await, "three for an account");
    assert!(get(&bento, "1").await && get(&bento, "1").await && get(&bento, "2").await, "another account has all");

    // A client that is made once more, even from that of another account, counts on.
    assert!(!get(&account(&base, "ana"), "4").await && !get(&account(&bento, "ana"), "4").await);
    assert!(!get(&ana.with_path_default("fleet", "1"), "4").await);
    assert_eq!(base.tracked_rate_limits(), 2 + 4, "one for each account, and one for each ship of an account");
    assert_eq!(recorder.take().len(), 6);
}

#[tokio::test]
async fn each_login_has_its_own_token_and_a_client_of_another_partner_the_same() {
    let answer = json!({"access_token": "the-token", "expires_in": 3600}).to_string();
    let recorder = Recorder::start(Reply::new(200, "application/json", answer)).await;
    let client = dialog360().login("ana", "right").base_url(recorder.url()).build().expect("it builds");
    let call = async |client: dialog360_api::Client| {
        client.request(Method::GET, "/ships").send().await.expect("it is answered");
        let body = |body: &[u8]| serde_json::from_slice::<serde_json::Value>(body).unwrap_or_default();
        // The user of each login, and null for the call.
        recorder.take().iter().map(|it| body(&it.body)["username"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(call(client.clone()).await, [json!("ana"), json!(null)]);
    assert_eq!(call(client.with_partner_id(&partner("exmplePA"))).await, [json!(null)]);
    let other = client.with_login("bento", "wrong").expect("a login");
    assert_eq!(call(other.clone()).await, [json!("bento"), json!(null)]);
    assert_eq!(call(other).await, [json!(null)]);
    assert_eq!(call(client).await, [json!(null)]);
}

#[tokio::test]
async fn a_partner_is_that_of_the_call_or_else_that_of_the_client() {
    let recorder = Recorder::start(Reply::new(200, "application/json", r#"{"clients":[],"total":0}"#)).await;
    let client = dialog360().api_key("key").base_url(recorder.url()).build().expect("it builds");
    let own = dialog360().api_key("key").base_url(recorder.url()).partner_id(&partner("builtPA"));
    let own = own.build().expect("it builds");
    let filter = ClientFilter::new().status("active");

    own.list_clients().send().await.expect("it is answered");
    own.list_clients().partner_id(&partner("calledPA")).send().await.expect("it is answered");
    own.with_partner_id(&partner("otherPA")).list_clients().send().await.expect("it is answered");
    assert!(own.list_clients().filters(&filter).items().next().await.is_none());
    let paths: Vec<String> = recorder.take().iter().map(|it| it.uri.path().to_owned()).collect();
    let expected = ["builtPA", "calledPA", "otherPA", "builtPA"];
    assert_eq!(paths, expected.map(|partner| format!("/api/v2/partners/{partner}/clients")));

    let error = client.list_clients().send().await.expect_err("there is no partner");
    assert_eq!(
        error.to_string(),
        "list_clients was not sent: path parameter `partner_id` is missing; give it to the call with `.partner_id(..)`, or to \
         the client with `ClientBuilder::partner_id` or `Client::with_partner_id`"
    );
    let Error::InvalidRequest(invalid) = error else { panic!("{error:?}") };
    assert_eq!(invalid.field(), Some("partner_id"));
    assert!(recorder.take().is_empty());
}

#[test]
fn a_credential_that_can_not_be_right_is_refused_where_it_is_given() {
    let zapsign = zapsign_api::Client::builder;
    let client = zapsign().api_token("0000-1111").build().expect("it builds");
    let organization = || OrganizationId::new("11111").expect("an id");
    let refused = [
        zapsign().api_token("Bearer 0000-1111").build(),
        zapsign().api_token("token 0000-1111").build(),
        client.with_api_token("Bearer 0000-1111"),
    ];
    for result in refused {
        let error = result.expect_err("it has a scheme");
        assert!(matches!(error, BuildError::Credential(InvalidCredential::SchemePrefix)), "{error:?}");
        assert_eq!(
            error.to_string(),
            "the credential begins with a scheme such as `Bearer`, which the client adds itself; give what follows it"
        );
    }
    let refused = dialog360().api_key("Bearer 0000-1111").build().expect_err("it has a scheme");
    assert!(matches!(refused, BuildError::Credential(InvalidCredential::SchemePrefix)), "{refused:?}");
    for result in [client.with_api_token(" "), client.with_login(organization(), "ana", "")] {
        let error = result.expect_err("it is empty");
        assert!(matches!(error, BuildError::Credential(InvalidCredential::Unsendable)), "{error:?}");
    }
}
